"""What the pages with a form and an act have in common, and the form of a second person who signs or returns."""

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.lib.refusals import Refusal

Made = TypeVar("Made")


def done(request: HttpRequest, form: forms.Form, act: Callable[[], Made], **stands_at: str) -> tuple[Made | None, int]:
    """Do the act where a form was sent that can be read: what it made, and 200. Otherwise None, and the status of the
    page that shows the form as it was typed: 422 for what cannot be read, a refusal's own. A refusal stands at its
    field, at the one that `stands_at` names where the form calls it otherwise (level="equals"), or above the form."""
    if request.method != "POST":
        return None, 200
    if not form.is_valid():
        return None, 422
    try:
        return act(), 200
    except Refusal as refusal:
        fields = (refusal.field, stands_at.get(refusal.field or ""))
        form.add_error(next((each for each in fields if each in form.fields), None), str(refusal))
        return None, refusal.status


class SecondPersonForm(forms.Form):
    """Signing needs the password, returning a reason; the button says which of the two. A subclass says what the
    reason is to tell."""

    reason_hint: str | Promise = ""

    password = forms.CharField(
        label=_("Your password"),
        required=False,
        strip=False,
        help_text=_("To sign, type your password again."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    reason = forms.CharField(
        label=_("Reason for returning"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = self.reason_hint
