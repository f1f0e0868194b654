"""A question as it is typed into a form, kind by kind, and read back from a version."""

import hashlib
import re
from decimal import Decimal
from string import ascii_uppercase
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from exams import editing, question_text
from exams.illustrating import Upload
from exams.models import Question
from lms.questions import checking
from lms.questions.checking import Problem

_Kind = Question.Kind
_Area = forms.Textarea
_POLICIES = {
    _Kind.MULTIPLE: ("half", "per_option", "all_or_nothing", "weights"),
    _Kind.MATCHING: ("pairs", "all_or_nothing"),
    _Kind.ORDERING: ("all_or_nothing", "places"),
}
_SHARE = RegexValidator(
    r"^-?\d{1,3}(/[1-9]\d{0,2}|\.\d{1,3})?$", gettext_lazy("A share is a number such as 1/2 or -1/3.")
)
_FEWEST = {"options": 6, "pairs": 6, "parts": 4}
_MOST = {"options": 20, "pairs": 20, "parts": 12}

# Where a problem found by lms.questions is mended in the form, and what is said there.
_SENTENCES: dict[tuple[str, str], tuple[str, str | Promise]] = {
    ("stem", "empty"): ("stem", gettext_lazy("The stem is empty. Write the question.")),
    ("stem", "no_blank"): (
        "stem",
        gettext_lazy("A fill-in question needs a blank: write ____ where the word belongs."),
    ),
    ("points", "not_positive"): ("points", gettext_lazy("Points must be above 0.")),
    ("points", "parts_differ"): (
        "points",
        gettext_lazy("The case is worth {total} points but its parts add up to {parts}."),
    ),
    ("options", "too_few"): ("option_A", gettext_lazy("Write at least two options.")),
    ("options", "too_few_pairs"): ("left_1", gettext_lazy("Write at least two pairs.")),
    ("options", "twice"): ("option_A", gettext_lazy("Two of them say the same.")),
    ("right", "none"): ("right", gettext_lazy("The right answer is missing.")),
    ("right", "no_such_option"): ("right", gettext_lazy("The answer names {letters}, but there is no such option.")),
    ("right", "only_one"): (
        "right",
        gettext_lazy("A multiple choice has at least two right options; with one it is a single choice."),
    ),
    ("right", "empty_blank"): ("blanks", gettext_lazy("Every line needs a word that can be compared.")),
    ("right", "blanks_differ"): ("blanks", gettext_lazy("The stem has {blanks} blanks, the answer has {answers}.")),
    ("right", "weights_total"): (
        "policy",
        gettext_lazy("The shares of the best answer must add up to 1, for example 1/2 and 1/2."),
    ),
    ("right", "pair_missing"): ("left_1", gettext_lazy("Every item at the left needs its counterpart.")),
    ("right", "no_guide"): ("guide", gettext_lazy("The marking points are missing.")),
    ("parts", "none"): ("part_1_stem", gettext_lazy("A case needs at least one part.")),
    ("parts", "part_empty"): ("part_1_stem", gettext_lazy("A part of this case has no question.")),
}


class QuestionForm(forms.Form):
    """One question of one kind. `before` is the version that it starts from: what the form does not show of its key,
    such as feedback, is kept."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=16, widget=forms.TextInput(attrs={"class": "short"}))
    stem = forms.CharField(label=gettext_lazy("stem"), max_length=5000, strip=True, widget=_Area(attrs={"rows": 4}))
    points = forms.DecimalField(
        label=gettext_lazy("points"),
        max_digits=5,
        decimal_places=1,
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.5", "min": "0.5"}),
    )
    difficulty = forms.ChoiceField(label=gettext_lazy("difficulty"), choices=Question.Difficulty)
    topic = forms.CharField(
        label=gettext_lazy("topic"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("From the root, its steps parted by “/”."),
        widget=forms.TextInput(attrs={"list": "topics"}),
    )
    cognitive_level = forms.CharField(
        label=gettext_lazy("cognitive level"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Choose one of the six, or write a word of your own."),
        widget=forms.TextInput(attrs={"list": "levels", "class": "short"}),
    )
    media = forms.FileField(
        label=gettext_lazy("A picture or a sound"),
        required=False,
        help_text=gettext_lazy("JPEG, PNG, WebP, MP3, M4A, OGG or WAV, up to 10 MB. It is shown below the stem."),
    )
    says = forms.CharField(
        label=gettext_lazy("What it shows, or what is said in it"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Read by who cannot see or hear it; say everything that the question needs."),
        widget=_Area(attrs={"rows": 2}),
    )
    explanation = forms.CharField(
        label=gettext_lazy("explanation"), required=False, max_length=5000, widget=_Area(attrs={"rows": 3})
    )
    source = forms.CharField(label=gettext_lazy("source"), required=False, max_length=200)

    def __init__(self, *args: Any, kind: str, before: Question | None = None, **kwargs: Any) -> None:
        self.kind, self.before = kind, before
        super().__init__(*args, **kwargs)
        if before:
            del self.fields["code"]
        self.letters = ascii_uppercase[: self._rows("options")]
        self.pair_numbers = range(1, self._rows("pairs") + 1)
        self.part_numbers = range(1, self._rows("parts") + 1)
        _ADDS[kind](self)
        if before and not self.is_bound:
            self.initial = {**_initial(before), **self.initial}

    def _rows(self, of: str) -> int:
        body = self.before.body if self.before else {}
        there = {"options": body.get("options"), "pairs": body.get("right"), "parts": body.get("parts")}[of] or []
        return min(_MOST[of], max(_FEWEST[of], len(there) + 1))

    # What each kind asks for

    def add_options(self) -> None:
        for letter in self.letters:
            self.fields[f"option_{letter}"] = _line(1000)
        choices = [(letter, letter) for letter in self.letters]
        label = gettext_lazy("Right answer")
        if self.kind == _Kind.SINGLE:
            self.fields["right"] = forms.ChoiceField(
                label=label, choices=choices, required=False, widget=forms.RadioSelect
            )
            return
        self.fields["right"] = forms.MultipleChoiceField(
            label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
        )
        for letter in self.letters:
            self.fields[f"share_{letter}"] = _line(8)
            self.fields[f"share_{letter}"].validators.append(_SHARE)
        self.add_policy()

    def add_truth(self) -> None:
        self.fields["right"] = forms.ChoiceField(
            label=gettext_lazy("Right answer"),
            choices=[("true", gettext_lazy("True")), ("false", gettext_lazy("False"))],
            required=False,
            widget=forms.RadioSelect,
        )

    def add_blanks(self) -> None:
        self.fields["stem"].help_text = gettext_lazy("Write ____ where a word belongs.")
        self.fields["blanks"] = forms.CharField(
            label=gettext_lazy("Right answer"),
            required=False,
            max_length=2000,
            help_text=gettext_lazy("One line for each blank; variants parted by “/”."),
            widget=_Area(attrs={"rows": 3}),
        )
        for name, label in (
            ("case", gettext_lazy("capitals matter")),
            ("numbers", gettext_lazy("numbers are compared as numbers; a range is written 1..2")),
            ("wildcards", gettext_lazy("* stands for any words")),
        ):
            self.fields[name] = forms.BooleanField(label=label, required=False)

    def add_pairs(self) -> None:
        for number in self.pair_numbers:
            self.fields[f"left_{number}"] = _line(500)
            self.fields[f"right_{number}"] = _line(500)
        self.add_policy()

    def add_steps(self) -> None:
        self.fields["steps"] = forms.CharField(
            label=gettext_lazy("The steps in their right order"),
            required=False,
            max_length=5000,
            help_text=gettext_lazy("One line for each; candidates see them mixed."),
            widget=_Area(attrs={"rows": 6}),
        )
        self.add_policy()

    def add_guide(self) -> None:
        self.fields["guide"] = forms.CharField(
            label=gettext_lazy("Marking points"), required=False, max_length=5000, widget=_Area(attrs={"rows": 5})
        )

    def add_parts(self) -> None:
        for number in self.part_numbers:
            self.fields[f"part_{number}_stem"] = _line(2000, rows=2)
            self.fields[f"part_{number}_points"] = _line(6)
            self.fields[f"part_{number}_guide"] = _line(5000, rows=3)

    def add_policy(self) -> None:
        offered = _POLICIES[self.kind]
        self.fields["policy"] = forms.ChoiceField(
            label=gettext_lazy("How points are given"),
            choices=[(each, question_text.POLICIES[each]) for each in offered],
        )

    # What the page lays out in rows

    def option_rows(self) -> list[dict[str, Any]]:
        ticks = {each.data["value"]: each for each in self["right"]} if "right" in self.fields else {}
        return [
            {
                "letter": letter,
                "text": self[f"option_{letter}"],
                "tick": ticks[letter],
                "share": self[f"share_{letter}"] if f"share_{letter}" in self.fields else None,
            }
            for letter in self.letters
        ]

    def pair_rows(self) -> list[dict[str, Any]]:
        return [{"n": n, "left": self[f"left_{n}"], "right": self[f"right_{n}"]} for n in self.pair_numbers]

    def part_rows(self) -> list[dict[str, Any]]:
        return [
            {"n": n, **{name: self[f"part_{n}_{name}"] for name in ("stem", "points", "guide")}}
            for n in self.part_numbers
        ]

    # What was typed

    def content(self) -> editing.Content:
        """What was typed, as the act takes it."""
        typed = self.cleaned_data
        body, key = _READS[self.kind](typed, self)
        kept = {name: value for name, value in (self.before.key if self.before else {}).items() if name == "feedback"}
        facts = ("stem", "points", "difficulty", "topic", "cognitive_level", "explanation", "source")
        return editing.Content(kind=self.kind, body=body, key={**kept, **key}, **{each: typed[each] for each in facts})

    def upload(self) -> Upload | None:
        """The picture or sound that was chosen."""
        file = self.cleaned_data["media"]
        return Upload(file, file.name, self.cleaned_data["says"]) if file else None

    def tell(self, problems: list[Problem]) -> None:
        """Show what is wrong with the question where it is mended."""
        for each in problems:
            field, sentence = _SENTENCES.get((each.about, each.why), ("", editing.QuestionFaulty.sentence))
            self.add_error(field if field in self.fields else None, str(sentence).format(**each.facts))


def _line(longest: int, rows: int = 0) -> forms.CharField:
    widget = _Area(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(required=False, max_length=longest, widget=widget)


_ADDS = {
    _Kind.SINGLE: QuestionForm.add_options,
    _Kind.MULTIPLE: QuestionForm.add_options,
    _Kind.TRUE_FALSE: QuestionForm.add_truth,
    _Kind.FILL_IN: QuestionForm.add_blanks,
    _Kind.MATCHING: QuestionForm.add_pairs,
    _Kind.ORDERING: QuestionForm.add_steps,
    _Kind.SHORT_ANSWER: QuestionForm.add_guide,
    _Kind.CASE: QuestionForm.add_parts,
}


def _read_options(typed: dict[str, Any], form: QuestionForm) -> tuple[dict, dict]:
    filled = [letter for letter in form.letters if typed[f"option_{letter}"]]
    now = dict(zip(filled, ascii_uppercase, strict=False))  # without the gaps between them
    body = {"options": [{"id": now[letter], "text": typed[f"option_{letter}"]} for letter in filled]}
    if form.kind == _Kind.SINGLE:
        weighed = form.before.key.get("weights") if form.before else None
        right = [now.get(typed["right"], typed["right"])] if typed["right"] else []
        return body, {"right": right, **({"weights": weighed} if weighed else {})}
    key: dict[str, Any] = {"right": [now.get(each, each) for each in sorted(typed["right"])], "policy": typed["policy"]}
    if typed["policy"] == "weights":
        key["weights"] = {
            now.get(each, each): typed[f"share_{each}"] for each in form.letters if typed[f"share_{each}"]
        }
    return body, key


def _read_truth(typed: dict[str, Any], form: QuestionForm) -> tuple[dict, dict]:
    return {}, {"right": typed["right"] == "true"} if typed["right"] else {}


def _read_blanks(typed: dict[str, Any], form: QuestionForm) -> tuple[dict, dict]:
    lines = [line for line in typed["blanks"].splitlines() if line.strip()]
    blanks = [[word.strip() for word in re.split("[/／]", line)] for line in lines]
    key: dict[str, Any] = {"blanks": blanks} | {name: True for name in ("case", "numbers", "wildcards") if typed[name]}
    before = form.before.key if form.before else {}
    if before.get("shares") and before.get("blanks") == blanks:
        key["shares"] = before["shares"]
    return {"blanks": len(checking.BLANK.findall(typed["stem"]))}, key


def _read_pairs(typed: dict[str, Any], form: QuestionForm) -> tuple[dict, dict]:
    rows = [(typed[f"left_{n}"], typed[f"right_{n}"]) for n in form.pair_numbers]
    left = [text for text, _other in rows if text]
    offered = _mixed(list(dict.fromkeys(other for _text, other in rows if other)))
    of = {text: letter for letter, text in zip(ascii_uppercase, offered, strict=False)}
    pairs = {str(n): of[other] for n, (_text, other) in enumerate([row for row in rows if row[0]], start=1) if other}
    body = {
        "left": [{"id": str(n), "text": text} for n, text in enumerate(left, start=1)],
        "right": [{"id": letter, "text": text} for text, letter in of.items()],
    }
    key: dict[str, Any] = {"pairs": pairs} | ({} if typed["policy"] == "pairs" else {"policy": typed["policy"]})
    before = form.before.key if form.before else {}
    if len(before.get("pairs", {})) == len(pairs):
        key |= {name: before[name] for name in ("shares", "wrong") if name in before}
    return body, key


def _read_steps(typed: dict[str, Any], form: QuestionForm) -> tuple[dict, dict]:
    steps = [line.strip() for line in typed["steps"].splitlines() if line.strip()]
    mixed = _mixed(steps)
    if mixed == steps:
        mixed = mixed[::-1]
    letters = dict(zip(mixed, ascii_uppercase, strict=False))
    options = [{"id": letter, "text": text} for letter, text in zip(ascii_uppercase, mixed, strict=False)]
    return {"options": options}, {"order": [letters[each] for each in steps], "policy": typed["policy"]}


def _mixed(texts: list[str]) -> list[str]:
    """The texts in an order that says nothing of their right one, the same at every time."""
    return sorted(texts, key=lambda text: hashlib.sha256(text.encode()).hexdigest())


def _read_guide(typed: dict[str, Any], form: QuestionForm) -> tuple[dict, dict]:
    return {}, {"guide": typed["guide"]} if typed["guide"] else {}


def _read_parts(typed: dict[str, Any], form: QuestionForm) -> tuple[dict, dict]:
    names = ("stem", "points", "guide")
    rows = [{name: typed[f"part_{n}_{name}"] for name in names} for n in form.part_numbers]
    filled = [each for each in rows if any(each.values())]
    parts = [
        {"number": n, "stem": each["stem"], "points": _points(each["points"])} for n, each in enumerate(filled, start=1)
    ]
    return {"parts": parts}, {"parts": [{"guide": each["guide"]} for each in filled]}


def _points(text: str) -> str:
    return format(Decimal(text).normalize(), "f") if re.fullmatch(r"\d{1,3}(\.\d)?", text) else "0"


_READS = {
    _Kind.SINGLE: _read_options,
    _Kind.MULTIPLE: _read_options,
    _Kind.TRUE_FALSE: _read_truth,
    _Kind.FILL_IN: _read_blanks,
    _Kind.MATCHING: _read_pairs,
    _Kind.ORDERING: _read_steps,
    _Kind.SHORT_ANSWER: _read_guide,
    _Kind.CASE: _read_parts,
}


def _initial(version: Question) -> dict[str, Any]:
    """A version as it would have been typed."""
    names = ("stem", "points", "difficulty", "topic", "cognitive_level", "explanation", "source")
    typed: dict[str, Any] = {name: getattr(version, name) for name in names}
    typed["points"] = format(version.points.normalize(), "f")
    typed["policy"] = question_text.policy_of(version)
    key = version.key
    for each in question_text.options_of(version):
        typed |= {f"option_{each['id']}": each["text"], f"share_{each['id']}": each["share"]}
    right = key.get("right")
    typed["right"] = str(right).lower() if isinstance(right, bool) else right or []
    if version.kind == _Kind.SINGLE:
        typed["right"] = right[0] if right else ""
    typed["blanks"] = "\n".join("/".join(words) for words in key.get("blanks", []))
    typed |= {name: key.get(name, False) for name in ("case", "numbers", "wildcards")}
    pairs = question_text.pairs_of(version) + [("", each) for each in question_text.strays_of(version)]
    for n, (left, right_text) in enumerate(pairs, start=1):
        typed |= {f"left_{n}": left, f"right_{n}": right_text}
    typed["steps"] = "\n".join(question_text.ordered(version))
    typed["guide"] = key.get("guide", "")
    for part in question_text.parts_of(version):
        typed |= {f"part_{part['number']}_{name}": part[name] for name in ("stem", "points", "guide")}
    return typed
