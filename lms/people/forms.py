"""What people type on the pages about accounts; the acts decide whether it may stand."""

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

_DIGITS = {"autocomplete": "one-time-code", "inputmode": "numeric", "class": "short", "spellcheck": "false"}


class _TwicePassword(forms.Form):
    """A password of one's own, typed twice."""

    password1 = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=_("At least ten characters, not only digits, nothing of your name."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("The same password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("password1") and typed.get("password2") and typed["password1"] != typed["password2"]:
            self.add_error("password2", _("The two passwords differ. Type the same one twice."))
        return typed


class ActivateForm(_TwicePassword):
    """From a one-time code to a password."""

    field_order = ("code", "id_last_four", "password1", "password2")

    code = forms.CharField(
        label=_("Activation code"),
        max_length=40,
        help_text=_("Ten characters on your slip, such as ABCDE-FGHJK."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    id_last_four = forms.CharField(
        label=_("Last four of your identity number"),
        max_length=8,
        help_text=_("The last four characters; the very last may be an X."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "short"}),
    )


class PhoneForm(forms.Form):
    """Another number, and the password that makes it one's own."""

    phone = forms.CharField(
        label=_("Mobile phone"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel-national", "class": "short"}),
    )
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PhoneCodeForm(forms.Form):
    """The six digits that came by short message."""

    code = forms.CharField(label=_("Six digits"), max_length=20, widget=forms.TextInput(attrs={**_DIGITS}))


class ResetByPhoneForm(forms.Form):
    """To which telephone the digits for a new password go."""

    phone = forms.CharField(
        label=_("Mobile phone"),
        max_length=20,
        help_text=_("The number that you confirmed for your account."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel-national", "class": "short"}),
    )


class NewPasswordForm(_TwicePassword):
    """Six digits and a new password."""

    code = forms.CharField(label=_("Six digits"), max_length=20, widget=forms.TextInput(attrs={**_DIGITS}))
    field_order = ("code", "password1", "password2")


class SlipsForm(forms.Form):
    """For whom codes are issued, and how they get there."""

    how = forms.ChoiceField(
        label=_("How"),
        choices=[
            ("print", _("Print slips and hand them out")),
            ("send", _("Send the codes to the telephones on record")),
        ],
        initial="print",
        required=False,
        widget=forms.RadioSelect,
    )

    whom = forms.ChoiceField(
        label=_("For whom"),
        choices=[
            ("new", _("Only who has no slip that still works")),
            ("all", _("Everyone who has not activated the account; their older slips stop working")),
        ],
        initial="new",
        widget=forms.RadioSelect,
    )


class DayOffForm(forms.Form):
    """A holiday, or weekend days that are worked in exchange: one day, or a period."""

    _DAY = {"invalid": _("Enter the day, for example 2024-04-04."), "required": _("Choose a day.")}
    # A day that the calendar can count from and to.
    _OF_THIS_AGE = (
        MinValueValidator(dt.date(2000, 1, 1), _DAY["invalid"]),
        MaxValueValidator(dt.date(2199, 12, 31), _DAY["invalid"]),
    )

    name = forms.CharField(
        label=_("Name of the day"), max_length=40, help_text=_("For example: Tomb-Sweeping Day, or its exchange.")
    )
    first = forms.DateField(
        label=pgettext_lazy("holiday", "First day"),
        error_messages=_DAY,
        validators=_OF_THIS_AGE,
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=pgettext_lazy("holiday", "Last day"),
        required=False,
        help_text=_("Empty for a single day."),
        error_messages=_DAY,
        validators=_OF_THIS_AGE,
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
    )
    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=[("off", _("Day off")), ("worked", _("Weekend day that is worked"))],
        initial="off",
        widget=forms.RadioSelect,
    )
