"""What people type to change a teacher's record; the acts decide whether it may stand."""

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.people import phones
from lms.people.models import PostHeld, Posting, Relation, SchoolStage, Teacher
from lms.people.unit_field import UnitField

_DAY = {"invalid": _("Enter the day, for example 2024-04-04."), "required": _("Choose a day.")}
_STAGES = [("", pgettext_lazy("school stage", "none in particular")), *SchoolStage.choices]
NEW_POSTS = 3


class DayField(forms.DateField):
    """A day of this age, chosen in the browser's own calendar."""

    default_error_messages = _DAY
    default_validators = (
        MinValueValidator(dt.date(1950, 1, 1), _DAY["invalid"]),
        MaxValueValidator(dt.date(2199, 12, 31), _DAY["invalid"]),
    )

    def __init__(self, **more: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d")
        super().__init__(widget=widget, **more)


_TOLD = _("Kept in the journal, and told to the teacher.")


def reason_field(help_text: str | Promise = _TOLD) -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write the reason.")},
    )


def name_field(label: str | Promise) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=80,
        help_text=_("As on the identity card."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


def number_field(**more: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"})
    return forms.CharField(label=_("Identity number"), max_length=40, widget=widget, **more)


class CorrectForm(forms.Form):
    full_name = name_field(_("Full name"))
    id_number = number_field(required=False)
    reason = reason_field()

    def __init__(self, teacher: Teacher, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial={"full_name": teacher.full_name}, **kwargs)
        stands = _("On record: {number}. Leave this empty if it is right.")
        self.fields["id_number"].help_text = stands.format(number=teacher.masked_id_number)


class RenameForm(forms.Form):
    full_name = name_field(pgettext_lazy("person", "New name"))
    on = DayField(label=_("First day of the new name"))
    reason = reason_field()


class PostForm(forms.Form):
    """One post as it should stand."""

    post = forms.ChoiceField(label=_("Post"), choices=PostHeld.Post)
    stage = forms.ChoiceField(label=_("School stage"), choices=_STAGES, required=False)
    from_on = DayField(label=_("First day"))
    until_on = DayField(label=_("Last day"), required=False, help_text=_("Empty while she holds it."))
    reason = reason_field()

    def __init__(self, held: PostHeld, *args: Any, **kwargs: Any) -> None:
        stands = {"post": held.post, "stage": held.stage, "from_on": held.from_on, "until_on": held.until_on}
        super().__init__(*args, initial=stands, **kwargs)


class StrikeForm(forms.Form):
    reason = reason_field()


class HeldField(forms.ModelMultipleChoiceField):
    """Some of the posts she holds."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, held: PostHeld) -> str:
        stage = f" · {held.get_stage_display()}" if held.stage else ""
        return f"{held.get_post_display()}{stage}"


class PostsForm(forms.Form):
    """Posts that end and posts that begin, from one day."""

    on = DayField(label=_("From this day on"), help_text=_("Posts that end have their last day on the day before."))
    ended = HeldField(PostHeld.objects.none(), label=_("These end"), required=False)

    def __init__(self, held, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ended"].queryset = held
        if not held:
            del self.fields["ended"]
        for n in range(1, NEW_POSTS + 1):
            label = _("New post") if n == 1 else _("Another new post")
            choices = [("", "–"), *PostHeld.Post.choices]
            self.fields[f"post_{n}"] = forms.ChoiceField(label=label, choices=choices, required=False)
            self.fields[f"stage_{n}"] = forms.ChoiceField(label=_("School stage"), choices=_STAGES, required=False)

    @property
    def begun(self) -> list[tuple[str, str]]:
        """The new posts, each with its school stage."""
        typed = self.cleaned_data
        return [(typed[f"post_{n}"], typed[f"stage_{n}"]) for n in range(1, NEW_POSTS + 1) if typed[f"post_{n}"]]

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"post_{n}"], self[f"stage_{n}"]) for n in range(1, NEW_POSTS + 1)]


class TransferForm(forms.Form):
    school = UnitField(label=_("New school"), help_text=_("Name or code."))
    on = DayField(label=_("First day at the new school"))
    kept = HeldField(
        PostHeld.objects.none(),
        label=_("Posts that go on at the new school"),
        required=False,
        help_text=_("Every other post ends with the old school."),
    )

    def __init__(self, held, schools, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["school"].choose_from(schools)
        self.fields["kept"].queryset = held
        if not held:
            del self.fields["kept"]


class LeaveForm(forms.Form):
    ending = forms.ChoiceField(
        label=_("What happened"),
        choices=[each for each in Posting.Ending.choices if each[0] != Posting.Ending.TRANSFERRED],
        widget=forms.RadioSelect,
    )
    on = DayField(label=_("Last day at school"))
    reason = reason_field()


class TakeUpForm(forms.Form):
    school = UnitField(label=_("School"), help_text=_("Name or code."))
    post = forms.ChoiceField(label=_("Post"), choices=PostHeld.Post)
    stage = forms.ChoiceField(label=_("School stage"), choices=_STAGES, required=False)
    on = DayField(label=_("First day at this school"))

    def __init__(self, schools, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["school"].choose_from(schools)


class RegisterForm(forms.Form):
    """A newcomer at a school."""

    full_name = name_field(_("Full name"))
    id_number = number_field(help_text=_("Eighteen characters, as on the identity card."))
    post = forms.ChoiceField(label=_("Post"), choices=PostHeld.Post)
    stage = forms.ChoiceField(label=_("School stage"), choices=_STAGES, required=False)
    from_on = DayField(label=_("First day at this school"))
    phone = forms.CharField(
        label=_("Mobile phone"),
        max_length=20,
        required=False,
        help_text=_("Eleven digits; she confirms it herself when she comes in."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "class": "short"}),
    )

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"]
        try:
            return phones.check(typed) if typed else ""
        except phones.BadPhone as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class RelationForm(forms.Form):
    kind = forms.ChoiceField(label=_("Relation"), choices=Relation.Kind, widget=forms.RadioSelect)
    full_name = name_field(_("Name of that person"))
    unit_name = forms.CharField(
        label=_("Unit of that person"),
        max_length=120,
        help_text=_("The whole name of the school, or of the unit where that person holds an office."),
    )


class PhotoForm(forms.Form):
    photo = forms.FileField(
        label=_("Photo"),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={"required": _("Choose a photo."), "empty": _("The file is empty. Choose another.")},
    )


class MergeForm(forms.Form):
    greater = forms.ChoiceField(
        label=_("Which record stays"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the record that stays.")},
    )
    reason = reason_field()

    def __init__(self, two: list[Teacher], labels: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["greater"].choices = [(str(each.pk), label) for each, label in zip(two, labels, strict=True)]
