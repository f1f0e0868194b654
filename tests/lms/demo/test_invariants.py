"""Every invariant holds after a whole exam, and each reports the world in which it does not."""

import copy
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from certs import numbers, rendering
from certs.models import Credential
from exams import queries, whole_exam
from exams.models import (
    AngoffRating,
    Answer,
    AnswerSave,
    Attempt,
    Candidate,
    CutScore,
    Mark,
    ModuleResult,
    Paper,
    Performance,
    PublicNotice,
    Room,
    StageEntry,
    StandardSetting,
)
from lms.demo import invariants
from lms.journal.models import Line
from lms.people.models import Posting
from lms.scoring.models import Assessment, CriterionScore, ScoreSheet
from tests.factories import journal, rehearsal

pytestmark = pytest.mark.django_db

PASSED = rehearsal.TWICE_PASSED
ONE = Decimal(1)
NEVER = 2**62  # a transaction that has not begun


@pytest.fixture(scope="module")
def private(tmp_path_factory):
    """Where this module's certificates are kept."""
    return tmp_path_factory.mktemp("private")


@pytest.fixture(autouse=True)
def kept_files(private, settings):
    settings.PRIVATE_ROOT = str(private)


@pytest.fixture(scope="module")
def finished(django_db_setup, django_db_blocker, tmp_path_factory, private):
    """A small exam played once to its drawn certificates, and what its candidates wrote down."""
    with rehearsal.undone(django_db_blocker), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.PRIVATE_ROOT", str(private))
        course = rehearsal.course(rehearsal.folder(tmp_path_factory.mktemp("jilin")))
        rehearsal.play(course)
        for each in whole_exam.credentials(course.exam):
            rendering.render(each.pk)
        journal.seal()
        ledger = course.candidates.ledger
        yield invariants.World(
            exam=course.exam,
            acknowledged=ledger,
            sent={who: {item: [said] for item, (_version, said) in kept.items()} for who, kept in ledger.items()},
            documents={number: Path(private, each.file).read_bytes() for number, each in _certificates(course.exam)},
        )


@pytest.fixture
def world(finished, db):
    """The finished exam, to be broken: what a test changes is undone after it."""
    return copy.copy(finished)


def _certificates(exam):
    held = {each.teacher_id: each for each in whole_exam.credentials(exam)}
    return [(c.number, held[c.teacher_id]) for c in whole_exam.candidates(exam) if c.teacher_id in held]


def test_check_finds_nothing_after_a_whole_exam(world):
    found = invariants.check(world)

    assert found == {name: [] for name in invariants.CHECKS}
    assert len(world.credentials) == len(world.documents) == 7
    assert sum(len(ledger) for ledger in world.acknowledged.values()) > 700


BREAKS = []


def breaks(name):
    """Marks a function that breaks one invariant and returns words that its report must hold."""

    def keep(function):
        BREAKS.append(pytest.param(name, function, id=f"{name}-{function.__name__}"))
        return function

    return keep


@pytest.mark.parametrize(("name", "spoil"), BREAKS)
def test_check_reports_the_invariant_that_is_broken(world, name, spoil):
    words = spoil(world)

    told = list(invariants.CHECKS[name](world))

    assert told, f"{name} reports nothing"
    assert all(any(word in line for line in told) for word in words), told


def test_every_invariant_has_a_test_that_breaks_it():
    assert {each.values[0] for each in BREAKS} == set(invariants.CHECKS)


def test_check_reports_every_invariant_where_everything_is_broken(world):
    """None of them stumbles over what another is there to find."""
    first = {each.values[0]: each.values[1] for each in reversed(BREAKS)}
    for spoil in first.values():
        spoil(world)

    assert [name for name, told in invariants.check(world).items() if not told] == []


def test_check_tells_twenty_breaches_of_one_invariant_at_most(world):
    Answer.objects.filter(attempt__entry__stage=world.written).update(version=0)

    assert len(invariants.check(world)["no_acknowledged_answer_is_lost"]) == 20


# The sitting


def answer_of(number, item="1"):
    return Answer.objects.filter(attempt__entry__candidate__number=number, item=item)


@breaks("no_acknowledged_answer_is_lost")
def an_answer_is_gone(world):
    Mark.objects.filter(answer__in=answer_of(PASSED)).delete()
    answer_of(PASSED).delete()
    return [f"candidate {PASSED}, item 1: acknowledged version 1, there stands None"]


@breaks("no_acknowledged_answer_is_lost")
def an_older_version_stands(world):
    version, said = world.acknowledged[PASSED]["1"]
    world.acknowledged = {**world.acknowledged, PASSED: {**world.acknowledged[PASSED], "1": (version + 1, said)}}
    return [f"candidate {PASSED}, item 1: acknowledged version 2, there stands (1,"]


@breaks("no_acknowledged_answer_is_lost")
def the_same_version_says_something_else(world):
    answer_of(PASSED).update(response="something else")
    return [f"candidate {PASSED}, item 1", "something else"]


def test_a_newer_answer_than_the_acknowledged_is_no_loss(world):
    """Her answer was cut off on its way back: it stands, and she does not know it."""
    answer_of(PASSED).update(version=2, response="B")

    assert invariants.check(world)["no_acknowledged_answer_is_lost"] == []


@breaks("no_answer_stands_that_nobody_sent")
def an_answer_from_nowhere(world):
    answer_of(PASSED, "2").update(response="something else", version=2)
    return [f"candidate {PASSED}, item 2: version 2 was never sent"]


@breaks("no_answer_stands_that_nobody_sent")
def answers_of_somebody_who_sent_none(world):
    world.sent = {who: said for who, said in world.sent.items() if who != PASSED}
    return [f"candidate {PASSED}, item 2"]


def _after_the_end(seconds):
    attempt = Attempt.objects.get(entry__candidate__number=PASSED)
    return attempt.deadline_at + dt.timedelta(seconds=attempt.grace_seconds + seconds)


@breaks("nothing_counts_that_came_after_the_end")
def a_late_save_was_counted(world):
    _saves_of(PASSED).update(received_at=_after_the_end(1))
    return [f"candidate {PASSED}, item 1: counted though it came at"]


@breaks("nothing_counts_that_came_after_the_end")
def a_late_answer_stands(world):
    answer_of(PASSED, "3").update(saved_at=_after_the_end(1))
    return [f"candidate {PASSED}, item 3: counted though it came at"]


def _saves_of(number):
    return AnswerSave.objects.filter(attempt__entry__candidate__number=number, item="1")


@pytest.mark.parametrize(("seconds", "outcome"), [(0, "saved"), (5, "late")])
def test_what_came_in_the_grace_or_was_kept_aside_breaks_nothing(world, seconds, outcome):
    _saves_of(PASSED).update(received_at=_after_the_end(seconds), outcome=outcome)

    assert invariants.check(world)["nothing_counts_that_came_after_the_end"] == []


# Seats


def entry_of(number, stage=1):
    return StageEntry.objects.filter(candidate__number=number, stage__number=stage)


@breaks("everyone_has_one_seat")
def somebody_has_no_seat(world):
    entry_of(PASSED).update(seat=None)
    return [f"candidate {PASSED} has no seat in her room"]


@breaks("everyone_has_one_seat")
def a_room_has_become_smaller(world):
    Room.objects.filter(sitting__module__stage=world.written).update(capacity=1)
    return ["has no seat in her room"]


@breaks("everyone_has_one_seat")
def one_seat_for_two(world):
    """The database lets two share a seat only where no room is named."""
    with pytest.raises(IntegrityError), transaction.atomic():
        entry_of(PASSED).update(seat=entry_of(8).get().seat)
    StageEntry.objects.filter(candidate__number__in=(PASSED, 8), stage=world.written).update(room=None, seat=1)
    return ["seat (None, 1) was given 2 times"]


@breaks("everyone_has_one_seat")
def one_admission_number_for_two(world):
    rehearsal.drop_index("entry_admission_number_once")
    entry_of(PASSED).update(admission_number=entry_of(8).get().admission_number)
    return [f"admission number {entry_of(8).get().admission_number} was given 2 times"]


@breaks("everyone_has_one_seat")
def a_ticket_without_a_number(world):
    entry_of(PASSED).update(admission_number="")
    return ["admission number  was given 1 times"]


@breaks("everyone_has_one_seat")
def somebody_refused_is_seated(world):
    Candidate.objects.filter(number=PASSED).update(state="rejected")
    return [f"candidate {PASSED} has a seat and is rejected"]


@breaks("everyone_has_one_seat")
def somebody_approved_is_forgotten(world):
    Candidate.objects.filter(number=rehearsal.REFUSED).update(state="approved")
    return [f"candidate {rehearsal.REFUSED} was approved and has no seat"]


# Marks and the written score


def result_of(number, kind="written"):
    return ModuleResult.objects.filter(entry__candidate__number=number, module__kind=kind)


def marks_of(number, role):
    return Mark.objects.filter(answer__attempt__entry__candidate__number=number, role=role)


@breaks("whoever_stayed_away_has_no_score")
def nought_for_who_stayed_away(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        result_of(rehearsal.ABSENT).update(score=0)
    with rehearsal.unchecked("exams_moduleresult", "result_scored_or_without_score"):
        result_of(rehearsal.ABSENT).update(score=0)
    return [f"candidate {rehearsal.ABSENT} was absent and has 0"]


@breaks("whoever_stayed_away_has_no_score")
def a_pass_for_who_stayed_away(world):
    result_of(rehearsal.ABSENT).update(passed=True)
    return [f"candidate {rehearsal.ABSENT} was absent"]


@breaks("every_written_score_follows_from_its_marks")
def the_result_was_raised(world):
    result_of(PASSED).update(score=F("score") + ONE)
    return [f"candidate {PASSED}: the result says 62.000, the marks come to 61"]


@breaks("every_written_score_follows_from_its_marks")
def a_mark_was_raised_afterwards(world):
    mark = marks_of(PASSED, "key").first()
    Mark.objects.filter(pk=mark.pk).update(points=mark.points + ONE)
    return [f"candidate {PASSED}: the result says 61.000, the marks come to 62"]


@breaks("every_written_score_follows_from_its_marks")
def a_mark_that_counts_was_taken_away(world):
    marks_of(rehearsal.THIRD_MARKED, "third").delete()
    return [f"candidate {rehearsal.THIRD_MARKED}, item", "come to nothing"]


@breaks("every_written_score_follows_from_its_marks")
def a_script_got_no_result(world):
    result_of(PASSED).delete()
    return [f"candidate {PASSED} is passed and has no result"]


@breaks("constructed_answers_have_two_markers")
def the_second_marker_gave_nothing(world):
    marks_of(PASSED, "second").update(points=None)
    return [f"candidate {PASSED}, item 66: not marked twice"]


@breaks("constructed_answers_have_two_markers")
def nobody_decided_between_two(world):
    marks_of(rehearsal.THIRD_MARKED, "third").delete()
    return [f"candidate {rehearsal.THIRD_MARKED}", "nobody decided"]


@breaks("constructed_answers_have_two_markers")
def an_answer_was_overlooked(world):
    Mark.objects.filter(answer__in=answer_of(PASSED, "66")).delete()
    return [f"candidate {PASSED}, item 66: nobody marked it"]


def test_an_answer_left_blank_needs_no_marker(world):
    Mark.objects.filter(answer__in=answer_of(PASSED, "66")).delete()
    answer_of(PASSED, "66").update(response=" ")

    assert invariants.check(world)["constructed_answers_have_two_markers"] == []


# The performance


def sheets_of(number, kind="oral"):
    return ScoreSheet.objects.filter(
        assessment__performance__hearing__entry__candidate__number=number,
        assessment__performance__module__kind=kind,
    ).exclude(state="void")


def judge_of(number):
    return sheets_of(number).order_by("pk").first().judge


@breaks("exactly_those_who_passed_the_paper_are_heard")
def somebody_came_in_without_the_paper(world):
    entry_of(PASSED).update(state="failed")
    return [f"candidate {PASSED} was called and did not pass the paper"]


@breaks("exactly_those_who_passed_the_paper_are_heard")
def somebody_was_not_called(world):
    entry_of(rehearsal.THIRD_MARKED).update(state="passed")
    return [f"candidate {rehearsal.THIRD_MARKED} passed the paper and was not called"]


@breaks("every_performance_has_its_seven_sheets")
def a_sheet_is_not_signed(world):
    ScoreSheet.objects.filter(pk=sheets_of(PASSED).first().pk).update(state="saved")
    return [f"candidate {PASSED}, 口试: 6 signed sheets"]


@breaks("every_performance_has_its_seven_sheets")
def one_sheet_too_many(world):
    """The recused judge's empty sheet stands beside her reserve's."""
    void = ScoreSheet.objects.filter(assessment__in=sheets_of(PASSED).values("assessment")).first()
    ScoreSheet.objects.create(assessment=void.assessment, judge=world.credentials[0].teacher.user, state="signed")
    return [f"candidate {PASSED}, 口试: 8 signed sheets"]


@breaks("every_performance_score_follows_from_its_sheets")
def the_panel_score_was_raised(world):
    Assessment.objects.filter(pk__in=sheets_of(PASSED).values("assessment")).update(score=Decimal("99.90"))
    return [f"candidate {PASSED}, 口试: 99.90 stands, sheets give 67.60"]


@breaks("every_performance_score_follows_from_its_sheets")
def a_criterion_was_changed_after_signing(world):
    """Whoever stands on the line falls below it as soon as one point of a counting sheet is gone."""
    sheet = sheets_of(rehearsal.ON_THE_LINE).order_by("total")[3]
    score = sheet.scores.first()
    CriterionScore.objects.filter(pk=score.pk).update(points=score.points - ONE)
    return [f"candidate {rehearsal.ON_THE_LINE}, 口试: 60.00 stands, sheets give 59.80"]


@breaks("every_performance_score_follows_from_its_sheets")
def no_sheet_is_signed(world):
    sheets_of(PASSED).update(state="saved")
    return [f"candidate {PASSED}, 口试: 67.60 stands, sheets give None"]


@breaks("every_performance_score_follows_from_its_sheets")
def the_result_is_not_the_panels(world):
    result_of(PASSED, "oral").update(score=F("score") + ONE)
    return [f"candidate {PASSED}, 口试: the result is not the panel's 67.60"]


@breaks("no_judge_scored_her_own_school")
def a_judge_taught_there(world):
    judge, school = judge_of(PASSED), Candidate.objects.get(number=PASSED).school
    teacher = Candidate.objects.get(number=8).teacher
    Posting.objects.filter(teacher=teacher).update(organisation=school)
    sheets_of(PASSED).filter(judge=judge).update(judge=teacher.user)
    return [f"candidate {PASSED} was scored by {teacher.full_name}"]


@breaks("no_judge_scored_her_own_school")
def the_recused_judge_scored_after_all(world):
    recusal = whole_exam.recusals(world.performance).get()
    assert recusal.hearing.entry.candidate.number == rehearsal.RECUSED
    sheets = ScoreSheet.objects.filter(assessment__performance__hearing=recusal.hearing)
    assert not sheets.filter(judge=recusal.judge).exclude(state="void").exists()
    sheets.filter(judge=recusal.judge).delete()
    sheets.filter(judge=recusal.replaced_by).update(judge=recusal.judge)
    return [f"candidate {rehearsal.RECUSED} was scored by {recusal.judge}"]


# Passing and certificates


@breaks("passing_follows_from_the_lines")
def a_pass_was_turned_round(world):
    result_of(PASSED, "lesson").update(passed=False)
    return [f"candidate {PASSED}, 说课: 67.200 but passed is False"]


@breaks("passing_follows_from_the_lines")
def a_module_failed_and_the_stage_passed(world):
    entry_of(rehearsal.FAILED_LESSON, 2).update(state="passed")
    return [f"candidate {rehearsal.FAILED_LESSON}:", "says passed"]


@breaks("passing_follows_from_the_lines")
def the_line_was_moved_afterwards(world):
    CutScore.objects.update(value=Decimal("61.50"))
    return [f"candidate {PASSED}, 笔试: 61.000 but passed is True"]


@breaks("passing_follows_from_the_lines")
def a_score_fell_below_the_line(world):
    result_of(PASSED, "oral").update(score=Decimal("59.99"))
    return [f"candidate {PASSED}, 口试: 59.99"]


def certificate_of(number):
    return Credential.objects.filter(teacher__candidacies__number=number)


@breaks("only_those_who_passed_are_certified_each_once")
def a_certificate_is_missing(world):
    certificate_of(8).update(state="returned", number=None, token=None, issued_on=None)
    return ["passed and has no certificate"]


@breaks("only_those_who_passed_are_certified_each_once")
def somebody_else_holds_it(world):
    stranger = Candidate.objects.get(number=rehearsal.REFUSED).teacher_id
    certificate_of(PASSED).update(teacher=stranger)
    return [f"teacher {stranger} has a certificate and did not pass", "passed and has no certificate"]


@breaks("only_those_who_passed_are_certified_each_once")
def somebody_holds_two(world):
    lucky = Candidate.objects.get(number=PASSED).teacher_id
    with pytest.raises(IntegrityError), transaction.atomic():
        certificate_of(8).update(teacher=lucky)
    rehearsal.drop_index("credential_once_per_basis")
    certificate_of(8).update(teacher=lucky)
    return [f"teacher {lucky} has 2 certificates"]


@breaks("numbers_run_without_a_gap")
def a_number_was_left_out(world):
    last = world.credentials[-1]
    parts = numbers.parse(last.number)
    later = numbers.compose(authority=parts.authority, mark=parts.mark, year=parts.year, serial=parts.serial + 1)
    Credential.objects.filter(pk=last.pk).update(number=later)
    return [f"serials 1 to {parts.serial + 1} hold {parts.serial} certificates"]


@breaks("numbers_run_without_a_gap")
def a_number_was_mistyped(world):
    first = world.credentials[0]
    wrong = first.number[:-1] + ("A" if first.number[-1] != "A" else "B")
    Credential.objects.filter(pk=first.pk).update(number=wrong)
    return [f"{wrong} has a wrong check character"]


@breaks("certificates_say_what_was_earned")
def a_certificate_names_somebody_else(world):
    held = certificate_of(PASSED).get()
    certificate_of(PASSED).update(facts={**held.facts, "holder": "别人"})
    return [f"{held.number} names 别人"]


@breaks("certificates_say_what_was_earned")
def a_certificate_certifies_more(world):
    held = certificate_of(PASSED).get()
    higher = type(held.level).objects.create(scheme=held.level.scheme, rank=2, code="A", name="高一级")
    certificate_of(PASSED).update(level=higher)
    return [f"{held.number} certifies another level"]


def _file_of(number):
    return Path(rendering.settings.PRIVATE_ROOT, certificate_of(number).get().file)


@pytest.fixture(autouse=True)
def files_again(private):
    """Files are not rolled back: put them back as they were."""
    before = {file: file.read_bytes() for file in private.rglob("*.pdf")}
    yield
    for file, content in before.items():
        file.write_bytes(content)


@breaks("every_certificate_is_drawn_once_and_unchanged")
def a_file_is_gone(world):
    _file_of(PASSED).unlink()
    return [f"{certificate_of(PASSED).get().number} was not drawn"]


@breaks("every_certificate_is_drawn_once_and_unchanged")
def a_file_was_never_drawn(world):
    certificate_of(PASSED).update(file="", file_digest="")
    return [f"{certificate_of(PASSED).get().number} was not drawn"]


@breaks("every_certificate_is_drawn_once_and_unchanged")
def a_file_was_altered(world):
    file = _file_of(PASSED)
    file.write_bytes(file.read_bytes() + b"%")
    return [f"{certificate_of(PASSED).get().number}: the file is not the one that was drawn"]


@breaks("every_certificate_is_drawn_once_and_unchanged")
def the_holder_was_given_another(world):
    world.documents = {**world.documents, PASSED: world.documents[8]}
    return [f"{certificate_of(PASSED).get().number}: the holder was given another file"]


def test_files_are_not_asked_for_where_none_were_drawn(world):
    world.files_expected = False
    a_file_is_gone(world)

    assert invariants.check(world)["every_certificate_is_drawn_once_and_unchanged"] == []


# Lists, people, the funnel and the journal


@breaks("public_lists_hide_names")
def a_list_says_a_name(world):
    notice = PublicNotice.objects.get(stage=world.written)
    name = Candidate.objects.get(number=PASSED).teacher.full_name
    PublicNotice.objects.filter(pk=notice.pk).update(rows=[{**notice.rows[0], "school": name}, *notice.rows[1:]])
    return [f"a public list says {name}"]


@breaks("public_lists_hide_names")
def a_list_says_a_name_among_other_words(world):
    entry = entry_of(PASSED).get()
    name = entry.candidate.teacher.full_name
    notice = PublicNotice.objects.get(stage=world.written)
    rows = [
        {**row, "name": f"{name}（小学）"} if row["number"] == entry.admission_number else row for row in notice.rows
    ]
    PublicNotice.objects.filter(pk=notice.pk).update(rows=rows)
    return [f"a public list says {name}"]


@breaks("whatever_takes_two_people_had_two")
def the_paper_was_frozen_by_nobody(world):
    paper = Paper.objects.filter(module__stage=world.written)
    paper.update(frozen_by=None)
    return [f"paper {paper.get().pk}: proposed by"]


@breaks("whatever_takes_two_people_had_two")
def the_line_was_approved_by_nobody(world):
    CutScore.objects.update(decided_by=None)
    return [f"line {CutScore.objects.get().pk}:"]


@breaks("whatever_takes_two_people_had_two")
def a_list_was_opened_by_who_proposed_it(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        PublicNotice.objects.update(decided_by=F("proposed_by"))
    with rehearsal.unchecked("exams_publicnotice", "publicnotice_decided_by_another"):
        PublicNotice.objects.update(decided_by=F("proposed_by"))
    return [f"notice {each.pk}: proposed by {each.proposed_by_id}, decided by" for each in PublicNotice.objects.all()]


@breaks("whatever_takes_two_people_had_two")
def the_certificates_were_signed_by_who_proposed_them(world):
    batch = type(world.credentials[0].batch).objects.filter(pk=world.credentials[0].batch_id)
    with rehearsal.unchecked("certs_batch", "batch_decided_by_another"):
        batch.update(decided_by=F("proposed_by"))
    return [f"certificate {each.number}: proposed by" for each in world.credentials]


@breaks("the_line_is_what_the_judges_came_to")
def a_judge_expected_less(world):
    AngoffRating.objects.filter(sheet__round=2, item="1").update(percent=0)
    return ["the judges come to"]


@breaks("the_line_is_what_the_judges_came_to")
def another_line_was_frozen(world):
    StandardSetting.objects.update(value=Decimal("59.50"))
    return ["the standard is 59.50"]


@breaks("the_funnel_adds_up")
def somebody_neither_sat_nor_stayed_away(world):
    entry_of(PASSED).update(state="ticket_issued")
    return ["12 seated, 10 sat and 1 absent"]


@breaks("the_funnel_adds_up")
def more_were_heard_than_passed(world):
    entry_of(PASSED).update(state="failed")
    return ["more people came out of a stage than went in"]


@breaks("the_funnel_adds_up")
def fewer_passed_than_are_certified(world):
    entry_of(PASSED, 2).update(state="failed")
    return ["6 passed, 7 are certified"]


@breaks("the_journal_is_whole")
def a_line_was_changed(world):
    line = Line.objects.filter(act="exams.cut_score_approved").first() or Line.objects.first()
    Line.objects.filter(pk=line.pk).update(reason="changed")
    return [f"line {line.pk} at place {line.place}: this line was changed after it was sealed"]


@breaks("the_journal_is_whole")
def a_line_was_removed(world):
    Line.objects.filter(place=5)._raw_delete(Line.objects.db)
    return ["at place 5: a line is missing before this one"]


@breaks("the_journal_is_whole")
def a_line_was_never_sealed(world):
    last = Line.objects.order_by("-place").first()
    Line.objects.filter(pk=last.pk).update(place=None, previous_hash="", hash="", written_before=NEVER)
    return ["1 lines are not sealed"]


def test_check_needs_no_query_per_candidate(world, django_assert_max_num_queries):
    """What an invariant asks grows with the stages, never with the people."""
    seats, funnel = invariants.CHECKS["everyone_has_one_seat"], queries.funnel
    with django_assert_max_num_queries(3):
        list(seats(world))
    with django_assert_max_num_queries(4):
        funnel(world.exam)
    assert Performance.objects.count() == 16
    with django_assert_max_num_queries(5):
        list(invariants.CHECKS["every_performance_has_its_seven_sheets"](world))
