"""What waits for an officer, a marker or a judge: each kind of work in a fixed number of queries."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _

from certs.models import Batch, ExternalCredential, StateChange
from cms import queries as courses
from exams import boards, paper_progress, queries, releasing, roll, standard_setting, standards, wording
from exams.models import Candidate, CutScore, Exam, HearingDay, Paper, PublicNotice, Question, Sitting, Stage
from lms.lib import clock
from lms.people import access, figures, reporting
from lms.people import queries as people
from lms.people.models import Appointment, Posting, User
from lms.records.models import Exemption, Honour, HourClaim
from lms.training.models import GRADERS, TAKERS, AttendanceAppeal, Session, Submission

_OFFICE = Appointment.Office
_OF_A_KIND = 8


@dataclass(frozen=True)
class Work:
    """One thing to do: what, about which exam or list, how many, and where."""

    title: str
    text: str
    address: str
    count: int | None = None


def work(user: User, at: dt.datetime) -> list[Work]:
    """Everything that waits for this user's decision, marks or judgement today, the most pressing kind first."""
    return [each for kind in _KINDS for each in kind(user, at)]


def _days(user: User, at: dt.datetime) -> Iterator[Work]:
    """Sittings of today for those who invigilate, hearing days of today for clerks and judges."""
    today = clock.local_date(at)
    first, last = clock.local_moment(today), clock.local_moment(today + dt.timedelta(days=1))
    paths = access.paths(user, at, _OFFICE.CLERK, _OFFICE.EXAM_OFFICER)
    sittings = Sitting.objects.filter(access.under("module__stage__exam__organisation__path", paths))
    for sitting in _within(sittings, "starts_at", first, last).select_related("module__stage__exam"):
        title = _("Sitting today, {time}").format(time=wording.clock_time(sitting.starts_at))
        yield Work(title, str(sitting.module.stage), reverse("exams:invigilate", args=[sitting.module.stage_id]))
    days = HearingDay.objects.watched_by(user, at)
    for day in _within(days, "starts_at", first, last).select_related("stage__exam"):
        title = _("Hearings today, {time}").format(time=wording.clock_time(day.starts_at))
        yield Work(title, f"{day.stage} · {day.site}", reverse("exams:board", args=[day.pk]))
    seats = _within(boards.memberships(user, at), "panel__stage__days__starts_at", first, last)
    for seat in seats.select_related("panel__stage__exam").distinct():
        yield Work(_("You judge today"), f"{seat.panel.stage} · {seat.panel}", reverse("exams:judging"))


def _within(rows: QuerySet, field: str, first: dt.datetime, last: dt.datetime) -> QuerySet:
    return rows.filter(**{f"{field}__gte": first, f"{field}__lt": last}).order_by(field)


def _sessions(user: User, at: dt.datetime) -> Iterator[Work]:
    """Today's sessions for those at the door, and what teachers say against what was noted about them."""
    if access.offices(user, at, _OFFICE.CLERK, _OFFICE.TRAINER):
        first = clock.local_moment(clock.local_date(at))
        today = _within(Session.objects.standing().taken_by(user, at), "starts_at", first, first + dt.timedelta(days=1))
        for session in today[:_OF_A_KIND]:
            title = _("Session today, {time}").format(time=wording.clock_time(session.starts_at))
            yield Work(title, session.title, reverse("training:session", args=[session.pk]))
    if access.offices(user, at, *TAKERS):
        appeals = AttendanceAppeal.objects.taken_by(user, at).filter(state=AttendanceAppeal.State.OPEN)
        if count := appeals.exclude(enrolment__teacher__user=user).count():
            yield Work(_("Appeals about attendance to decide"), "", reverse("training:near"), count)


def _handed_in(user: User, at: dt.datetime) -> Iterator[Work]:
    """Work of teachers in trainings that waits to be graded by another than its author."""
    if not access.offices(user, at, *GRADERS):
        return
    unread = Submission.objects.graded_by(user, at).filter(
        state=Submission.State.HANDED_IN, assignment__withdrawn_at=None
    )
    others = unread.exclude(Q(enrolment__teacher__user=user) | Q(enrolment__teacher__merged_into__user=user))
    found = others.values("assignment", "assignment__title").annotate(count=Count("pk"))
    for row in found.order_by("assignment__due_at", "assignment")[:_OF_A_KIND]:
        address = reverse("training:submissions", args=[row["assignment"]]) + f"?state={Submission.State.HANDED_IN}"
        yield Work(_("Assignments to grade"), row["assignment__title"], address, row["count"])


def _piles(user: User, at: dt.datetime) -> Iterator[Work]:
    waiting: dict[str, int] = {}
    for pile in queries.piles(user, at):
        name = str(pile.module.stage)
        waiting[name] = waiting.get(name, 0) + pile.waiting
    for name, count in waiting.items():
        if count:
            yield Work(_("Answers to mark"), name, reverse("exams:piles"), count)
    for sheet in standards.waiting(user, at):
        address = reverse("exams:rating_sheet", args=[sheet.pk])
        yield Work(_("Questions to rate for the line"), str(sheet.setting.module.stage), address)


def _from_paper(user: User, at: dt.datetime) -> Iterator[Work]:
    """Scripts on paper that want the user's entry, or her decision where two entries differ."""
    paths = access.paths(user, at, _OFFICE.CLERK, _OFFICE.EXAM_OFFICER)
    stages = Stage.objects.filter(access.under("exam__organisation__path", paths), state=Stage.State.MARKING)
    found = list(stages.filter(modules__sitting__on_paper__gt="").select_related("exam").order_by("pk")[:_OF_A_KIND])
    waiting = paper_progress.waiting(found, user) if found else {}
    for stage in (each for each in found if each.pk in waiting):
        own, address = waiting[stage.pk], reverse("exams:paper_scores", args=[stage.pk])
        if own.to_enter:
            yield Work(_("Scores to enter from paper"), str(stage), address, own.to_enter)
        if own.to_decide:
            yield Work(_("Differences of two entries to decide"), str(stage), address, own.to_decide)


def _reviews(user: User, at: dt.datetime) -> Iterator[Work]:
    found = (
        Candidate.objects.reviewed_by(user, at)
        .filter(state=Candidate.State.SUBMITTED)
        .values("exam", "exam__name")
        .annotate(count=Count("pk"))
        .order_by("exam__registration_closes_at", "exam")
    )
    for row in found:
        address = reverse("exams:candidates", args=[row["exam"]]) + f"?state={Candidate.State.SUBMITTED}"
        yield Work(_("Registrations to review"), row["exam__name"], address, row["count"])


def _questions(user: User, at: dt.datetime) -> Iterator[Work]:
    """Questions of the banks that wait for an exam officer who did not write them."""
    if access.offices(user, at, _OFFICE.EXAM_OFFICER):
        waiting = Question.objects.managed_by(user, at).filter(state=Question.State.IN_REVIEW)
        if count := waiting.exclude(collected_by=user).count():
            address = f"{reverse('exams:bank')}?state={Question.State.IN_REVIEW}"
            yield Work(_("Review questions"), _("Question bank"), address, count)


def _papers(user: User, at: dt.datetime) -> Iterator[Work]:
    drafts = Paper.objects.filter(
        state=Paper.State.DRAFT, module__stage__exam__in=Exam.objects.managed_by(user, at)
    ).exclude(composed_by=user)
    for paper in drafts.select_related("module__stage__exam").order_by("pk")[:_OF_A_KIND]:
        yield Work(
            _("Paper to check and freeze"), f"{paper.module.stage} · {paper}", reverse("exams:paper", args=[paper.pk])
        )


def _lines(user: User, at: dt.datetime) -> Iterator[Work]:
    paths = access.paths(user, at, *standard_setting.APPROVERS)
    proposed = CutScore.objects.filter(
        access.under("module__stage__exam__organisation__path", paths), state=CutScore.State.PROPOSED
    ).exclude(proposed_by=user)
    for line in proposed.select_related("module__stage__exam").order_by("pk")[:_OF_A_KIND]:
        title = _("Line of {value} points to decide").format(value=line.value)
        yield Work(title, str(line.module.stage), reverse("exams:cut_score", args=[line.module_id]))


def _notices(user: User, at: dt.datetime) -> Iterator[Work]:
    paths = access.paths(user, at, *releasing.DECIDERS)
    proposed = PublicNotice.objects.filter(
        access.under("stage__exam__organisation__path", paths), state=PublicNotice.State.PROPOSED
    ).exclude(proposed_by=user)
    for notice in proposed.select_related("stage__exam").defer("rows", "seen").order_by("pk")[:_OF_A_KIND]:
        title = _("Public list to decide, opens {day}").format(
            day=formats.date_format(notice.opens_on, "MONTH_DAY_FORMAT")
        )
        yield Work(title, str(notice.stage), reverse("exams:notice", args=[notice.pk]))


def _batches(user: User, at: dt.datetime) -> Iterator[Work]:
    paths = access.paths(user, at, _OFFICE.SIGNATORY)
    proposed = (
        Batch.objects.filter(access.under("level__scheme__authority__path", paths), state=Batch.State.PROPOSED)
        .exclude(proposed_by=user)
        .annotate(people=Count("credentials"))
    )
    for batch in proposed.order_by("issue_on", "pk")[:_OF_A_KIND]:
        address = reverse("certs:batch", args=[batch.pk])
        yield Work(_("Certificate list to sign"), batch.title, address, batch.people)


def _changes(user: User, at: dt.datetime) -> Iterator[Work]:
    changes = (
        StateChange.objects.managed_by(user, at)
        .filter(state=StateChange.State.PROPOSED)
        .exclude(proposed_by=user)
        .select_related("credential__teacher")
    )
    if access.offices(user, at, _OFFICE.EXAM_OFFICER, _OFFICE.SIGNATORY):
        for change in changes.order_by("pk")[:_OF_A_KIND]:
            text = f"{change.get_to_state_display()} · {change.credential}"
            address = reverse("certs:credential", args=[change.credential_id])
            yield Work(_("Change of a certificate to decide"), text, address)


def _external(user: User, at: dt.datetime) -> Iterator[Work]:
    managed = ExternalCredential.objects.managed_by(user, at).waiting().exclude(submitted_by=user)
    count = managed.exclude(teacher__user=user).count() if access.offices(user, at, _OFFICE.BUREAU_OFFICER) else 0
    if count:
        yield Work(_("Certificate from elsewhere to verify"), "", reverse("certs:external_list"), count)


def _claims(user: User, at: dt.datetime) -> Iterator[Work]:
    """Claims of hours that wait for the school, or that a school has verified and the bureau is to recognise."""
    waits = []
    if access.offices(user, at, _OFFICE.SCHOOL_OFFICER):
        waits.append(HourClaim.State.SUBMITTED)
    if access.offices(user, at, HourClaim.RECOGNISES):
        waits.append(HourClaim.State.VERIFIED)
    for state in waits:
        managed = HourClaim.objects.managed_by(user, at).filter(state=state).exclude(verified_by=user)
        if count := managed.exclude(teacher__user=user).count():
            title = _("Claims of hours to look at")
            yield Work(title, "", f"{reverse('records:claim_queue')}?state={state}", count)


def _exemptions(user: User, at: dt.datetime) -> Iterator[Work]:
    """Exemptions from hours that another person proposed."""
    if access.offices(user, at, Exemption.GRANTS):
        managed = Exemption.objects.managed_by(user, at).filter(state=Exemption.State.PROPOSED)
        others = managed.exclude(proposed_by=user).exclude(teacher__user=user).exclude(teacher__merged_into__user=user)
        if count := others.count():
            yield Work(_("Exemptions to decide"), "", reverse("records:exemptions"), count)


def _honours(user: User, at: dt.datetime) -> Iterator[Work]:
    """Honours that another person entered."""
    if access.offices(user, at, Honour.CONFIRMS):
        managed = Honour.objects.managed_by(user, at).filter(state=Honour.State.SUBMITTED)
        others = managed.exclude(entered_by=user).exclude(teacher__user=user).exclude(teacher__merged_into__user=user)
        if count := others.count():
            yield Work(_("Honours to confirm"), "", reverse("records:honours"), count)


def _pages(user: User, at: dt.datetime) -> Iterator[Work]:
    """Course pages to review, and those that came back to their author."""
    if access.offices(user, at, _OFFICE.CONTENT_REVIEWER) and (count := courses.to_review(user, at).count()):
        yield Work(_("Course pages to review"), "", reverse("wagtailadmin_home"), count)
    writes = access.offices(user, at, _OFFICE.TRAINER, _OFFICE.CONTENT_REVIEWER)
    if writes and (count := courses.returned_to(user, at).count()):
        yield Work(_("Course pages returned to you"), "", reverse("wagtailadmin_home"), count)


def _figures(user: User, at: dt.datetime) -> Iterator[Work]:
    """Yearly figures: to confirm for a bureau, to report for a school."""
    count = figures.to_decide_by(user, at).count()
    if count:
        yield Work(_("Yearly figures to confirm"), "", reverse("people:figures") + "?state=submitted", count)
    own = figures.schools(user, at, _OFFICE.SCHOOL_OFFICER) if access.offices(user, at, _OFFICE.SCHOOL_OFFICER) else []
    for due in figures.dues(own, reporting.school_year(clock.local_date(at))):
        if due.standing in (figures.MISSING, "returned"):
            title = _("Yearly figures to correct") if due.figures else _("Yearly figures to report")
            yield Work(title, due.school.name, reverse("people:report_figures", args=[due.school.pk]))


def _slips(user: User, at: dt.datetime) -> Iterator[Work]:
    """Teachers of one's own school who never came in and have no code that works."""
    for office in access.offices(user, at, _OFFICE.SCHOOL_OFFICER):
        posted = Posting.objects.held_on(clock.local_date(at)).filter(organisation=office.organisation)
        accounts = User.objects.filter(teacher__in=posted.values("teacher"))
        count = people.to_activate(accounts, user, at, without_slip=True).count()
        if count:
            address = reverse("people:unit", args=[office.organisation_id])
            yield Work(_("Activation slips to print"), office.organisation.name, address, count)


_KINDS = (
    _days,
    _sessions,
    _handed_in,
    _piles,
    _from_paper,
    _reviews,
    _questions,
    _papers,
    _lines,
    _notices,
    _batches,
    _changes,
    _external,
    _claims,
    _exemptions,
    _honours,
    _pages,
    _figures,
    _slips,
)


def exams_under_way(user: User, at: dt.datetime) -> list[dict]:
    """The newest exams the user may look into, each with the stage at which it stands."""
    rows = []
    for exam in roll.exam_list(user, at)[:_OF_A_KIND]:
        stages = list(exam.stages.all())
        present = next((each for each in stages if each.state != each.State.FINALISED), stages[-1] if stages else None)
        rows.append({"exam": exam, "stage": present})
    return rows
