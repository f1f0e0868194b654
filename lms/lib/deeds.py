"""What the pages with a form and an act have in common."""

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.http import HttpRequest

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
