"""Short messages to a telephone: they leave by the installation's one SMS backend, and are kept nowhere here."""

from django.conf import settings
from django.utils.module_loading import import_string


def is_possible() -> bool:
    """Whether this installation has a way to send short messages (the setting SMS_BACKEND)."""
    return bool(settings.SMS_BACKEND)


def send(phone: str, words: str) -> None:
    """Hand a short message to the backend; raises what that raises. The words may hold a one-time code: whoever calls
    this writes them into no row and no log."""
    import_string(settings.SMS_BACKEND)(phone, words)
