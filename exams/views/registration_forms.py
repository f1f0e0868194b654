"""What people type about an exam, a registration and its review; the acts decide whether it may stand."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exams import eligibility, wording
from exams.models import Candidate
from lms.people.models import PostHeld, SchoolStage


class FactsForm(forms.Form):
    """A candidate's facts as she states them."""

    post = forms.ChoiceField(label=_("Post"), choices=PostHeld.Post)
    stage = forms.ChoiceField(label=_("School stage"), choices=SchoolStage)
    subject = forms.CharField(label=_("Subject"), max_length=40)
    education = forms.ChoiceField(label=_("Highest education"), choices=list(wording.EDUCATION_NAMES.items()))
    has_certificate = forms.BooleanField(label=_("I hold a teacher certificate"), required=False, initial=True)
    teacher_certificate = forms.CharField(
        label=_("Teacher certificate number"),
        max_length=40,
        required=False,
        help_text=_("Seventeen digits, as on the certificate."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    work_started_on = forms.CharField(
        label=_("Began to work in"),
        max_length=10,
        help_text=_("Year and month, for example 2012-08."),
        widget=forms.TextInput(attrs={"class": "short", "autocomplete": "off"}),
    )
    training_hours = forms.DecimalField(
        label=_("Training hours"),
        min_value=0,
        max_value=9999,
        decimal_places=1,
        help_text=_("Hours of training in mental-health education on your record; one hour is 45 minutes."),
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.5"}),
    )
    in_service = forms.BooleanField(label=_("I am in service at this school"), required=False)
    phone = forms.CharField(
        label=_("Mobile phone"),
        max_length=20,
        help_text=_("Eleven digits; used only for this exam."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel-national", "class": "short"}),
    )

    # Where a fixable finding is shown.
    FIELD_OF = {
        "phone_missing": "phone",
        "certificate_number_wrong": "teacher_certificate",
        "work_start_missing": "work_started_on",
    }

    @classmethod
    def initial_of(cls, facts: dict[str, Any]) -> dict[str, Any]:
        """A form's starting values from a candidate's facts."""
        has_certificate = facts.get("teacher_certificate") != eligibility.NO_CERTIFICATE
        number = facts.get("teacher_certificate", "") if has_certificate else ""
        return {**facts, "has_certificate": has_certificate, "teacher_certificate": number}

    def facts(self) -> dict[str, Any]:
        """What was typed, in the shape of a candidate's facts."""
        typed = dict(self.cleaned_data)
        if not typed.pop("has_certificate"):
            typed["teacher_certificate"] = eligibility.NO_CERTIFICATE
        typed["training_hours"] = format(typed["training_hours"].normalize(), "f")
        return typed

    def point_out(self, findings: list[eligibility.Finding]) -> list[eligibility.Finding]:
        """Put every fixable finding on its field; returns the final ones, which no typing mends."""
        for each in findings:
            if each.rule in self.FIELD_OF:
                self.add_error(self.FIELD_OF[each.rule], wording.finding_remedy(each))
        return [each for each in findings if each.rule not in self.FIELD_OF]


class DecisionForm(forms.Form):
    """Return or decide against a registration: for a rule that was found, or for a reason in words."""

    rule = forms.ChoiceField(label=_("Rule"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The teacher reads it. Required where no rule is chosen."),
    )

    def __init__(self, findings: list[eligibility.Finding], kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=kind, **kwargs)
        found = [(each.rule, wording.rule_name(each.rule)) for each in findings if each.kind == kind]
        self.fields["rule"].choices = [*found, (wording.OTHER, wording.rule_name(wording.OTHER))]


class WithdrawForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class SeedForm(forms.Form):
    seed = forms.CharField(
        label=_("Seed of the draw"),
        max_length=80,
        help_text=_("Anyone who knows the seed can repeat the draw. Keep the one offered, or type one agreed before."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class QueueFilter(forms.Form):
    """What narrows the list of candidates; everything optional, all of it in the address."""

    STATES = [state for state in Candidate.State.choices if state[0] != Candidate.State.DRAFT]

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("all states")), *STATES])
    unit = forms.ChoiceField(label=_("Unit"), required=False)
    q = forms.CharField(label=_("Search"), required=False, max_length=40)

    def __init__(self, units: list, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [("", _("all units")), *[(unit.path, unit.name) for unit in units]]
