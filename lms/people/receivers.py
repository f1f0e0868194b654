"""Hears allauth: a second factor was set up, removed or renewed."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import receiver
from django.http import HttpRequest

from lms.lib import clock
from lms.people import second_factor
from lms.people.models import User

_RECOVERY = Authenticator.Type.RECOVERY_CODES


@receiver(authenticator_added)
def on_added(sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **more: Any) -> None:
    """Who has just proved that the new way works has passed it."""
    if authenticator.type != _RECOVERY:
        second_factor.mark_passed(request.session, user)
    second_factor.note("second_factor_added", user=user, kind=authenticator.type, at=clock.now())


@receiver(authenticator_removed)
def on_removed(sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **more: Any) -> None:
    """A session does not outlive the way by which it may have passed."""
    if authenticator.type != _RECOVERY:
        second_factor.forget(request.session)
    second_factor.note("second_factor_removed", user=user, kind=authenticator.type, at=clock.now())


@receiver(authenticator_reset)
def on_reset(sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **more: Any) -> None:
    second_factor.note("second_factor_renewed", user=user, kind=authenticator.type, at=clock.now())
