"""Which judge may not judge which candidate, and why: colleagues now or before, kin and mentors, and oneself.
Plain reads."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q
from django.db.models.functions import Coalesce

from exams.models import Candidate, Recusal
from lms.people.models import Posting, Relation, Teacher, User

Ground = Recusal.Ground


def grounds(judges: Iterable[int], candidates: Iterable[Candidate], on: dt.date) -> dict[tuple[int, int], Ground]:
    """(judge, candidate) → why the one may not judge the other on a day, for every pair that may not meet. Four
    queries, whatever their number; a record and those merged into it are one person."""
    judges, candidates = set(judges), list(candidates)
    judged_at, taught_at = _schools_of_judges(judges), _schools_of_candidates(candidates)
    persons = _persons(judges)
    related = _related({_person(each) for each in candidates}, on)
    found = {}
    for each in candidates:
        person = _person(each)
        for judge in judges:
            is_self = each.teacher.user_id == judge or persons.get(judge) == person
            if is_self or not judged_at.get(judge, set()).isdisjoint(taught_at[each.pk]):
                found[judge, each.pk] = Ground.SCHOOL
            elif {("account", judge), ("person", persons.get(judge))} & related[person]:
                found[judge, each.pk] = Ground.RELATION
    return found


def ground(judge: User, candidate: Candidate, on: dt.date) -> Ground | None:
    """Why this judge may not judge this candidate, as the records stand on a day; None where she may."""
    return grounds([judge.pk], [candidate], on).get((judge.pk, candidate.pk))


def _schools_of_judges(judges: set[int]) -> dict[int, set[int]]:
    """User → every school where she is or ever was posted, the postings of merged records included. One query."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = Posting.objects.filter(Q(teacher__user__in=judges) | Q(teacher__merged_into__user__in=judges))
    for own, merged, school in rows.values_list("teacher__user", "teacher__merged_into__user", "organisation"):
        for user in judges & {own, merged}:
            found[user].add(school)
    return found


def _schools_of_candidates(candidates: Iterable[Candidate]) -> dict[int, set[int]]:
    """Candidate → the school she registered from and every school where she is or ever was posted. One query."""
    found = {each.pk: {each.school_id} for each in candidates}
    of_teacher = {each.teacher_id: each.pk for each in candidates}
    rows = Posting.objects.filter(Q(teacher__in=of_teacher) | Q(teacher__merged_into__in=of_teacher))
    for teacher, merged_into, school in rows.values_list("teacher", "teacher__merged_into", "organisation"):
        for each in {teacher, merged_into} & of_teacher.keys():
            found[of_teacher[each]].add(school)
    return found


def _person(candidate: Candidate) -> int:
    """The record that stands for the candidate's person."""
    return candidate.teacher.merged_into_id or candidate.teacher_id


def _persons(judges: set[int]) -> dict[int, int]:
    """User → the record that stands for her person, if she has one. One query."""
    rows = Teacher.objects.filter(user__in=judges).values_list("user", "pk", "merged_into")
    return {user: merged_into or own for user, own, merged_into in rows}


def _related(persons: set[int], on: dt.date) -> dict[int, set[tuple[str, int]]]:
    """Person → those to whom a relation is declared, from either side and in force on a day, as ("account", user) and
    ("person", record). One query."""
    found: dict[int, set[tuple[str, int]]] = defaultdict(set)
    rows = Relation.objects.held_on(on).annotate(
        one=Coalesce("teacher__merged_into", "teacher"), two=Coalesce("other__teacher__merged_into", "other__teacher")
    )
    for one, two, account, own in rows.filter(Q(one__in=persons) | Q(two__in=persons)).values_list(
        "one", "two", "other", "teacher__user"
    ):
        found[one] |= {("account", account), ("person", two)} if two else {("account", account)}
        if two:
            found[two] |= {("person", one)} | ({("account", own)} if own else set())
    return found
