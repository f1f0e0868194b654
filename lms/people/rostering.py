"""Brings a roster of teachers into the register: newcomers, changes, who left; and takes all of it back."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lms.inbox import writing as inbox
from lms.lib import clock, masking, sheets
from lms.people import cells, registering, roster
from lms.people.import_kinds import ADDED, CHANGED, LEFT, SAME, ActedOn, Checked, Choice, Importer, Outdated
from lms.people.models import (
    ActivationCode,
    Appointment,
    ImportRun,
    Organisation,
    PostHeld,
    Posting,
    SchoolStage,
    Teacher,
    User,
)
from lms.people.schools import Schools

_BATCH = 2000
_DELETED = 500  # at a time: for each, all that may point at it is asked
_DAY = dt.timedelta(days=1)
Ending = Posting.Ending


class TeacherRoster(Importer):
    """The roster of a bureau or of some of its schools. Known people are recognised by their identity numbers; who is
    at a school of the file and not in it has left only where the officer says that the file is complete for it."""

    kind = "people.teachers"
    label = _("Teacher roster")
    hint = _("Teachers with their schools and posts: who is new, who moved, whose posts changed.")
    offices = Appointment.BUREAU_OFFICES
    headings = roster.HEADINGS
    required = roster.REQUIRED
    max_rows = sheets.MAX_ROWS
    title = "教师花名册"
    preview_headings = [_("Name"), _("Identity number"), _("School"), _("Posts"), _("From")]
    faults = roster.FAULTS
    notes = roster.NOTES

    def template(self) -> bytes:
        """Empty, and a second sheet with the words that may stand in a column."""
        rows = list(itertools.zip_longest(*roster.WORDS.values(), fillvalue=""))
        tables = [(self.title, self.headings, []), (cells.GUIDE, list(roster.WORDS), rows)]
        return sheets.write(tables, text_columns=self.headings)

    def check(
        self, *, organisation: Organisation, sheet: sheets.Sheet, at: dt.datetime, progress: Callable[[int], None]
    ) -> Checked:
        return roster.Check(organisation, sheet, at).run(progress)

    def commit(
        self, *, run: ImportRun, entries: list[dict[str, Any]], chosen: frozenset[str], by: User, at: dt.datetime
    ) -> dict[str, Any]:
        made = _Made()
        schools = Schools(run.organisation).by_id
        for some in _batches([entry for entry in entries if entry["does"] == ADDED]):
            _register(some, schools, run.organisation, by, at, made)
        for some in _batches([entry for entry in entries if entry["does"] == CHANGED]):
            _change(some, schools, at, made)
        left = [entry for entry in entries if entry["does"] == LEFT and str(entry["school"]) in chosen]
        for some in _batches(left):
            _end(some, at, made)
        _tell("people.roster_changed", made.told, run.organisation, by, at)
        return made.kept()

    def undo(self, *, run: ImportRun, kept: dict[str, Any], by: User, at: dt.datetime) -> None:
        _require_no_slips(kept["new_users"])
        for some in _batches(kept["posts_made"], _DELETED):
            PostHeld.objects.filter(pk__in=some).delete()
        for some in _batches(kept["postings_made"], _DELETED):
            Posting.objects.filter(pk__in=some).delete()
        for some in _batches(kept["new_teachers"], _DELETED):
            Teacher.objects.filter(pk__in=some).delete()
        for some in _batches(kept["new_users"], _DELETED):
            User.objects.filter(pk__in=some).delete()
        for some in _batches(kept["postings_ended"]):
            Posting.objects.filter(pk__in=some).update(until_on=None, ending="")
        for some in _batches(kept["posts_ended"]):
            PostHeld.objects.bulk_update([PostHeld(pk=pk, until_on=until) for pk, until in some], ["until_on"])
        for some in _batches(kept["phones"]):
            User.objects.bulk_update([User(pk=pk, phone=old) for pk, old in some], ["phone"])
        _tell("people.roster_undone", kept["told"], run.organisation, by, at)

    def choices(self, run: ImportRun) -> list[Choice]:
        return [
            Choice(str(pk), name, ngettext("{n} person is not listed", "{n} people are not listed", n).format(n=n))
            for pk, name, n in run.summary.get("left_schools", ())
        ]

    def figures(self, run: ImportRun) -> list[tuple[str, Any, str]]:
        counts = run.summary["counts"]
        return [
            (_now("New"), counts[ADDED], _now("a record and an account are made")),
            (_now("Changed"), counts[CHANGED], _now("school, posts or telephone")),
            (_now("Not listed"), counts[LEFT], _now("leave only where you say so")),
            (_now("Unchanged"), counts[SAME], ""),
        ]

    def next_steps(self, run: ImportRun) -> list[tuple[str, str]]:
        return [(_now("Activation slips"), reverse("people:unit", args=[run.organisation_id]))]

    def preview_row(self, entry: Mapping[str, Any]) -> list[str]:
        if entry["does"] == LEFT:
            return [entry["full_name"], "", entry["school_name"], "", ""]
        school = entry["school_name"]
        if entry.get("was_at"):
            school = f"{entry['was_at']} → {school}"
        posts = _now(", ").join(str(PostHeld.Post(post).label) for post in entry["posts"])
        stage = str(SchoolStage(entry["stage"]).label) if entry["stage"] else ""
        number = masking.mask_id_number(entry["id_number"])
        return [entry["full_name"], number, school, f"{posts} · {stage}", entry["from_on"]]


class _Made:
    """What a commit wrote, gathered for undo."""

    def __init__(self) -> None:
        self.new_teachers: list[int] = []
        self.new_users: list[int] = []
        self.touched: list[int] = []  # records of known people
        self.told: list[int] = []
        self.postings_made: list[int] = []
        self.posts_made: list[int] = []
        self.postings_ended: list[int] = []
        self.posts_ended: list[tuple[int, dt.date | None]] = []
        self.phones: list[tuple[int, str]] = []  # the account, and what stood there before

    def kept(self) -> dict[str, Any]:
        users = self.new_users + [user for user, _old in self.phones]
        subjects = {"people.teacher": self.new_teachers + self.touched, "people.user": users}
        return {**vars(self), "subjects": subjects}


def _register(
    entries: list[dict[str, Any]],
    schools: Mapping[int, Organisation],
    about: Organisation,
    by: User,
    at: dt.datetime,
    made: _Made,
) -> None:
    """Register newcomers. Refuses: Outdated where a school is gone, and what register_many refuses."""
    newcomers = []
    for each in entries:
        if each["school"] not in schools:
            raise Outdated(row=each["row"])
        from_on = dt.date.fromisoformat(each["from_on"])
        newcomers.append(
            registering.Newcomer(
                full_name=each["full_name"],
                id_number=each["id_number"],
                school=schools[each["school"]],
                posts=each["posts"],
                stage=each["stage"],
                phone=each["phone"],
                from_on=from_on,
            )
        )
    teachers = registering.register_many(newcomers=newcomers, about=about, by=by, at=at)
    ids = [teacher.pk for teacher in teachers]
    made.new_teachers += ids
    made.new_users += [teacher.user_id for teacher in teachers if teacher.user_id]
    made.postings_made += Posting.objects.filter(teacher__in=ids).values_list("pk", flat=True)
    made.posts_made += PostHeld.objects.filter(teacher__in=ids).values_list("pk", flat=True)


def _change(entries: list[dict[str, Any]], schools: Mapping[int, Organisation], at: dt.datetime, made: _Made) -> None:
    """Write what changed about known people. Refuses (Outdated) where a record is no longer what the check saw."""
    postings, posts = _current(entries, at)
    for each in entries:
        gone = set(each["ended"]) - posts.keys()
        if gone or each["school"] not in schools or postings.get(each["teacher"]) != each["posting"]:
            raise Outdated(row=each["row"])
    moved = [each for each in entries if each["moved"]]
    days = {each["row"]: dt.date.fromisoformat(each["from_on"]) for each in entries}
    ended = [
        Posting(pk=each["posting"], until_on=days[each["row"]] - _DAY, ending=Ending.TRANSFERRED)
        for each in moved
        if each["posting"]
    ]
    Posting.objects.bulk_update(ended, ["until_on", "ending"], batch_size=_DELETED)
    over = [PostHeld(pk=pk, until_on=days[each["row"]] - _DAY) for each in entries for pk in each["ended"]]
    PostHeld.objects.bulk_update(over, ["until_on"], batch_size=_DELETED)
    begun_postings = Posting.objects.bulk_create(
        [Posting(teacher_id=one["teacher"], organisation_id=one["school"], from_on=days[one["row"]]) for one in moved],
        batch_size=_BATCH,
    )
    begun_posts = PostHeld.objects.bulk_create([each for one in entries for each in _begun(one)], batch_size=_BATCH)
    _write_phones([each for each in entries if each["phone"]], made)
    made.touched += [each["teacher"] for each in entries]
    made.told += [
        each["user"] for each in entries if each["user"] and (each["moved"] or each["begun"] or each["ended"])
    ]
    made.postings_ended += [each.pk for each in ended]
    made.posts_ended += [(each.pk, posts[each.pk]) for each in over]
    made.postings_made += [each.pk for each in begun_postings]
    made.posts_made += [each.pk for each in begun_posts]


def _current(entries: list[dict[str, Any]], at: dt.datetime) -> tuple[dict[int, int], dict[int, dt.date | None]]:
    """The present postings by record and the present posts with their last days, the records locked."""
    teachers = [each["teacher"] for each in entries]
    list(Teacher.objects.select_for_update(of=("self",)).filter(pk__in=teachers).order_by("pk").values_list("pk"))
    postings = Posting.objects.filter(teacher__in=teachers, until_on=None)
    posts = PostHeld.objects.held_on(clock.local_date(at)).filter(teacher__in=teachers)
    return dict(postings.values_list("teacher", "pk")), dict(posts.values_list("pk", "until_on"))


def _begun(entry: dict[str, Any]) -> Iterator[PostHeld]:
    for post in entry["begun"]:
        yield PostHeld(
            teacher_id=entry["teacher"],
            organisation_id=entry["school"],
            post=post,
            stage=entry["stage"],
            from_on=dt.date.fromisoformat(entry["from_on"]),
        )


def _write_phones(entries: list[dict[str, Any]], made: _Made) -> None:
    before = dict(User.objects.filter(pk__in=[each["user"] for each in entries]).values_list("pk", "phone"))
    users = [User(pk=each["user"], phone=each["phone"]) for each in entries]
    User.objects.bulk_update(users, ["phone"], batch_size=_DELETED)
    made.phones += [(each.pk, before[each.pk]) for each in users]


def _end(entries: list[dict[str, Any]], at: dt.datetime, made: _Made) -> None:
    """End the posting and the posts of those who left. Refuses (Outdated) where one is no longer there."""
    postings, posts = _current(entries, at)
    if any(postings.get(each["teacher"]) != each["posting"] for each in entries):
        raise Outdated(row=0)
    last = {each["teacher"]: dt.date.fromisoformat(each["until_on"]) for each in entries}
    ended = [Posting(pk=one["posting"], until_on=last[one["teacher"]], ending=Ending.LEFT) for one in entries]
    Posting.objects.bulk_update(ended, ["until_on", "ending"], batch_size=_DELETED)
    held = PostHeld.objects.filter(pk__in=list(posts)).only("pk", "teacher", "from_on")
    over = [PostHeld(pk=one.pk, until_on=max(one.from_on, last[one.teacher_id])) for one in held]
    PostHeld.objects.bulk_update(over, ["until_on"], batch_size=_DELETED)
    made.touched += list(last)
    made.postings_ended += [each.pk for each in ended]
    made.posts_ended += [(each.pk, posts[each.pk]) for each in over]
    made.told += Teacher.objects.filter(pk__in=list(last), user__isnull=False).values_list("user", flat=True)


def _require_no_slips(users: list[int]) -> None:
    """Refuse (ActedOn) where slips were printed for newcomers: one line of the journal tells of many."""
    for some in _batches(users):
        if code := ActivationCode.objects.filter(user__in=some).select_related("user").first():
            raise ActedOn(name=code.user)


def _tell(kind: str, users: list[int], unit: Organisation, by: User, at: dt.datetime) -> None:
    for some in _batches(users):
        whom = User.objects.filter(pk__in=some, is_active=True).exclude(pk=by.pk)
        inbox.send_all(kind=kind, to=whom, at=at, address="/people/me/", facts_of=lambda _user: {"unit": unit.name})


def _batches(items: list[Any], size: int = _BATCH) -> Iterable[list[Any]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]
