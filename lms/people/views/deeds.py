"""What the pages with one form and one act have in common."""

from collections.abc import Callable

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lms.lib.refusals import Refusal


def done(request: HttpRequest, form: forms.Form, act: Callable[[], object]) -> bool:
    """Do the act where a form was sent that can be read; a refusal goes to its field, or above the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        act()
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return False
    return True


def page(request: HttpRequest, template: str, form: forms.Form, **context: object) -> HttpResponse:
    """The page of a form, as it was typed if it was refused."""
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)
