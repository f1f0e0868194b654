"""Where each called candidate goes: her panel and day by lot, her judges without anyone of her own schools or kin."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from exams import conflicts
from exams.models import Candidate, Hearing, HearingDay, Panel, Recusal, Stage, StageEntry
from lms.lib.refusals import Refusal
from lms.people.models import SchoolStage, User
from lms.scoring import drawing


class NoPanelForStage(Refusal):
    sentence = _("No panel hears candidates of the school stage “{stage}” (candidate {number}). Form one.")


class NoReserve(Refusal):
    sentence = _("{judge} may not judge candidate {number}, and no reserve may either. Add a reserve to panel {panel}.")


@dataclass
class Call:
    """One candidate on her way into the stage."""

    candidate: Candidate
    admission_number: str
    panel: Panel | None = None
    day: HearingDay | None = None
    judges: list[User] = field(default_factory=list)
    stood_in: list[tuple[User, User, Recusal.Ground]] = field(default_factory=list)

    @property
    def item(self) -> str:
        """What stands for her in a lot."""
        return item(self.admission_number, self.candidate.number)


def item(admission_number: str, number: int) -> str:
    """What stands for a candidate in a lot: her admission number, or her number on the roster where she has none."""
    return admission_number or f"#{number}"


def item_of(entry: StageEntry) -> str:
    return item(entry.admission_number, entry.candidate.number)


def order_purpose(day: HearingDay) -> str:
    """The name of the lot that draws a day's order."""
    return f"exams.order:{day.pk}"


def topic_purpose(hearing: Hearing) -> str:
    """The name of the lot that draws a candidate's topic."""
    return f"exams.topic:{hearing.pk}"


def draw_panels_and_days(
    stage: Stage, calls: list[Call], panels: list[Panel], days: list[HearingDay], *, by: User, at: dt.datetime
) -> None:
    """By lot: in drawn order the candidates go to the panels of their school stage in turn, and on each panel to
    the days in turn. Refuses: NoPanelForStage."""
    groups: dict[tuple[int, ...], list[Call]] = defaultdict(list)
    for call in calls:
        school_stage = call.candidate.facts.get("stage", "")
        able = tuple(panel.pk for panel in panels if school_stage in panel.stages)
        if not able:
            label = SchoolStage(school_stage).label if school_stage in SchoolStage.values else school_stage
            raise NoPanelForStage(stage=label, number=call.candidate.number)
        groups[able].append(call)
    wanted = {
        f"exams.days:{stage.pk}:{'+'.join(map(str, able))}": [call.item for call in members]
        for able, members in groups.items()
    }
    lots = drawing.commit_all(wanted=wanted, about=stage, by=by, at=at)
    of = {panel.pk: panel for panel in panels}
    for (able, members), lot in zip(groups.items(), lots.values(), strict=True):
        drawn = drawing.draw(lot, by=by, at=at).result
        called = {call.item: call for call in members}
        for place, item in enumerate(drawn):
            turn, panel = divmod(place, len(able))
            called[item].panel, called[item].day = of[able[panel]], days[turn % len(days)]


def choose_judges(calls: list[Call], on: dt.date) -> None:
    """Every candidate's judges: her panel's members, each who may not judge her on that day replaced by the first
    reserve who may. Four queries, whatever their number. Refuses: NoReserve."""
    people = {member.judge_id for call in calls for member in call.panel.members.all()}
    barred = conflicts.grounds(people, [call.candidate for call in calls], on)
    for call in calls:
        members = sorted(call.panel.members.all(), key=lambda each: each.number)
        hers = call.candidate.pk
        spare = [each.judge for each in members if each.is_reserve and (each.judge_id, hers) not in barred]
        for judge in (each.judge for each in members if not each.is_reserve):
            ground = barred.get((judge.pk, hers))
            if ground is None:
                call.judges.append(judge)
                continue
            if not spare:
                raise NoReserve(judge=judge, number=call.candidate.number, panel=call.panel.code)
            call.stood_in.append((judge, spare[0], ground))
            call.judges.append(spare.pop(0))
