"""What the pages of a hearing day show: the clerk's board, a judge's list and sheet, slips and lots. Plain reads."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from exams import hearing as hearings_act
from exams import performing, placing
from exams.models import Hearing, HearingDay, Panel, PanelMember, Performance, Recusal, Stage
from lms.lib import clock
from lms.people import access
from lms.people.models import Appointment, User
from lms.scoring import drawing
from lms.scoring.models import Criterion, Lot, Reopening, ScoreSheet

_S = Hearing.State
WATCHERS = (
    Appointment.Office.EXAM_OFFICER,
    Appointment.Office.CLERK,
    Appointment.Office.SIGNATORY,
    Appointment.Office.AUDITOR,
)


# The clerk's board


@dataclass
class Card:
    """One candidate on the board: `left` are the seconds of her step that remain (None where no clock runs), `step`
    the next act, `signed` of `sheets` the judges who are done, `scores` the modules' scores. `is_near`: she is one of
    the next of her panel to be led on."""

    hearing: Hearing
    step: str = ""
    minutes: int = 0
    ends_at: dt.datetime | None = None
    left: int | None = None
    signed: int = 0
    sheets: int = 0
    scores: list[tuple[str, Decimal | None]] = field(default_factory=list)
    is_free: bool = True
    is_near: bool = True

    @property
    def unsigned(self) -> int:
        return self.sheets - self.signed

    @property
    def elapsed(self) -> int:
        """Seconds of the step that have passed, for the meter."""
        return max(0, self.minutes * 60 - max(0, self.left or 0))

    @property
    def whole(self) -> int:
        return self.minutes * 60

    @property
    def is_overdue(self) -> bool:
        return self.left is not None and self.left < 0


@dataclass
class Room:
    """A panel's column: who is inside or being scored, and who comes next."""

    panel: Panel
    cards: list[Card]
    coming: list[Card]
    done: int


@dataclass
class Board:
    """One day as it stands: the columns from the waiting room to the score-waiting room, and the figures above."""

    day: HearingDay
    waiting: list[Card]
    preparing: list[Card]
    rooms: list[Room]
    scored: list[Card]
    out: list[Card]
    called: int
    signed_in: int
    late: int
    inside: int
    with_score: int
    last: Hearing | None


_NEXT = {
    _S.SCHEDULED: "sign_in",
    _S.LOT_DRAWN: "draw_topic",
    _S.TOPIC_DRAWN: "prepare",
    _S.PREPARING: "present",
    _S.PRESENTING: "defend",
    _S.DEFENDING: "finish",
    _S.SCORED: "acknowledge",
}
NEXT_OF_A_PANEL = 2
_WAITING = (_S.SCHEDULED, _S.SIGNED_IN, _S.LOT_DRAWN)
_PREPARING = (_S.TOPIC_DRAWN, _S.PREPARING)
_BEFORE_PANEL = (_S.PRESENTING, _S.DEFENDING, _S.SCORING)


def board(day: HearingDay, at: dt.datetime) -> Board:
    """The board of a day, in five queries whatever the number of candidates."""
    rows = day.hearings.select_related("entry__candidate__teacher", "entry__candidate__school", "panel", "topic")
    hearings = sorted(rows, key=lambda each: (each.number is None, each.number or each.entry.candidate.number))
    signed = _signed_sheets(day)
    scores = _scores(day)
    busy = {each.panel_id for each in hearings if each.state in performing.IN_THE_ROOM}
    cards = [_card(each, day, signed, scores, busy, at) for each in hearings]
    _mark_near(cards)
    of = defaultdict(list)
    for card in cards:
        of[card.hearing.state].append(card)
    moved = [each for each in hearings if each.previous_state]
    return Board(
        day=day,
        waiting=[card for card in cards if card.hearing.state in _WAITING],
        preparing=[card for card in cards if card.hearing.state in _PREPARING],
        rooms=[_room(panel, cards) for panel in day.stage.panels.all()],
        scored=[*of[_S.SCORED], *reversed(of[_S.ACKNOWLEDGED])],
        out=[*of[_S.FORFEITED], *of[_S.DISQUALIFIED]],
        called=len(cards),
        signed_in=sum(each.state not in (_S.SCHEDULED, _S.FORFEITED) for each in hearings),
        late=sum(_is_late(each, day, at) for each in hearings),
        inside=sum(each.state in performing.IN_THE_ROOM for each in hearings),
        with_score=len(of[_S.SCORED]) + len(of[_S.ACKNOWLEDGED]),
        last=max(moved, key=lambda each: (each.changed_at, each.pk), default=None),
    )


def _mark_near(cards: list[Card]) -> None:
    """Of those who wait with a number only the next few of each panel are large on the board."""
    waiting: dict[int, int] = defaultdict(int)
    for card in cards:
        if card.hearing.state == _S.LOT_DRAWN:
            waiting[card.hearing.panel_id] += 1
            card.is_near = waiting[card.hearing.panel_id] <= NEXT_OF_A_PANEL


def _is_late(hearing: Hearing, day: HearingDay, at: dt.datetime) -> bool:
    return hearing.is_late or (hearing.state == _S.SCHEDULED and at > day.starts_at)


def _card(
    hearing: Hearing,
    day: HearingDay,
    signed: dict[int, tuple[int, int]],
    scores: dict[int, list[tuple[str, Decimal | None]]],
    busy: set[int],
    at: dt.datetime,
) -> Card:
    minutes = step_minutes(hearing.state, day)
    ends_at = hearing.changed_at + dt.timedelta(minutes=minutes) if minutes and hearing.changed_at else None
    done, sheets = signed.get(hearing.pk, (0, 0))
    hearing.is_late = _is_late(hearing, day, at)
    return Card(
        hearing=hearing,
        step=_NEXT.get(hearing.state, ""),
        minutes=minutes,
        ends_at=ends_at,
        left=round((ends_at - at).total_seconds()) if ends_at else None,
        signed=done,
        sheets=sheets,
        scores=scores.get(hearing.pk, []),
        is_free=hearing.panel_id not in busy,
    )


def step_minutes(state: str, day: HearingDay) -> int:
    """The minutes a step may take; 0 where no clock runs."""
    return {
        _S.PREPARING: day.prepare_minutes,
        _S.PRESENTING: day.present_minutes,
        _S.DEFENDING: day.defend_minutes,
    }.get(state, 0)


def _room(panel: Panel, cards: list[Card]) -> Room:
    own = [card for card in cards if card.hearing.panel_id == panel.pk]
    inside = [card for card in own if card.hearing.state in _BEFORE_PANEL]
    return Room(
        panel=panel,
        cards=sorted(inside, key=lambda card: (card.hearing.state == _S.SCORING, card.hearing.number or 0)),
        coming=[card for card in own if card.hearing.state in _PREPARING],
        done=sum(card.hearing.state in (_S.SCORED, _S.ACKNOWLEDGED) for card in own),
    )


def _signed_sheets(day: HearingDay) -> dict[int, tuple[int, int]]:
    """Hearing → how many of its sheets are signed, and how many there are."""
    live = ScoreSheet.objects.filter(assessment__performance__hearing__day=day).exclude(state=ScoreSheet.State.VOID)
    rows = live.values_list("assessment__performance__hearing").annotate(
        done=Count("pk", filter=Q(state=ScoreSheet.State.SIGNED)), of=Count("pk")
    )
    return {hearing: (done, of) for hearing, done, of in rows.order_by()}


def _scores(day: HearingDay) -> dict[int, list[tuple[str, Decimal | None]]]:
    found = defaultdict(list)
    rows = Performance.objects.filter(hearing__day=day).order_by("module__number")
    for hearing, module, score in rows.values_list("hearing", "module__name", "assessment__score"):
        found[hearing].append((module, score))
    return found


def days_watched(user: User, at: dt.datetime) -> list[HearingDay]:
    """The days whose boards a user may open, the nearest first, with counts; today's before all others."""
    days = (
        HearingDay.objects.watched_by(user, at)
        .select_related("stage__exam")
        .annotate(called=Count("hearings"), done=Count("hearings", filter=Q(hearings__state__in=performing.OVER)))
    )
    today = clock.local_date(at)
    return sorted(days, key=lambda each: (abs((clock.local_date(each.starts_at) - today).days), each.starts_at))


# The judge


@dataclass
class NumberRow:
    """One drawn number as its judge sees it: nothing of who it is."""

    hearing: Hearing
    sheets: list[ScoreSheet]

    @property
    def is_inside(self) -> bool:
        return self.hearing.state in performing.IN_THE_ROOM

    @property
    def is_open(self) -> bool:
        return self.hearing.state in hearings_act.SCORING_STATES

    @property
    def waits(self) -> bool:
        """Whether something is left for this judge to do now."""
        return self.is_open and any(each.state != ScoreSheet.State.SIGNED for each in self.sheets)


def sheets_held(user: User, at: dt.datetime) -> QuerySet[ScoreSheet]:
    """A judge's own sheets whose number has been drawn, while she holds the office, with all that her pages show:
    never who the number is."""
    in_office = access.under(
        "assessment__performance__hearing__day__stage__exam__organisation__path",
        access.paths(user, at, Appointment.Office.JUDGE),
    )
    held = ScoreSheet.objects.held_by(user).filter(in_office, assessment__performance__hearing__number__isnull=False)
    return held.select_related(
        "assessment__performance__module",
        "assessment__performance__hearing__day__stage__exam",
        "assessment__performance__hearing__panel",
    )


def numbers_to_judge(user: User, at: dt.datetime) -> dict[HearingDay, list[NumberRow]]:
    """A judge's numbers day by day, today first: who is inside the room, then by number. One query."""
    today = clock.local_date(at)
    rows: dict[int, NumberRow] = {}
    for sheet in sheets_held(user, at).order_by("assessment__performance__module__number"):
        one = sheet.assessment.performance.hearing
        rows.setdefault(one.pk, NumberRow(one, [])).sheets.append(sheet)
    days: dict[HearingDay, list[NumberRow]] = defaultdict(list)
    for row in sorted(rows.values(), key=lambda each: (not each.is_inside, each.hearing.number)):
        days[row.hearing.day].append(row)
    nearest = sorted(days, key=lambda day: (clock.local_date(day.starts_at) != today, day.starts_at))
    return {day: days[day] for day in nearest}


def memberships(user: User, at: dt.datetime) -> QuerySet[PanelMember]:
    """The panels a judge sits on or is a reserve of, while she holds the office, in stages that are not settled yet."""
    settled = (
        Stage.State.SCORES_CHECKED,
        Stage.State.LINE_SET,
        Stage.State.PUBLICISED,
        Stage.State.FINALISED,
    )
    in_office = access.under("panel__stage__exam__organisation__path", access.paths(user, at, Appointment.Office.JUDGE))
    own = PanelMember.objects.filter(in_office, judge=user).exclude(panel__stage__state__in=settled)
    return own.select_related("panel__stage__exam").order_by("panel__stage", "panel")


@dataclass
class Line:
    """One criterion of a sheet as its page shows it: `value` is what stands or was typed, as text."""

    criterion: Criterion
    value: str

    @property
    def bands(self) -> list[dict[str, Any]]:
        """The bands with the value that one tap gives (the middle, rounded down) and whether it is the present one."""
        points = _number(self.value)
        return [
            {
                **band,
                "middle": (band["from"] + band["to"]) // 2,
                "is_on": points is not None and band["from"] <= int(points) <= band["to"],
            }
            for band in self.criterion.bands
        ]


def sheet_lines(sheet: ScoreSheet, typed: dict[str, str] | None = None) -> list[Line]:
    """The criteria of a sheet in order with what stands on it, or what was typed where something was."""
    stands = {code: f"{points.normalize():f}" for code, points in sheet.scores.values_list("criterion__code", "points")}
    shown = stands if typed is None else {**stands, **typed}
    return [Line(each, shown.get(each.code, "")) for each in sheet.assessment.rubric.criteria.all()]


def _number(text: str) -> Decimal | None:
    try:
        points = Decimal(text)
    except ArithmeticError:
        return None
    return points if points.is_finite() else None


# Officers


def stages_watched(user: User, at: dt.datetime) -> QuerySet[Stage]:
    """The performance stages that a user prepares or watches over; never one on whose panels she sits."""
    paths = access.paths(user, at, *WATCHERS)
    found = Stage.objects.filter(access.under("exam__organisation__path", paths), kind=Stage.Kind.PERFORMANCE)
    return found.exclude(panels__members__judge=user).select_related("exam__organisation")


def judges_free(stage: Stage, at: dt.datetime) -> QuerySet[User]:
    """Who holds the office of judge over the exam's authority and sits on none of the stage's panels, by name."""
    above = [*stage.exam.organisation.ancestor_ids, stage.exam.organisation_id]
    held = Appointment.objects.held_on(clock.local_date(at)).filter(
        office=Appointment.Office.JUDGE, organisation__in=above
    )
    free = User.objects.filter(pk__in=held.values("user"), is_active=True)
    return free.exclude(panel_seats__panel__stage=stage).order_by("full_name", "pk")


def panels_of(stage: Stage) -> QuerySet[Panel]:
    """The panels of a stage with their members, and how many candidates each hears."""
    return stage.panels.prefetch_related("members__judge").annotate(called=Count("hearings"))


def days_of(stage: Stage) -> QuerySet[HearingDay]:
    """The days of a stage with how many candidates each has, and how many are through."""
    return stage.days.annotate(
        called=Count("hearings"), done=Count("hearings", filter=Q(hearings__state__in=performing.OVER))
    )


def recusals_of(stage: Stage) -> QuerySet[Recusal]:
    """Every recusal of a stage, by candidate."""
    return (
        Recusal.objects.filter(hearing__entry__stage=stage)
        .select_related("judge", "replaced_by", "hearing__entry__candidate", "hearing__panel")
        .order_by("hearing__entry__candidate__number", "pk")
    )


def hearings_of(stage: Stage) -> QuerySet[Hearing]:
    """Every hearing of a stage with its scores, by day and number."""
    performances = Performance.objects.select_related("module", "assessment").order_by("module__number")
    return (
        Hearing.objects.filter(entry__stage=stage)
        .select_related("entry__candidate__teacher", "day", "panel", "topic")
        .prefetch_related(Prefetch("performances", queryset=performances))
        .order_by("day__starts_at", "number", "entry__candidate__number")
    )


@dataclass(frozen=True)
class LotView:
    """A lot with its meaning in `kind` ("days", "order", "topic") and whether it replays; the seed only when drawn."""

    lot: Lot
    kind: str
    subject: str
    holds: bool | None

    @property
    def seed(self) -> str:
        return self.lot.seed if self.lot.drawn_at else ""


def lots_of(stage: Stage) -> list[LotView]:
    """Every lot of a stage in the order of its commitment, replayed on the spot where it was drawn."""
    days = {placing.order_purpose(day): day for day in stage.days.all()}
    hearings = {placing.topic_purpose(each): each for each in Hearing.objects.filter(entry__stage=stage)}
    lots = Lot.objects.filter(
        Q(purpose__startswith=f"exams.days:{stage.pk}:") | Q(purpose__in=[*days, *hearings])
    ).order_by("committed_at", "pk")
    return [_lot_view(lot, days, hearings) for lot in lots]


def _lot_view(lot: Lot, days: dict[str, HearingDay], hearings: dict[str, Hearing]) -> LotView:
    holds = drawing.replay(lot) if lot.drawn_at else None
    if lot.purpose in days:
        return LotView(lot, "order", clock.local_date(days[lot.purpose].starts_at).isoformat(), holds)
    if lot.purpose in hearings:
        return LotView(lot, "topic", str(hearings[lot.purpose].number or ""), holds)
    return LotView(lot, "days", "", holds)


@dataclass
class SlipLine:
    """One judge's sheet on a slip: her place on the panel, her total, and whether it was left out."""

    sheet: ScoreSheet
    place: int
    was_dropped: bool
    waiting: Reopening | None


@dataclass
class Slip:
    """One module on a score slip."""

    performance: Performance
    lines: list[SlipLine]


def slips(hearing: Hearing) -> list[Slip]:
    """The modules of a hearing with every live sheet, in three queries."""
    sheets = ScoreSheet.objects.exclude(state=ScoreSheet.State.VOID).select_related("judge").order_by("pk")
    performances = (
        hearing.performances.select_related("module", "assessment")
        .prefetch_related(
            Prefetch("assessment__sheets", queryset=sheets, to_attr="live"),
            Prefetch(
                "assessment__live__reopenings", queryset=Reopening.objects.filter(agreed_at=None), to_attr="waiting"
            ),
        )
        .order_by("module__number")
    )
    return [Slip(each, _slip_lines(each)) for each in performances]


def _slip_lines(performance: Performance) -> Iterable[SlipLine]:
    dropped = {row["sheet"] for row in performance.assessment.basis.get("sheets", []) if row["dropped"]}
    return [
        SlipLine(sheet, place, sheet.pk in dropped, next(iter(sheet.waiting), None))
        for place, sheet in enumerate(performance.assessment.live, start=1)
    ]


def reopenings_waiting(user: User, stage: Stage) -> QuerySet[Reopening]:
    """Requests of a stage that wait for a second person, other than the user's own."""
    waiting = Reopening.objects.filter(agreed_at=None, sheet__assessment__performance__hearing__entry__stage=stage)
    return waiting.exclude(asked_by=user).select_related("asked_by", "sheet__judge", "sheet__assessment__performance")
