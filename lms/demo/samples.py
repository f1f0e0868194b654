"""Invented figures and a form in every state, for the page of components."""

import datetime as dt

from django import forms
from django.core.paginator import Paginator
from django.utils.translation import gettext as _

from lms.lib import clock


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(max_length=20)
    school = forms.ChoiceField()
    arrival = forms.ChoiceField(widget=forms.RadioSelect)
    subjects = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, required=False)
    remark = forms.CharField(widget=forms.Textarea, required=False)
    agreed = forms.BooleanField()

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        fields = self.fields
        fields["name"].label, fields["name"].help_text = _("Full name"), _("As on the identity card")
        fields["school"].label = _("School")
        fields["school"].choices = [("", "…"), ("1", "澜溪县实验小学"), ("2", "启文小学")]
        fields["arrival"].label = _("Sitting")
        fields["arrival"].choices = [("1", _("Morning, 09:00")), ("2", _("Afternoon, 14:30"))]
        fields["subjects"].label = _("Subjects")
        fields["subjects"].choices = [("1", _("Chinese")), ("2", _("Mathematics"))]
        fields["remark"].label = _("Remark")
        fields["agreed"].label = _("I have read the rules of the exam")


class SampleFileForm(forms.Form):
    """A file to choose."""

    file = forms.FileField()

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].label = _("Roster")
        self.fields["file"].help_text = _("An .xlsx workbook of at most 10 MB")


def context() -> dict:
    """Everything that the page shows."""
    at = clock.now()
    return {
        "plain": SampleForm(auto_id="a_%s"),
        "wrong": SampleForm({"name": "林知微", "arrival": "3"}, auto_id="b_%s"),
        "file_form": SampleFileForm(auto_id="c_%s"),
        "chips": _chips(),
        "crumbs": [(_("Exams"), "#"), (_("Qualification exam"), "#")],
        "steps": [_("Choose a file"), _("Check"), _("Preview"), _("Done")],
        "events": [
            {"what": _("Submitted"), "who": "林知微", "at": at - dt.timedelta(days=8)},
            {"what": _("Returned: a signature is missing"), "who": "沈书年", "at": at, "kind": "back"},
            {"what": _("Waiting for the teacher"), "text": _("until tomorrow, 24:00"), "kind": "todo"},
        ],
        "tabs": [
            {"label": _("Waiting"), "address": "#", "current": True, "count": 6},
            {"label": _("Decided"), "address": "#", "current": False, "count": 278},
        ],
        "page": Paginator(range(284), 20).page(7),
        "funnel": _funnel(),
        "bins": [{"low": n, "high": n + 2, "count": c} for n, c in zip(range(52, 92, 2), _COUNTS, strict=True)],
        "bars": [
            {"label": _("second prize"), "count": 65},
            {"label": _("third prize"), "count": 42},
            {"label": _("first prize"), "count": 16},
        ],
        "stacked": [
            {"label": _("primary"), "count": 61, "second": 39, "text": "61 / 39"},
            {"label": _("senior secondary"), "count": 92, "second": 8, "text": "92 / 8"},
        ],
        "at": at,
        "colours": [
            "ink",
            "ink-2",
            "ink-3",
            "accent",
            "seal",
            "amber",
            "green",
            "accent-soft",
            "amber-soft",
            "seal-soft",
        ],
        "effects": [_("The certificate is void at once; the check says so."), _("A second person has to approve.")],
    }


_COUNTS = (1, 0, 4, 0, 1, 3, 8, 3, 13, 12, 15, 11, 10, 6, 0, 2, 2, 1, 0, 1)


def _chips() -> list[dict]:
    return [
        {"kind": "draft", "text": _("draft")},
        {"kind": "wait", "text": _("waiting for review")},
        {"kind": "lock", "text": _("waiting for a second person")},
        {"kind": "ok", "text": _("approved")},
        {"kind": "back", "text": _("returned for correction")},
        {"kind": "late", "text": _("expires soon")},
        {"kind": "no", "text": _("not approved")},
        {"kind": "open", "text": _("in publicity")},
        {"kind": "pub", "text": _("final")},
        {"kind": "over", "text": _("expired")},
        {"kind": "archive", "text": _("cancelled")},
        {"kind": "void", "text": _("revoked")},
        {"kind": "plain", "text": _("plain")},
    ]


def _funnel() -> list[dict]:
    return [
        {"label": _("Registered"), "count": 284, "kind": "pre"},
        {"label": _("Sat the paper"), "count": 266, "note": "93.7%"},
        {"label": _("Passed it"), "count": 93, "note": "35.0%"},
        {"label": _("To be certified"), "count": 60, "note": "64.5%", "kind": "plan"},
    ]
