"""What a standard setting looks like to its judges and to the officer who conducts it; plain reads."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from exams import facilities, rated_items, scripts, stages
from exams.models import AngoffRating, Paper, Question, RatingSheet, Stage, StandardSetting
from lms.people.models import User
from lms.questions import angoff

_TENTH = Decimal("0.1")
_S = StandardSetting.State
# Items whose ratings spread further than this many per cent are worth talking over.
WIDE = Decimal(15)


@dataclass(frozen=True)
class Spread:
    """What a round came to at one item: mean and standard deviation in per cent, lowest and highest."""

    mean: Decimal
    deviation: Decimal
    low: int
    high: int

    @property
    def is_wide(self) -> bool:
        return self.deviation > WIDE


@dataclass
class Row:
    """One item on a judge's sheet: the question with its key, her rating as text, and what may be shown beside it."""

    name: str
    paper: Paper
    item: scripts.Item
    percent: str
    opens_form: bool
    opens_case: bool
    # What the item adds to her line for all its points: of two forms, half of them.
    weight: Decimal
    options: list[dict[str, Any]] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    first: int | None = None
    spread: Spread | None = None
    facility: Decimal | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether something was typed that is no whole per cent."""
        return self.percent.strip() != "" and not self.is_rated

    @property
    def is_rated(self) -> bool:
        """Whether what was typed is a whole per cent."""
        text = self.percent.strip()
        return text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= 100


def sheets_of(user: User, at: dt.datetime) -> QuerySet[RatingSheet]:
    """A judge's sheets, the newest first, with what names them and how many items are rated."""
    held = RatingSheet.objects.held_by(user, at).select_related("setting__module__stage__exam__organisation")
    return held.annotate(rated=Count("ratings")).order_by("-setting__named_at", "-round")


def is_open(sheet: RatingSheet) -> bool:
    """Whether its round runs and it is not signed."""
    running = {1: _S.FIRST_ROUND, 2: _S.SECOND_ROUND}[sheet.round]
    return sheet.setting.state == running and sheet.signed_at is None


def waiting(user: User, at: dt.datetime) -> QuerySet[RatingSheet]:
    """A judge's sheets that wait for her signature now."""
    first, second = Q(round=1, setting__state=_S.FIRST_ROUND), Q(round=2, setting__state=_S.SECOND_ROUND)
    return sheets_of(user, at).filter(first | second, signed_at=None)


def spreads(setting: StandardSetting, number: int) -> dict[str, Spread]:
    """What a round came to, item by item, over its signed sheets. One query."""
    given: dict[str, list[int]] = defaultdict(list)
    rows = AngoffRating.objects.filter(sheet__setting=setting, sheet__round=number, sheet__signed_at__isnull=False)
    for item, percent in rows.values_list("item", "percent"):
        given[item].append(percent)
    return {
        item: Spread(_tenth(angoff.mean(each)), _tenth(angoff.deviation(each)), min(each), max(each))
        for item, each in given.items()
    }


def _tenth(value: Decimal) -> Decimal:
    return value.quantize(_TENTH, ROUND_HALF_UP)


def rows(sheet: RatingSheet, typed: dict[str, str] | None = None) -> list[Row]:
    """The items of a judge's sheet in the order of the paper, or of its forms. The first round shows questions and
    keys alone; the second adds her own first rating, the panel's mean and spread, and how the item did where the
    officer released it."""
    setting = sheet.setting
    rated = rated_items.of(setting.module)
    papers = {each.paper.pk: each.paper for each in rated.values()}
    kept = dict(sheet.ratings.values_list("item", "percent"))
    first, means, earned = {}, {}, {}
    if sheet.round == 2:
        own = AngoffRating.objects.filter(sheet__setting=setting, sheet__judge=sheet.judge_id, sheet__round=1)
        first, means = dict(own.values_list("item", "percent")), spreads(setting, 1)
        if setting.facility_shown:
            earned = {pk: facilities.earned(paper) for pk, paper in papers.items()}
    found, before = [], None
    for name, each in rated.items():
        item = each.item
        percent = str((typed or {}).get(name, kept.get(name, "")))
        opens_form = bool(each.form) and (before is None or before.form != each.form)
        opens_case = before is None or opens_form or before.item.stem != item.stem
        row = Row(name, each.paper, item, percent, opens_form, opens_case, item.points / len(papers), *_keyed(item))
        row.first, row.spread = first.get(name), means.get(name)
        row.facility = earned[each.paper.pk].facility(item.code) if earned else None
        found.append(row)
        before = each
    return found


def _keyed(item: scripts.Item) -> tuple[list[dict[str, Any]], list[str]]:
    """The options with the right ones marked, and what else is right, line by line."""
    key, body = item.key, item.body
    options = body.get("options", [])
    texts = {each["id"]: each["text"] for name in ("options", "right") for each in body.get(name, [])}
    if item.is_constructed:
        return [], [item.guide] if item.guide else []
    if item.kind == Question.Kind.FILL_IN:
        return [], [" / ".join(each) for each in key.get("blanks", [])]
    if "order" in key:
        return [], [f"{n}. {texts.get(each, each)}" for n, each in enumerate(key["order"], 1)]
    if "pairs" in key:
        pairs = key["pairs"]
        return [], [f"{each['text']} → {texts.get(pairs.get(each['id']), '')}" for each in body.get("left", [])]
    letters = key.get("right") if isinstance(key.get("right"), list) else []
    return [{**each, "right": each["id"] in letters} for each in options], [] if options else list(letters)


@dataclass(frozen=True)
class Judge:
    """One judge as the conducting officer sees her: signed or how many items are rated; her sums once rounds closed."""

    name: str
    rated: int
    signed_at: dt.datetime | None
    sums: list[Decimal | None]
    apart: bool


def judges(setting: StandardSetting) -> list[Judge]:
    """The judges in the order in which they were named. A sum is shown only when its round is closed; who stands
    apart does so in the round closed last. One query."""
    sheets: dict[int, dict[int, RatingSheet]] = defaultdict(dict)
    for each in setting.sheets.select_related("judge").annotate(rated=Count("ratings")).order_by("round", "pk"):
        sheets[each.judge_id][each.round] = each
    closed = sorted(setting.rounds)
    totals = {n: [own[int(n)].total for own in sheets.values() if _signed(own, int(n))] for n in closed}
    found = []
    for own in sheets.values():
        latest = own[max(own)]
        sums = [own[int(n)].total if _signed(own, int(n)) else None for n in closed]
        apart = bool(closed) and sums[-1] is not None and angoff.stands_apart(sums[-1], totals[closed[-1]])
        found.append(Judge(str(latest.judge), latest.rated, latest.signed_at, sums, apart))
    return found


def _signed(own: dict[int, RatingSheet], number: int) -> bool:
    return number in own and own[number].signed_at is not None


def item_rows(setting: StandardSetting) -> list[dict[str, Any]]:
    """Item by item what each closed round came to, and how the item did where the scores are checked; without a word
    of the questions."""
    closed = [spreads(setting, int(number)) for number in sorted(setting.rounds)]
    if not closed:
        return []
    rated = rated_items.of(setting.module)
    known = stages.is_past(setting.module.stage, Stage.State.SCORES_CHECKED)
    papers = {each.paper.pk: each.paper for each in rated.values()}
    earned = {pk: facilities.earned(paper) for pk, paper in papers.items()} if known else {}
    return [
        {
            "item": each.item,
            "paper": each.paper,
            "rounds": [found.get(name) for found in closed],
            "facility": earned[each.paper.pk].facility(each.item.code) if earned else None,
        }
        for name, each in rated.items()
    ]


@dataclass(frozen=True)
class Forms:
    """What the round closed last came to in each of two forms: (form, line, error); how far B lies above A, with the
    error of that, and whether it is more than chance explains."""

    lines: list[tuple[str, Decimal, Decimal]]
    difference: Decimal
    error: Decimal

    @property
    def are_apart(self) -> bool:
        return angoff.are_apart(self.difference, self.error)


def forms(setting: StandardSetting) -> Forms | None:
    """None while no round is closed, and for a paper without forms."""
    last = setting.rounds[max(setting.rounds)] if setting.rounds else {}
    if "forms" not in last:
        return None
    lines = [(form, Decimal(each["value"]), Decimal(each["error"])) for form, each in last["forms"].items()]
    apart = last["difference"]
    return Forms(lines, Decimal(apart["value"]), Decimal(apart["error"]))
