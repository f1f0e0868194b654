"""Hands a certificate's document to whoever may see it."""

from django.utils.translation import gettext_lazy as _

from certs import rendering
from certs.models import Credential
from lms.lib.refusals import Refusal


class OnPaper(Refusal):
    sentence = _("This certificate was issued on paper before the register began. The paper is the document.")


class Withdrawn(Refusal):
    sentence = _("This certificate is not in force at present, so its document is not handed out.")


def document(credential: Credential) -> bytes:
    """The PDF, drawn now if it was not yet. Refuses Withdrawn for what is suspended, cancelled or revoked: paper
    would go on saying what no longer holds; and OnPaper for a paper certificate taken in, which is its own document."""
    _require_in_force(credential)
    return rendering.document(credential)


def picture(credential: Credential) -> bytes:
    """The same page as PNG. Refuses Withdrawn, OnPaper."""
    _require_in_force(credential)
    return rendering.picture(credential)


def _require_in_force(credential: Credential) -> None:
    if credential.state in Credential.WITHDRAWN:
        raise Withdrawn()
    if credential.is_paper:
        raise OnPaper()
