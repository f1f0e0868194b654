"""What an exam officer types to compose a paper by hand or by a table, to freeze it, and to swap a question."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from exams import drafting, specifying
from exams.models import Question
from lms.lib.refusals import Refusal
from lms.people.models import User

ROWS, BLANK_ROWS = 8, 4
READERS = 3
_CODES = re.compile(r"[\s,，、;；]+")
_SHUFFLE = gettext_lazy("Show the options in another order to every candidate")


class ComposeForm(forms.Form):
    """A paper's title and, for each kind of question, a section: its name, the points of each, the codes."""

    title = forms.CharField(label=gettext_lazy("title"), max_length=120)
    shuffle = forms.BooleanField(label=_SHUFFLE, required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in Question.Kind.choices:
            self.fields[f"{kind}_name"] = forms.CharField(
                label=_("Heading"), max_length=40, initial=label, required=False
            )
            self.fields[f"{kind}_points"] = forms.CharField(label=_("Points for each"), max_length=6, required=False)
            self.fields[f"{kind}_codes"] = forms.CharField(
                label=_("Codes"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
            )

    def rows(self) -> list[dict[str, Any]]:
        """The fields of each section, for the page."""
        return [
            {
                "label": label,
                "name": self[f"{kind}_name"],
                "points": self[f"{kind}_points"],
                "codes": self[f"{kind}_codes"],
            }
            for kind, label in Question.Kind.choices
        ]

    def sections(self) -> list[dict[str, Any]]:
        """The sections that name any question, as `composing.compose` takes them."""
        typed = self.cleaned_data
        found = [
            {
                "name": typed[f"{kind}_name"] or str(label),
                "kind": kind,
                "points": typed[f"{kind}_points"] or "0",
                "codes": [code for code in _CODES.split(typed[f"{kind}_codes"]) if code],
            }
            for kind, label in Question.Kind.choices
        ]
        return [each for each in found if each["codes"]]

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal: about sections at the top of the form, where it names its section."""
        self.add_error("title" if refusal.field == "title" else None, str(refusal))


class DraftForm(forms.Form):
    """How a table becomes a paper."""

    title = forms.CharField(label=gettext_lazy("Title of the paper"), max_length=120)
    seed = forms.CharField(
        label=gettext_lazy("Seed"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "The same seed and table draw the same paper again. Keep it to yourself until the exam is over."
        ),
    )
    form_count = forms.TypedChoiceField(
        label=pgettext_lazy("paper", "Forms"),
        coerce=int,
        initial=1,
        choices=[(1, gettext_lazy("one paper")), (2, gettext_lazy("two equivalent forms, A and B"))],
        widget=forms.RadioSelect,
    )
    avoid_last = forms.IntegerField(
        label=gettext_lazy("Leave out the questions of so many earlier papers"),
        min_value=0,
        initial=0,
        widget=forms.NumberInput(attrs={"class": "short", "inputmode": "numeric"}),
    )
    shuffle = forms.BooleanField(label=_SHUFFLE, required=False, initial=True)
    table_title = forms.CharField(
        label=gettext_lazy("Title of the table"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Only needed to keep the table for other papers."),
    )

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal beside its field, or at the top of the form."""
        field = {"title": "table_title"}.get(refusal.field or "", refusal.field)
        self.add_error(field if field in self.fields else None, str(refusal))


class RowForm(forms.Form):
    """One row of the table, as it is typed."""

    section = forms.CharField(label=gettext_lazy("Section"), max_length=40, required=False)
    topic = forms.CharField(label=gettext_lazy("Topic"), max_length=120, required=False)
    cognitive_level = forms.CharField(label=gettext_lazy("Cognitive level"), max_length=20, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    count = forms.CharField(label=pgettext_lazy("specification", "How many"), max_length=6, required=False)
    points = forms.CharField(label=gettext_lazy("Points for each"), max_length=6, required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = Question.Kind.choices
        self.fields["topic"].widget.attrs["list"] = "topics"
        self.fields["cognitive_level"].widget.attrs["list"] = "levels"
        for name, mode in (("count", "numeric"), ("points", "decimal")):
            self.fields[name].widget.attrs["inputmode"] = mode
        for field in self.fields.values():
            field.widget.attrs["class"] = "control"

    @property
    def asks(self) -> bool:
        """Whether the row was filled in at all."""
        return any(self.cleaned_data.get(name) for name in ("section", "topic", "cognitive_level", "count", "points"))


class Rows(forms.BaseFormSet):
    """The table: which rows ask for something, and what a refusal says of them."""

    def asked(self) -> list[tuple[RowForm, dict[str, Any]]]:
        """The rows that ask for something; a section without a name is called after its kind."""
        kinds = dict(Question.Kind.choices)
        return [
            (row, {**row.cleaned_data, "section": row.cleaned_data["section"] or str(kinds[row.cleaned_data["kind"]])})
            for row in self.forms
            if row.asks
        ]

    def mark(self, refusal: Refusal) -> None:
        """Say at each row what it lacks."""
        if not isinstance(refusal, drafting.CellsShort):
            return
        for row, asked in self.asked():
            [cell] = specifying.read([asked])
            if lacking := refusal.lacking.get(cell):
                row.add_error("count", _("%(count)d lacking") % {"count": lacking})


RowFormSet = formset_factory(RowForm, formset=Rows, extra=0, max_num=specifying.MOST_ROWS, absolute_max=300)


def typed_rows(kept: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a table as they would have been typed, and empty ones to go on with."""
    rows = [dict(each) for each in kept]
    return rows + [{}] * max(BLANK_ROWS, ROWS - len(rows))


class OfficerField(forms.ModelChoiceField):
    """A person by name and account."""

    def label_from_instance(self, user: Any) -> str:
        return f"{user.full_name} ({user.username})"


class FreezeForm(forms.Form):
    """The second person's signature: who may read before the exam is over, her password, the digest of what she saw."""

    password = forms.CharField(
        label=gettext_lazy("Your password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    seen_digest = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args, people, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        fields = {}
        for n in range(1, READERS + 1):
            fields[f"reader_{n}"] = OfficerField(
                queryset=people, label=_("Reader %(n)d") % {"n": n}, required=False, empty_label=_("nobody")
            )
            fields[f"reason_{n}"] = forms.CharField(label=_("Why"), required=False, max_length=200)
        self.fields = {**fields, **self.fields}

    def pairs(self) -> list[dict[str, Any]]:
        """The fields of each reader, for the page."""
        return [{"reader": self[f"reader_{n}"], "reason": self[f"reason_{n}"]} for n in range(1, READERS + 1)]

    def readers(self) -> list[tuple[User, str]]:
        """Who was named, each with the reason."""
        typed = self.cleaned_data
        rows = [(typed[f"reader_{n}"], typed[f"reason_{n}"]) for n in range(1, READERS + 1)]
        return [(reader, reason) for reader, reason in rows if reader]

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal beside the reader it names, or at the top of the form."""
        place = None
        for n in range(1, READERS + 1):
            if refusal.facts.get("name") == self.cleaned_data.get(f"reader_{n}") and refusal.field:
                place = f"{refusal.field}_{n}"
                break
        self.add_error(place if place in self.fields else None, str(refusal))


class SwapForm(forms.Form):
    """Which of the questions offered takes the place."""

    code = forms.ChoiceField(
        label=gettext_lazy("Question"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a question.")},
    )

    def __init__(self, *args, offered: Iterable[Question], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = [(each.code, f"{each.code} · {each.stem}") for each in offered]
