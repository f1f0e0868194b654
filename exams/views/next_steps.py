"""What an exam's page says: the one next act, the dates of each stage, the funnel's rows, a candidacy's history."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from exams import eligibility, outline, queries, roll, stages, wording
from exams.models import Candidate, CutScore, Exam, Paper, Sitting, Stage
from exams.roll import StageView
from lms.journal.models import Line
from lms.lib import clock
from lms.people.models import User

S = Stage.State
REVIEWING = (S.REGISTRATION_OPEN, S.REGISTRATION_CLOSED)
BEFORE_SITTING = (*REVIEWING, S.ARRANGED)
BEFORE_SEATS = (S.PLANNING, *REVIEWING)


@dataclass(frozen=True)
class Step:
    """The next act: what it is called, why now, and where it is done. `method` is "post" for an act without a page
    of its own; without an address it can only be waited for."""

    title: str
    text: str = ""
    label: str = ""
    address: str = ""
    method: str = "get"
    kind: str = "wait"
    for_deciders: bool = False  # shown to whoever sees outcomes, too: a second person may have to decide
    for_reviewers: bool = False

    def is_for(self, *, decides: bool, reviews: bool) -> bool:
        """Whether it is shown to someone who does not manage the exam."""
        return (decides and self.for_deciders) or (reviews and self.for_reviewers)


def next_step(exam: Exam, views: list[StageView], counts: Counter, user: User, at: dt.datetime) -> Step:
    """The one act that carries an exam further now."""
    present = next((view for view in views if view.stage.state != S.FINALISED), None)
    if present is None and views:
        return _award_step(exam, views[-1])
    if present is None or present.stage.state in BEFORE_SEATS:
        gaps = outline.gaps(outline.stages_of(exam))
        if gaps and not (present and _comes_before_the_plan(exam, present, counts, at)):
            return gap_step(exam, gaps)
    return _OF_STATE[present.stage.state](exam, present, counts, at)


def _comes_before_the_plan(exam: Exam, view: StageView, counts: Counter, at: dt.datetime) -> bool:
    """Whether people wait for something more pressing than what the plan lacks."""
    if view.stage.state == S.PLANNING:
        return False
    over = view.stage.state == S.REGISTRATION_OPEN and at >= exam.registration_closes_at
    return over or bool(counts[Candidate.State.SUBMITTED])


def gap_step(exam: Exam, gaps: list[outline.Gap]) -> Step | None:
    """The act that mends the first thing a plan lacks."""
    if not gaps:
        return None
    gap = gaps[0]
    if gap.kind == "stages":
        return Step(
            _("The plan has no stage yet"),
            _("Lay out the usual plan with one click, or add the stages one by one."),
            _("Make the plan"),
            reverse("exams:plan", args=[exam.pk]),
        )
    if gap.kind == "modules":
        written = gap.stage.kind == Stage.Kind.WRITTEN
        return Step(
            _("“{stage}” has no module yet").format(stage=gap.stage.name),
            _("Say what is marked in it, and from where it is passed."),
            _("Add the written paper") if written else _("Add its modules"),
            reverse("exams:new_module", args=[gap.stage.pk]) if written else reverse("exams:plan", args=[exam.pk]),
        )
    return Step(
        _("“{module}” has no place and time yet").format(module=gap.module.name),
        _("Candidates are seated at its site and see both on their tickets."),
        _("Set place and time"),
        reverse("exams:schedule_sitting", args=[gap.module.pk]),
    )


def _planning(exam: Exam, view: StageView, counts: Counter, at: dt.datetime) -> Step:
    if view.stage.number > 1:
        return Step(
            _("Call those who passed to the {stage}").format(stage=view.stage.name),
            _("Set the days, form the panels, and call the candidates."),
            _("Prepare the {stage}").format(stage=view.stage.name),
            reverse("exams:hearing_setup", args=[view.stage.pk]),
        )
    return Step(
        _("Announce the exam"),
        _("Registration runs from {opens} to {closes}.").format(
            opens=wording.moment(exam.registration_opens_at), closes=wording.deadline(exam.registration_closes_at)
        ),
        _("Open registration"),
        reverse("exams:open_registration", args=[exam.pk]),
        "post",
    )


def _registration_open(exam: Exam, view: StageView, counts: Counter, at: dt.datetime) -> Step:
    closes = wording.deadline(exam.registration_closes_at)
    if at >= exam.registration_closes_at:
        return Step(
            _("The registration period is over"),
            _("It ran until {closes}.").format(closes=closes),
            _("Close registration"),
            reverse("exams:close_registration", args=[exam.pk]),
            "post",
        )
    return _review_step(exam, counts, _("Registration runs until {closes}.").format(closes=closes))


def _registration_closed(exam: Exam, view: StageView, counts: Counter, at: dt.datetime) -> Step:
    if counts[Candidate.State.SUBMITTED]:
        return _review_step(exam, counts, _("Seats can be arranged when every registration is decided."))
    return Step(
        _("Arrange rooms and seats"),
        _("{n} candidates are approved.").format(n=counts[Candidate.State.APPROVED]),
        _("Arrange rooms and seats"),
        reverse("exams:arrange", args=[view.stage.pk]),
    )


def _review_step(exam: Exam, counts: Counter, text: str) -> Step:
    waiting = counts[Candidate.State.SUBMITTED]
    address = reverse("exams:candidates", args=[exam.pk]) + f"?state={Candidate.State.SUBMITTED}"
    if not waiting:
        return Step(_("Nothing waits for review"), text)
    title = _("Registrations waiting for review: {n}").format(n=waiting)
    return Step(title, text, _("Review registrations"), address, for_reviewers=True)


def _arranged(exam: Exam, view: StageView, counts: Counter, at: dt.datetime) -> Step:
    if view.without_ticket:
        return Step(
            _("Publish the admission tickets"),
            _("{n} candidates have a seat and can then download their tickets.").format(n=view.without_ticket),
            _("Publish {n} tickets").format(n=view.without_ticket),
            reverse("exams:publish_tickets", args=[view.stage.pk]),
            "post",
        )
    return _sitting_step(exam, view, at)


def _in_progress(exam: Exam, view: StageView, counts: Counter, at: dt.datetime) -> Step:
    return _sitting_step(exam, view, at)


def _sitting_step(exam: Exam, view: StageView, at: dt.datetime) -> Step:
    if view.stage.kind == Stage.Kind.PERFORMANCE:
        return _hearings_step(view) or Step(
            _("{stage} under way").format(stage=view.stage.name),
            "",
            _("Go to the hearing days"),
            reverse("exams:hearing_setup", args=[view.stage.pk]),
        )
    if step := _paper_step(view):
        return step
    text = ""
    if view.sitting:
        starts = wording.moment(view.sitting.starts_at)
        text = _("{starts}, {minutes} minutes, {site}").format(
            starts=starts, minutes=view.sitting.minutes, site=view.sitting.site
        )
    title = _("The sitting comes next") if view.stage.state == S.ARRANGED else _("The sitting is under way")
    if view.sitting and view.sitting.on_paper:
        address = reverse("exams:paper_scores", args=[view.stage.pk])
        return Step(title, text, _("Go to the sign-in lists"), address)
    address = reverse("exams:invigilate", args=[view.stage.pk])
    return Step(title, text, _("Go to the sitting"), address)


def _paper_step(view: StageView) -> Step | None:
    """Before the bell: the sitting's paper, composed by one officer and frozen by another."""
    if view.stage.state != S.ARRANGED or view.sitting is None or view.sitting.paper_id:
        return None
    if view.sitting.on_paper == Sitting.OnPaper.TOTAL:  # may be printed elsewhere
        return None
    draft = view.sitting.module.papers.filter(state=Paper.State.DRAFT).order_by("-pk").first()
    if draft is None:
        return Step(
            _("The sitting has no paper yet"),
            _("One officer composes it from the question bank, another freezes it before the bell."),
            _("Compose the paper"),
            reverse("exams:compose", args=[view.sitting.module_id]),
        )
    return Step(
        _("The paper waits to be frozen"),
        _("“{paper}” was composed by {name}; another officer reads and freezes it.").format(
            paper=draft.title, name=draft.composed_by
        ),
        _("Open the paper"),
        reverse("exams:paper", args=[draft.pk]),
        kind="lock",
    )


def _hearings_step(view: StageView) -> Step | None:
    """Once every hearing is through: check the scores."""
    through, called = queries.hearings_through(view.stage)
    if view.stage.state == S.ARRANGED or not called or through < called:
        return None
    return Step(
        _("Every hearing of the {stage} is through").format(stage=view.stage.name),
        _("{n} hearings. Checked, their scores are locked and become results; no sheet is reopened after that.").format(
            n=called
        ),
        _("Check and lock the scores"),
        reverse("exams:check_scores", args=[view.stage.pk]),
        "post",
    )


def _marking(exam: Exam, view: StageView, counts: Counter, at: dt.datetime) -> Step:
    if view.stage.kind == Stage.Kind.PERFORMANCE and (step := _hearings_step(view)):
        return step
    if view.sitting and view.sitting.on_paper:
        return Step(
            _("The scores are entered from paper"),
            _("Two people enter each script, a third decides where they differ."),
            _("Go to the scores from paper"),
            reverse("exams:paper_scores", args=[view.stage.pk]),
        )
    name = "exams:marking" if view.stage.kind == Stage.Kind.WRITTEN else "exams:hearing_setup"
    return Step(
        _("Marking is under way"),
        _("The results are settled when every mark is in."),
        _("Go to the marking"),
        reverse(name, args=[view.stage.pk]),
    )


def _scores_checked(exam: Exam, view: StageView, counts: Counter, at: dt.datetime) -> Step:
    if view.stage.kind == Stage.Kind.PERFORMANCE:
        return _publicity_step(view)
    module = view.stage.modules.first()
    address = reverse("exams:cut_score", args=[module.pk])
    proposed = module.cut_scores.filter(state=CutScore.State.PROPOSED).select_related("proposed_by").first()
    if proposed:
        return Step(
            _("The line of {value} points waits for a second person").format(value=proposed.value),
            _("{name} proposed it.").format(name=proposed.proposed_by),
            _("Look at the line and decide"),
            address,
            kind="lock",
            for_deciders=True,
        )
    return Step(
        _("Set the line"),
        _("All marks are in. Look at the distribution and propose a line; another person approves it."),
        _("Propose the line"),
        address,
        for_deciders=True,
    )


def _line_set(exam: Exam, view: StageView, counts: Counter, at: dt.datetime) -> Step:
    return _publicity_step(view)


def _publicity_step(view: StageView) -> Step:
    if view.notice is None:
        return Step(
            _("Propose the public list"),
            _("{passed} of {decided} passed.").format(passed=view.passed, decided=view.decided),
            _("Propose the public list"),
            reverse("exams:propose_publicity", args=[view.stage.pk]),
        )
    return Step(
        _("The public list waits for a second person"),
        _("It is to be public from {opens} to {closes}.").format(
            opens=wording.day(view.notice.opens_on), closes=wording.day(view.notice.closes_on)
        ),
        _("Check the list and decide"),
        reverse("exams:notice", args=[view.notice.pk]),
        kind="lock",
        for_deciders=True,
    )


def _publicised(exam: Exam, view: StageView, counts: Counter, at: dt.datetime) -> Step:
    if view.notice and clock.local_date(at) > view.notice.closes_on:
        return Step(
            _("The publicity is over"),
            _("The list was public until {closes}.").format(closes=wording.day(view.notice.closes_on)),
            _("Make the results final"),
            reverse("exams:finalise", args=[view.stage.pk]),
            "post",
        )
    closes = wording.day(view.notice.closes_on) if view.notice else ""
    return Step(
        _("The list is public"),
        _("Until {closes}; from the day after the results can become final.").format(closes=closes),
    )


def _award_step(exam: Exam, last: StageView) -> Step:
    batch = roll.award_list(exam)
    if batch is None:
        return Step(
            _("Propose the certificates"),
            _("{n} candidates passed every stage.").format(n=last.passed),
            _("Propose {n} for certification").format(n=last.passed),
            reverse("exams:award", args=[exam.pk]),
        )
    address = reverse("certs:batch", args=[batch.pk])
    return Step(
        _("The certificate list"), str(batch.get_state_display()), _("Open the list"), address, for_deciders=True
    )


_OF_STATE = {
    S.PLANNING: _planning,
    S.REGISTRATION_OPEN: _registration_open,
    S.REGISTRATION_CLOSED: _registration_closed,
    S.ARRANGED: _arranged,
    S.IN_PROGRESS: _in_progress,
    S.MARKING: _marking,
    S.SCORES_CHECKED: _scores_checked,
    S.LINE_SET: _line_set,
    S.PUBLICISED: _publicised,
}


def facts(view: StageView, outcomes: bool) -> list[tuple[str, str]]:
    """The dates and figures of one stage, as label and value; how many passed only for who sees `outcomes`."""
    listed = []
    reached = {state: dt.datetime.fromisoformat(at) for state, at in view.stage.reached.items()}
    if view.sitting:
        listed.append((_("Sitting"), f"{wording.moment(view.sitting.starts_at)} · {view.sitting.site}"))
    if view.stage.arrangement:
        rooms = _("{candidates} candidates in {rooms} rooms, seed “{seed}”").format(**view.stage.arrangement)
        listed.append((_("Seats"), rooms))
    if view.notice:
        period = f"{wording.day(view.notice.opens_on)} – {wording.day(view.notice.closes_on)}"
        listed.append((_("Publicity"), period))
    if view.decided and outcomes:
        listed.append((_("Result"), _("{passed} of {decided} passed").format(passed=view.passed, decided=view.decided)))
    if view.stage.state in reached:
        listed.append((_("Since"), wording.moment(reached[view.stage.state])))
    return listed


def phases(stage: Stage) -> tuple[list[str], int]:
    """A stage's way in a few words, and the number of the present one (past the last when all is final)."""
    written = [
        (_("Registration"), S.REGISTRATION_OPEN),
        (_("Seats"), S.REGISTRATION_CLOSED),
        (_("Sitting"), S.ARRANGED),
        (_("Marking"), S.MARKING),
        (_("Line"), S.SCORES_CHECKED),
        (_("Publicity"), S.LINE_SET),
        (_("Final"), S.FINALISED),
    ]
    performance = [
        (_("Preparation"), S.PLANNING),
        (_("Hearings"), S.ARRANGED),
        (_("Scores"), S.MARKING),
        (_("Publicity"), S.SCORES_CHECKED),
        (_("Final"), S.FINALISED),
    ]
    way = written if stage.kind == Stage.Kind.WRITTEN else performance
    current = sum(stages.is_past(stage, start) for _name, start in way)
    if stage.state == S.FINALISED:
        current += 1
    return [name for name, _start in way], max(current, 1)


def funnel(counts: dict[str, int]) -> list[dict]:
    """The rows of the funnel, with shares by numerator and denominator; only the steps that have been reached."""
    steps = [
        (_("Registered"), counts["registered"], "pre", None),
        (_("Approved"), counts["approved"], "pre", ("registered", _("of registered"))),
        (_("Sat the paper"), counts["sat"], "", ("approved", _("of approved"))),
        (_("Passed the paper"), counts["passed_written"], "", ("sat", _("of those who sat"))),
        (_("Passed all"), counts["passed"], "", ("passed_written", _("of those who passed the paper"))),
        (_("Certified"), counts["certified"], "", ("sat", _("of those who sat"))),
    ]
    rows = []
    for label, count, kind, whole in steps:
        if not count and whole:
            continue
        note = ""
        if whole and counts[whole[0]]:
            note = f"{whole[1]} {count / counts[whole[0]]:.1%}"
        rows.append({"label": label, "count": count, "note": note, "kind": kind})
    return rows if counts["registered"] else []


def rule_states(candidate: Candidate, findings: list[eligibility.Finding]) -> list[dict]:
    """Every rule of eligibility with whether it is met, and the finding where it is not."""
    broken = {each.rule: each for each in findings}
    rules = candidate.exam.eligibility
    unasked = {
        rule
        for rule, name in (("credential_not_held", "credential"), ("too_few_recorded_hours", "min_recorded_hours"))
        if not rules.get(name)
    }
    return [
        {"rule": rule, "name": wording.rule_name(rule), "finding": broken.get(rule)}
        for rule in (*eligibility.FINAL, *eligibility.FIXABLE)
        if rule not in unasked
    ]


def history(lines: list[Line]) -> list[dict]:
    """A candidacy's official acts as a timeline."""
    return [
        {
            "what": wording.act_name(line.act),
            "text": line.reason or (wording.rule_name(line.facts["rule"]) if line.facts.get("rule") else ""),
            "who": line.actor_name,
            "at": line.at,
            "kind": "back" if line.act.endswith(("_returned", "_rejected", "_withdrawn")) else "",
        }
        for line in lines
    ]
