"""What the list of a question bank is narrowed to and in which order it stands; every choice stands in the address."""

from typing import Any

from django import forms
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from exams.models import Question
from lms.people.models import Organisation
from lms.questions import topics

_State = Question.State
_SHOWN = (_State.DRAFT, _State.IN_REVIEW, _State.USABLE, _State.RETIRED)
# What a heading may order the list by: the word in the address → the orders of the rows.
ORDERS = {
    "code": ("organisation__code", "code"),
    "facility": (F("facility").asc(nulls_last=True), "code"),
    "-facility": (F("facility").desc(nulls_last=True), "code"),
    "discrimination": (F("discrimination").asc(nulls_last=True), "code"),
    "-discrimination": (F("discrimination").desc(nulls_last=True), "code"),
    "-used": ("-papers", "code"),
}
_ORDER_WORDS = [
    ("code", gettext_lazy("by code")),
    ("facility", gettext_lazy("hardest first")),
    ("-facility", gettext_lazy("easiest first")),
    ("discrimination", gettext_lazy("weakest discrimination first")),
    ("-discrimination", gettext_lazy("strongest discrimination first")),
    ("-used", gettext_lazy("most used first")),
]


class BankFilter(forms.Form):
    """The list's choices; what cannot be chosen narrows to nothing."""

    bank = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=gettext_lazy("bank of"),
        required=False,
        empty_label=gettext_lazy("every bank"),
    )
    state = forms.ChoiceField(label=gettext_lazy("state"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("kind"), required=False)
    topic = forms.ChoiceField(label=gettext_lazy("topic"), required=False)
    level = forms.ChoiceField(label=gettext_lazy("cognitive level"), required=False)
    difficulty = forms.ChoiceField(label=gettext_lazy("difficulty"), required=False)
    used = forms.ChoiceField(label=pgettext_lazy("question", "used"), required=False)
    q = forms.CharField(label=gettext_lazy("code or stem"), required=False, max_length=60)
    sort = forms.ChoiceField(label=gettext_lazy("Order"), required=False, choices=_ORDER_WORDS)

    def __init__(self, *args: Any, banks: QuerySet[Organisation], placed: list[tuple[str, str]], **kwargs: Any) -> None:
        """`placed`: topic and cognitive level of every question that is there to be found."""
        super().__init__(*args, **kwargs)
        self.fields["bank"].queryset = banks
        self.branches = topics.tree([topic for topic, _level in placed])
        self._choose("state", _("every state"), [(each.value, each.label) for each in _SHOWN])
        self._choose("kind", _("every kind"), Question.Kind.choices)
        self._choose("topic", _("every topic"), [(each.path, "　" * each.depth + each.name) for each in self.branches])
        self._choose("level", _("every level"), _levels(level for _topic, level in placed))
        self._choose("difficulty", _("every difficulty"), Question.Difficulty.choices)
        self._choose("used", _("sat or not"), [("yes", _("sat already")), ("no", _("never sat"))])
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "inp" if name == "q" else "sel"
        self.fields["q"].widget.attrs["placeholder"] = self.fields["q"].label

    def _choose(self, name: str, every: str, choices: list[tuple[Any, Any]]) -> None:
        self.fields[name].choices = [("", every), *choices]

    def narrow(self, questions: QuerySet[Question]) -> QuerySet[Question]:
        """The questions that fit, in order: without a state, of each code the last version."""
        if not self.is_valid():
            return questions.none()
        asked = self.cleaned_data
        questions = questions.filter(state=asked["state"]) if asked["state"] else questions.newest()
        plain = {"organisation": asked["bank"], "kind": asked["kind"], "difficulty": asked["difficulty"]}
        plain |= {"cognitive_level": asked["level"]}
        questions = questions.filter(**{name: value for name, value in plain.items() if value})
        if asked["topic"]:
            questions = questions.about(asked["topic"])
        if wanted := asked["q"].strip():
            questions = questions.filter(Q(code__icontains=wanted) | Q(stem__icontains=wanted))
        questions = questions.with_figures()
        if asked["used"]:
            questions = questions.filter(papers__gt=0) if asked["used"] == "yes" else questions.filter(papers=0)
        return questions.order_by(*ORDERS[asked["sort"] or "code"])


def _levels(there: Any) -> list[tuple[str, str]]:
    """The six levels, then the institutions' own words."""
    own = sorted(set(there) - {"", *Question.CognitiveLevel.values})
    return [*Question.CognitiveLevel.choices, *((each, each) for each in own)]
