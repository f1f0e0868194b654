"""What an exam officer types to set up an exam: its figures, stages, modules, rubrics and sitting."""

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms import formset_factory
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from exams import planning, wording
from exams.models import Exam, Module, Sitting
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people.models import PostHeld, SchoolStage
from lms.scoring import designing
from lms.scoring.models import Criterion, Rubric

_ONE_DAY = dt.timedelta(days=1)
_NO_NUMBER = {"invalid": _("Enter a whole number."), "required": _("Enter a whole number.")}
_DATE = {"invalid": _("Enter the day, for example 2024-03-24."), "required": _("Choose a day.")}

# A day that the calendar can count from and to.
_OF_THIS_AGE = [
    MinValueValidator(dt.date(2000, 1, 1), _DATE["invalid"]),
    MaxValueValidator(dt.date(2199, 12, 31), _DATE["invalid"]),
]


def _day(**more: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, error_messages=_DATE, validators=_OF_THIS_AGE, **more)


def _number(most: int, **more: Any) -> forms.IntegerField:
    """A whole number; `most` is only what a column can hold, the acts know the sensible ones."""
    widget = forms.NumberInput(attrs={"class": "short", "inputmode": "numeric"})
    return forms.IntegerField(min_value=0, max_value=most, widget=widget, error_messages=_NO_NUMBER, **more)


def _marks(places: int, **more: Any) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"class": "short", "step": "0.5", "inputmode": "decimal"})
    return forms.DecimalField(min_value=0, max_value=9999, decimal_places=places, widget=widget, **more)


class ActForm(forms.Form):
    """A form whose act may refuse: `shown` says at which field a refusal about another name stands."""

    shown: dict[str, str] = {}

    def refuse(self, refusal: Refusal) -> None:
        name = self.shown.get(refusal.field or "", refusal.field)
        self.add_error(name if name in self.fields else None, str(refusal))


class LevelField(forms.ModelChoiceField):
    """A level with its scheme and the authority that certifies it."""

    def label_from_instance(self, level: Any) -> str:
        return f"{level.name} · {level.scheme.name} · {level.scheme.authority.name}"


class ExamForm(ActForm):
    """An exam's figures; the last day of registration is given as a day that counts in full."""

    shown = {"registration_closes_at": "closes_on", "eligibility": "posts"}
    EDUCATION = {
        "preschool": "diploma",
        "primary": "diploma",
        "junior": "bachelor",
        "senior": "bachelor",
        "vocational": "bachelor",
        "special": "diploma",
    }

    level = LevelField(
        queryset=None, label=_("Level that passing earns"), error_messages={"required": _("Choose a level.")}
    )
    name = forms.CharField(
        label=_("Name of the exam"), max_length=120, error_messages={"required": _("Name the exam.")}
    )
    code = forms.CharField(
        label=pgettext_lazy("exam", "Code"),
        max_length=3,
        help_text=_("Three digits; they become part of the admission numbers. The next free one is offered."),
        widget=forms.TextInput(attrs={"class": "short", "inputmode": "numeric", "autocomplete": "off"}),
    )
    opens_on = _day(label=_("Registration from"), help_text=_("It opens at 0:00 of this day."))
    closes_on = _day(label=_("Registration until"), help_text=_("This day counts in full: until 24:00."))
    posts = forms.MultipleChoiceField(
        label=_("Posts that may register"),
        choices=PostHeld.Post,
        widget=forms.CheckboxSelectMultiple,
        initial=[post for post in PostHeld.Post.values if post != PostHeld.Post.SUPPORT],
        error_messages={"required": _("Choose at least one post.")},
    )
    min_service_years = _number(60, label=_("Full years of service"), initial=2, help_text=_("0 asks for none."))
    min_training_hours = _number(9999, label=_("Training hours"), initial=60, help_text=_("0 asks for none."))
    min_recorded_hours = _number(
        9999,
        required=False,
        label=_("Hours on record"),
        initial=0,
        help_text=_("Of completed trainings on her record; 0 asks for none."),
    )
    credential = LevelField(
        queryset=None,
        label=_("Certificate that must be held"),
        required=False,
        empty_label=_("no requirement"),
    )
    in_service = forms.BooleanField(label=_("Only teachers in service"), required=False, initial=True)
    publicity_working_days = _number(
        60,
        label=_("Working days of publicity"),
        initial=5,
        help_text=_("How long a list of results is public before it becomes final."),
    )

    def __init__(self, *args: Any, levels: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].queryset = self.fields["credential"].queryset = levels
        grades = [("", _("no requirement")), *wording.EDUCATION_NAMES.items()]
        for stage, label in SchoolStage.choices:
            self.fields[f"education_{stage}"] = forms.ChoiceField(
                label=label, choices=grades, required=False, initial=self.EDUCATION[stage]
            )

    def education(self) -> list[forms.BoundField]:
        """The fields of the least education, stage by stage."""
        return [self[f"education_{stage}"] for stage in SchoolStage.values]

    def figures(self) -> dict[str, Any]:
        """What was typed, as the acts take it."""
        typed = self.cleaned_data
        least = {stage: typed[f"education_{stage}"] for stage in SchoolStage.values}
        return {
            "level": typed["level"],
            "name": typed["name"],
            "code": typed["code"],
            "registration_opens_at": clock.local_moment(typed["opens_on"]),
            "registration_closes_at": clock.local_moment(typed["closes_on"] + _ONE_DAY),
            "eligibility": {
                "posts": typed["posts"],
                "min_education": {stage: grade for stage, grade in least.items() if grade},
                "min_service_years": typed["min_service_years"],
                "min_training_hours": typed["min_training_hours"],
                "in_service": typed["in_service"],
                **self._of_the_record(),
            },
            "publicity_working_days": typed["publicity_working_days"],
        }

    def _of_the_record(self) -> dict[str, Any]:
        """The rules about what stands on record, those that ask for something."""
        level, hours = self.cleaned_data.get("credential"), self.cleaned_data.get("min_recorded_hours")
        wanted = {"credential": {"level": level.pk, "name": level.name}} if level else {}
        return {**wanted, **({"min_recorded_hours": hours} if hours else {})}

    @staticmethod
    def typed_of(exam: Exam) -> dict[str, Any]:
        """An exam's figures as they would have been typed."""
        rules = exam.eligibility
        least = rules.get("min_education", {})
        return {
            "level": exam.level_id,
            "name": exam.name,
            "code": exam.code,
            "opens_on": clock.local_date(exam.registration_opens_at),
            "closes_on": clock.local_date(exam.registration_closes_at - dt.timedelta(microseconds=1)),
            "posts": rules.get("posts") or PostHeld.Post.values,
            "min_service_years": rules.get("min_service_years", 0),
            "min_training_hours": rules.get("min_training_hours", 0),
            "min_recorded_hours": rules.get("min_recorded_hours", 0),
            "credential": (rules.get("credential") or {}).get("level"),
            "in_service": rules.get("in_service", False),
            "publicity_working_days": exam.publicity_working_days,
            **{f"education_{stage}": least.get(stage, "") for stage in SchoolStage.values},
        }


class NewExamForm(ExamForm):
    """A new exam: its figures, and whose it is."""

    field_order = ("authority", "level")
    authority = forms.ModelChoiceField(
        queryset=None,
        label=_("Authority"),
        help_text=_("Teachers of its schools may register."),
        error_messages={"required": _("Choose the authority that holds the exam.")},
    )

    def __init__(self, *args: Any, authorities: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["authority"].queryset = authorities


class StageForm(ActForm):
    shown = {"number": "name", "kind": "name"}
    name = forms.CharField(
        label=_("Name of the stage"), max_length=60, error_messages={"required": _("Name the stage.")}
    )


class PaperModuleForm(ActForm):
    """The written module of a stage."""

    name = forms.CharField(label=_("Name of the paper"), max_length=60, initial=planning.WRITTEN_MODULE)
    full_marks = _marks(1, label=_("Full marks"), initial=planning.FULL_MARKS)
    pass_mark = _marks(2, label=_("Pass mark"), initial=planning.PASS_MARK)
    difference_limit = _marks(
        1,
        label=_("Difference limit"),
        initial=planning.DIFFERENCE_LIMIT,
        help_text=_("Points by which two markers may differ on one answer before a third is called in."),
    )


class JudgedModuleForm(ActForm):
    """A module that a panel judges; its rubric stands in the rows beside."""

    name = forms.CharField(label=_("Name of the module"), max_length=60)
    pass_mark = _marks(2, label=_("Pass mark out of 100"), initial=planning.PASS_MARK)
    judges = _number(99, label=_("Number of judges"), initial=planning.JUDGES)
    drop_high = _number(99, label=_("Highest scores left out"), initial=planning.DROP_HIGH)
    drop_low = _number(99, label=_("Lowest scores left out"), initial=planning.DROP_LOW)
    min_for_drop = _number(
        99,
        label=_("Left out from so many sheets on"),
        initial=planning.MIN_FOR_DROP,
        help_text=_("With fewer sheets the plain mean counts."),
    )


class RubricForm(ActForm):
    name = forms.CharField(label=_("Name of the rubric"), max_length=Rubric._meta.get_field("name").max_length)


def _text(name: str, label: Any, look: str) -> forms.CharField:
    longest = Criterion._meta.get_field(name).max_length
    widget = forms.TextInput(attrs={"class": look, "autocomplete": "off"})
    return forms.CharField(label=label, max_length=longest, required=False, widget=widget)


class CriterionForm(forms.Form):
    """One row of a rubric; what a row must hold, the act knows."""

    code = _text("code", pgettext_lazy("criterion", "Code"), "control")
    name = _text("name", pgettext_lazy("criterion", "Name"), "control")
    hint = _text("hint", _("Hint for the judges"), "control")
    points = forms.IntegerField(
        label=pgettext_lazy("criterion", "Points"),
        required=False,
        max_value=100,
        widget=forms.NumberInput(attrs={"class": "control", "inputmode": "numeric"}),
        error_messages={"invalid": _("Enter a whole number.")},
    )


SPARE_ROWS = 4


class Rows(forms.BaseFormSet):
    def filled(self) -> list[tuple[int, dict[str, Any]]]:
        """The rows with anything in them, each with its number on the page."""
        rows = enumerate((row.cleaned_data for row in self.forms), 1)
        return [(number, row) for number, row in rows if any(each not in ("", None) for each in row.values())]

    def criteria(self) -> list[dict[str, Any]]:
        """The rows as the act takes them."""
        return [row for _number, row in self.filled()]

    def refusal_on_page(self, refusal: Refusal) -> str:
        """The refusal's sentence; a criterion bears the number of its row on the page."""
        if isinstance(refusal, designing.CriterionFaulty):
            return str(designing.CriterionFaulty(number=self.filled()[refusal.facts["number"] - 1][0]))
        return str(refusal)

    def total(self) -> int:
        """The points of all rows as they stand on the page."""
        values = [row["points"].value() for row in self.forms]
        return sum(int(value) for value in values if str(value or "").isascii() and str(value or "").isdigit())


Criteria = formset_factory(CriterionForm, formset=Rows, extra=SPARE_ROWS, max_num=20, absolute_max=20)


class SittingForm(ActForm):
    """Place and time of a written module."""

    shown = {"starts_at": "day"}
    site = forms.CharField(label=_("Exam site"), max_length=120, error_messages={"required": _("Name the site.")})
    day = _day(label=_("Day"))
    begins = forms.TimeField(
        label=_("Begins at"),
        initial=dt.time(9),
        widget=forms.TimeInput(attrs={"type": "time", "class": "short"}, format="%H:%M"),
        error_messages={"invalid": _("Enter the time, for example 09:00."), "required": _("Choose the time.")},
    )
    minutes = _number(1440, label=_("Length in minutes"), initial=120)
    entry_closes_minutes = _number(
        1440, label=_("Latest entry, minutes after the bell"), initial=30, help_text=_("Later nobody is let in.")
    )
    grace_seconds = _number(
        600,
        label=_("Grace in seconds"),
        initial=30,
        help_text=_("How long after the end answers that were on their way are still taken."),
    )
    room_size = _number(999, label=_("Seats in a room"), initial=30)

    def figures(self) -> dict[str, Any]:
        """What was typed, as the act takes it."""
        typed = dict(self.cleaned_data)
        typed["starts_at"] = clock.local_moment(typed.pop("day"), typed.pop("begins"))
        return typed

    @staticmethod
    def typed_of(sitting: Sitting) -> dict[str, Any]:
        """A sitting as it would have been typed."""
        return {
            "site": sitting.site,
            "day": clock.local_date(sitting.starts_at),
            "begins": timezone.localtime(sitting.starts_at).time(),
            "minutes": sitting.minutes,
            "entry_closes_minutes": sitting.entry_closes_minutes,
            "grace_seconds": sitting.grace_seconds,
            "room_size": sitting.room_size,
        }


def criteria_of(module: Module) -> list[dict[str, Any]]:
    """The rows of a module's rubric as they would have been typed."""
    return [
        {"code": each.code, "name": each.name, "hint": each.hint, "points": int(each.points)}
        for each in module.rubric.criteria.all()
    ]
