"""The pages of a sitting on paper: each clerk sees her own numbers alone, a third person both where they differ."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import entering, facilities, measuring, settling
from exams.models import ModuleResult, Paper, PaperScore, PaperTurn, Sitting, Stage, StageEntry
from lms.lib import clock
from lms.people.models import Appointment
from tests.factories import exams, marking, papers, people
from tests.factories import on_paper as make
from tests.factories.people import AT

D = Decimal
AFTER = AT + dt.timedelta(hours=3)
# Numbers that stand on no page by chance.
ODD = {"s1": "0.13", "s2": "1.37", "s3": "0.59", "s4": "1.71", "s5": "4.83", "s6": "9.29"}
OTHER = {**ODD, "s5": "3.67", "s6": "8.41"}


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程干事")


@pytest.fixture
def clerks(tree):
    return make.clerks(tree.city, 3)


@pytest.fixture
def exam(tree):
    return make.exam(tree.city, starts_at=AT)


@pytest.fixture
def entry(exam):
    return make.script(exam)


def client_of(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def get(user, name, *args):
    return client_of(user).get(reverse(f"exams:{name}", args=args))


def post(user, name, *args, **sent):
    return client_of(user).post(reverse(f"exams:{name}", args=args), sent)


def typed(given):
    return {f"p-{line}": each for line, each in given.items()}


def text(page):
    return page.content.decode()


# Declared


def test_an_officer_declares_it_on_its_page(tree, officer, clerks):
    module = exams.module(exams.exam(tree.city))
    page = get(officer, "on_paper", module.pk)
    assert page.status_code == 200 and 'value="online"' in text(page)
    page = post(officer, "on_paper", module.pk, on_paper="question")
    assert page.status_code == 302
    assert Sitting.objects.get().on_paper == "question"
    assert "question by question" in text(get(officer, "plan", module.stage.exam_id))
    assert get(clerks[0], "on_paper", module.pk).status_code == 404
    assert post(clerks[0], "on_paper", module.pk, on_paper="total").status_code == 404


def test_a_refused_declaration_keeps_what_was_chosen(tree, officer):
    exam = papers.sitting_exam(tree.city)
    papers.attempt(papers.ticketed(exam))
    page = post(officer, "on_paper", exams.module(exam).pk, on_paper="section")
    assert page.status_code == 409
    assert "opened the paper online already" in text(page)
    chosen = re.search(r'<input[^>]*value="section"[^>]*>', text(page))
    assert chosen and "checked" in chosen[0]
    assert post(officer, "on_paper", exams.module(exam).pk).status_code == 422
    assert Sitting.objects.get().on_paper == ""


def test_the_candidate_is_sent_to_her_room(tree, personas):
    exam = make.exam(tree.city, state="arranged", starts_at=AFTER)
    entry = papers.ticketed(exam, personas.teacher)
    page = get(personas.teacher.user, "sit", entry.pk)
    assert "sat on paper" in text(page) and "Open the paper" not in text(page)
    page = post(personas.teacher.user, "sit", entry.pk)
    assert page.status_code == 409 and "sat on paper" in text(page)
    home = text(client_of(personas.teacher.user).get(reverse("desks:home")))
    assert reverse("exams:ticket", args=[entry.pk]) in home and reverse("exams:sit", args=[entry.pk]) not in home


# Attended


def test_a_sign_in_list_is_ticked_and_the_sitting_ended(tree, officer, clerks):
    exam = make.exam(tree.city, state="arranged", starts_at=AT)
    one, two = (make.script(exam, name, state="ticket_issued") for name in ("甲", "乙"))
    stage = exams.stage(exam)
    assert "Enter the sign-in lists of the rooms first" in text(get(officer, "paper_scores", stage.pk))
    page = get(clerks[0], "sign_in_list", stage.pk, 1)
    assert page.status_code == 200 and f'name="present" value="{one.pk}"' in text(page)
    assert post(clerks[0], "sign_in_list", stage.pk, 1, act="ticked", present=[one.pk]).status_code == 302
    assert "All lists are in" in text(get(officer, "paper_scores", stage.pk))
    assert "All lists are in" not in text(get(clerks[0], "paper_scores", stage.pk))
    assert post(clerks[0], "end_on_paper", stage.pk).status_code == 404
    assert post(officer, "end_on_paper", stage.pk).status_code == 302
    assert [make.fresh(each).state for each in (one, two)] == ["present", "absent"]
    assert exams.stage(exam).state == "marking"


def test_all_of_a_room_are_signed_in_by_one_button(tree, clerks):
    exam = make.exam(tree.city, state="arranged", starts_at=AT)
    make.script(exam, "甲", state="ticket_issued")
    make.script(exam, "退出", state="withdrawn")
    late = make.script(exam, "补报", state="seated")
    page = get(clerks[0], "sign_in_list", exams.stage(exam).pk, 1)
    assert f'name="present" value="{late.pk}"' in text(page)
    assert post(clerks[0], "sign_in_list", exams.stage(exam).pk, 1, act="all").status_code == 302
    assert sorted(StageEntry.objects.values_list("state", flat=True)) == ["present", "present", "withdrawn"]


def test_while_scores_are_entered_the_lists_are_the_officers_alone(exam, entry, officer, clerks):
    """A list puts names to the numbers on the scripts."""
    address = reverse("exams:sign_in_list", args=[entry.stage_id, 1])
    assert get(clerks[0], "sign_in_list", entry.stage_id, 1).status_code == 404
    assert post(clerks[0], "sign_in_list", entry.stage_id, 1, act="ticked").status_code == 404
    assert address not in text(get(clerks[0], "paper_scores", entry.stage_id))
    assert get(officer, "sign_in_list", entry.stage_id, 1).status_code == 200
    assert address in text(get(officer, "paper_scores", entry.stage_id))
    Stage.objects.filter(pk=entry.stage_id).update(state="in_progress")
    assert get(clerks[0], "sign_in_list", entry.stage_id, 1).status_code == 200
    assert address in text(get(clerks[0], "paper_scores", entry.stage_id))


def test_a_list_with_what_is_no_entry_ticks_nobody(tree, clerks):
    exam = make.exam(tree.city, state="arranged", starts_at=AT)
    one = make.script(exam, "甲", state="ticket_issued")
    page = post(clerks[0], "sign_in_list", one.stage_id, 1, act="ticked", present=["9" * 4301, "²", "x", "9" * 19])
    assert page.status_code == 302
    assert make.fresh(one).state == "ticket_issued"


def test_a_refused_list_keeps_its_ticks(exam, entry, officer, clerks):
    other = make.script(exam, "乙")
    StageEntry.objects.update(checked_in_at=AT)
    make.entered(entry, clerks)
    sent = {"act": "ticked", "present": [other.pk], "shown": [entry.pk, other.pk]}
    page = post(officer, "sign_in_list", entry.stage_id, 1, **sent)
    assert page.status_code == 409
    assert "have been entered already" in text(page)
    assert f'name="present" value="{other.pk}" checked' in text(page)
    assert f'name="present" value="{entry.pk}" checked' not in text(page)


def test_ending_too_early_says_why(tree, officer):
    exam = make.exam(tree.city, state="arranged", starts_at=AFTER)
    make.script(exam)
    page = client_of(officer).post(reverse("exams:end_on_paper", args=[exams.stage(exam).pk]), follow=True)
    assert "The sitting lasts until" in text(page)
    assert exams.stage(exam).state == "arranged"


# Entered


def test_a_clerk_enters_a_script_and_gets_the_next_by_seat(exam, clerks):
    one, two, three = (make.script(exam, name) for name in "甲乙丙")
    page = get(clerks[0], "enter_scores", two.pk)
    assert page.status_code == 200
    assert two.admission_number in text(page)
    page = post(clerks[0], "enter_scores", two.pk, **typed(ODD))
    assert page["Location"] == reverse("exams:enter_scores", args=[three.pk])
    page = post(clerks[0], "enter_scores", three.pk, **typed(ODD))
    assert page["Location"] == reverse("exams:enter_scores", args=[one.pk])
    page = post(clerks[0], "enter_scores", one.pk, **typed(ODD))
    assert page["Location"] == reverse("exams:paper_scores", args=[one.stage_id])
    assert PaperTurn.objects.filter(turn="first", entered_by=clerks[0]).count() == 3


def test_no_name_stands_on_the_pages_of_who_copies_scores(exam, clerks):
    entry = make.script(exam, "欧阳静修")
    make.entered(entry, clerks, first=ODD, second=OTHER)
    seen = [get(clerks[2], "paper_scores", entry.stage_id), get(clerks[2], "decide_scores", entry.pk)]
    seen += [get(clerks[0], "enter_scores", entry.pk)]
    for page in seen:
        assert page.status_code == 200
        assert "欧阳静修" not in text(page) and entry.candidate.school.name not in text(page)


@pytest.mark.parametrize("numbers", [ODD, OTHER])
def test_nobody_finds_the_others_numbers_on_her_pages(exam, entry, clerks, officer, numbers):
    """Every page that the second and the officer reach, before and after the second entry."""
    make.script(exam, "下一位")
    make.entered(entry, clerks, first=ODD)
    for user in (clerks[1], officer):
        for page in _pages(user, entry):
            _has_none_of(page, ODD.values())
    entering.enter(entry, make.points(numbers), by=clerks[1], at=AT)
    first_alone = [value for value in ODD.values() if value not in numbers.values()]
    for page in _pages(clerks[1], entry):
        _has_none_of(page, first_alone)
    second_alone = [value for value in numbers.values() if value not in ODD.values()]
    for page in _pages(clerks[0], entry):
        _has_none_of(page, second_alone)
    own = text(get(clerks[0], "enter_scores", entry.pk))
    assert all(value in own for value in ODD.values())


def _pages(user, entry):
    client = client_of(user)
    names = [("paper_scores", entry.stage_id), ("enter_scores", entry.pk), ("decide_scores", entry.pk)]
    names += [("results", entry.stage_id), ("result", entry.pk), ("exam", entry.stage.exam_id), ("at_seat", entry.pk)]
    names += [("marking", entry.stage_id), ("invigilate", entry.stage_id), ("rooms", entry.stage_id)]
    addresses = [reverse(f"exams:{name}", args=[pk]) for name, pk in names]
    addresses += [reverse("desks:journal"), reverse("desks:home")]
    return [client.get(address, follow=True) for address in addresses]


def _has_none_of(page, values):
    shown = text(page)
    assert page.status_code in (200, 404)
    for value in values:
        assert value not in shown, (page.request["PATH_INFO"], value)


def test_what_was_typed_is_kept_where_it_is_refused(entry, clerks):
    page = post(clerks[0], "enter_scores", entry.pk, **typed({**ODD, "s6": "11", "s5": "abc", "s1": ""}))
    assert page.status_code == 422
    for value in ("1.37", "abc"):
        assert f'value="{value}"' in text(page)
    assert PaperTurn.objects.count() == 0
    page = post(clerks[0], "enter_scores", entry.pk, **typed({**ODD, "s6": "11", "s1": ""}))
    assert page.status_code == 422
    assert "11 is not between 0 and 10 points" in text(page)
    assert "where nothing was earned, 0" in text(page)
    assert 'value="11"' in text(page)


def test_a_clerk_corrects_her_own_until_the_other_is_in(entry, clerks):
    make.entered(entry, clerks, first=ODD)
    page = get(clerks[0], "enter_scores", entry.pk)
    assert 'value="9.29"' in text(page) and "You may correct it" in text(page)
    post(clerks[0], "enter_scores", entry.pk, **typed({**ODD, "s6": "8"}))
    assert PaperScore.objects.get(line="s6").points == 8
    entering.enter(entry, make.points(ODD), by=clerks[1], at=AT)
    assert "your numbers stand" in text(get(clerks[0], "enter_scores", entry.pk))
    page = post(clerks[0], "enter_scores", entry.pk, **typed(ODD))
    assert page.status_code == 409
    page = client_of(clerks[2]).get(reverse("exams:enter_scores", args=[entry.pk]), follow=True)
    assert "Two others have entered" in text(page)


def test_a_script_is_found_by_its_ticket_number(entry, clerks):
    address = reverse("exams:paper_scores", args=[entry.stage_id])
    page = client_of(clerks[0]).get(address, {"number": f" {entry.admission_number} "})
    assert page["Location"] == reverse("exams:enter_scores", args=[entry.pk])
    page = client_of(clerks[0]).get(address, {"number": "000"})
    assert "No script of yours to enter has the admission number 000" in text(page)


def test_strangers_find_nothing_and_neither_do_those_of_the_school(tree, entry, clerks, personas):
    marking.worked_at(clerks[1], entry.candidate.school)
    names = [("enter_scores", entry.pk), ("decide_scores", entry.pk)]
    below = people.officer(Appointment.Office.EXAM_OFFICER, tree.county)
    for user in (personas.county_officer, personas.teacher.user, below, people.officer("marker", tree.city), clerks[1]):
        for name, pk in names:
            assert get(user, name, pk).status_code == 404
            assert post(user, name, pk, **typed(ODD)).status_code == 404
    for user in (personas.county_officer, personas.teacher.user, below):
        assert get(user, "paper_scores", entry.stage_id).status_code == 404
        assert get(user, "sign_in_list", entry.stage_id, 1).status_code == 404
    assert "not for you" in text(get(clerks[1], "paper_scores", entry.stage_id))
    Sitting.objects.update(on_paper="")
    for name, pk in (*names, ("paper_scores", entry.stage_id)):
        assert get(clerks[0], name, pk).status_code == 404


# Decided


def test_a_third_person_sees_both_and_decides(entry, clerks):
    make.entered(entry, clerks, first=ODD, second=OTHER)
    assert entry.admission_number in text(get(clerks[2], "paper_scores", entry.stage_id))
    page = get(clerks[2], "decide_scores", entry.pk)
    for value in ("4.83", "3.67", "9.29", "8.41"):
        assert value in text(page)
    assert "0.13" not in text(page)
    sent = {"p-s5": "3.67", "p-s6": "9", "r-s6": ""}
    page = post(clerks[2], "decide_scores", entry.pk, **sent)
    assert page.status_code == 422
    assert "Neither of the two entered this number" in text(page) and 'value="9"' in text(page)
    assert post(clerks[2], "decide_scores", entry.pk, **{**sent, "r-s6": "卷面9分"}).status_code == 302
    assert make.numbers(entry, "third") == {"s5": "3.67", "s6": "9"}
    assert get(clerks[2], "decide_scores", entry.pk).status_code == 404


def test_neither_of_the_two_finds_the_page_of_the_difference(entry, clerks):
    make.entered(entry, clerks, first=ODD, second=OTHER)
    for by in clerks[:2]:
        assert get(by, "decide_scores", entry.pk).status_code == 404
        assert post(by, "decide_scores", entry.pk, **{"p-s5": "3.67", "p-s6": "9.29"}).status_code == 404
    assert "Whoever entered it does not decide it" in text(get(clerks[0], "paper_scores", entry.stage_id))


# The list of work


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_work_is_shown_with_none_one_and_many_in_as_many_questions(
    exam, clerks, count, django_assert_max_num_queries
):
    scripts = [make.script(exam, f"考生{n}") for n in range(count)]
    if scripts:
        make.entered(scripts[0], clerks, second={"s6": "7"})
    client = client_of(clerks[2])
    with django_assert_max_num_queries(24):
        page = client.get(reverse("exams:paper_scores", args=[exams.stage(exam).pk]))
    assert page.status_code == 200
    shown = text(page)
    assert ("No scripts yet" in shown) == (count == 0)
    assert ("Here the two entries differ" in shown) == (count > 0)


def test_a_script_is_shown_and_kept_in_as_many_questions_however_many_there_are(exam, clerks):
    """And what differs in the stage is not asked for it."""
    scripts = [make.script(exam, f"考生{n}") for n in range(3)]
    client, counts = client_of(clerks[0]), []
    client.get(reverse("desks:home"))
    for each in scripts[:2]:
        address = reverse("exams:enter_scores", args=[each.pk])
        with CaptureQueriesContext(connection) as shown:
            assert client.get(address).status_code == 200
        with CaptureQueriesContext(connection) as kept:
            assert client.post(address, typed(ODD)).status_code == 302
        assert not [one for one in (*shown, *kept) if '"points" <' in one["sql"]]
        counts.append((len(shown), len(kept)))
        for n in range(5):
            make.entered(make.script(exam, f"另{each.pk}{n}"), clerks[1:], second={"s6": "7"})
    (first, kept_first), (second, kept_second) = counts
    assert second - first <= 2  # the script entered before, with its sum
    assert kept_second == kept_first


def test_the_home_of_a_clerk_names_what_waits(exam, clerks):
    one, two = make.script(exam, "甲"), make.script(exam, "乙")
    make.entered(one, clerks, second={"s6": "7"})
    shown = text(client_of(clerks[2]).get(reverse("desks:home")))
    assert "Scores to enter from paper" in shown and "Differences of two entries to decide" in shown
    assert reverse("exams:paper_scores", args=[two.stage_id]) in shown


# The whole way


def test_one_sitting_on_paper_from_its_plan_to_the_explained_score(tree, officer, clerks, personas, monkeypatch):
    """Declared on its page, signed in, ended, entered twice, decided, locked, and explained to the officer and the
    candidate, each as much as is hers."""
    exam = exams.exam(tree.city, written="arranged", starts_at=AT)
    marking.paper(exams.module(exam))
    module, stage = exams.module(exam), exams.stage(exam)
    same, apart, away = (make.script(exam, who, state="ticket_issued") for who in (personas.teacher, "异", "缺"))
    assert post(officer, "on_paper", module.pk, on_paper="section").status_code == 302
    post(clerks[0], "sign_in_list", stage.pk, 1, act="ticked", present=[same.pk, apart.pk])
    post(officer, "end_on_paper", stage.pk)
    for by, numbers in ((clerks[0], ODD), (clerks[1], OTHER)):
        post(by, "enter_scores", apart.pk, **typed(numbers))
        post(by, "enter_scores", same.pk, **typed(ODD))
    page = client_of(officer).post(reverse("exams:check_scores", args=[stage.pk]), follow=True)
    assert "1 with differences" in text(page)
    post(clerks[2], "decide_scores", apart.pk, **{"p-s5": "4.83", "p-s6": "9.5", "r-s6": "卷面为9.5分"})
    assert post(officer, "check_scores", stage.pk)["Location"] == reverse("exams:cut_score", args=[module.pk])
    assert {each.entry_id: str(each.score) for each in ModuleResult.objects.exclude(score=None)} == {
        same.pk: "17.920",
        apart.pk: "18.130",
    }
    assert ModuleResult.objects.get(entry=away).status == "absent"
    shown = text(get(officer, "result", apart.pk))
    assert "first 9.29, second 8.41; decided: 9.5" in shown and "卷面为9.5分" in shown
    for by in clerks:
        assert str(by) in shown
    assert "they do not differ" in text(get(officer, "result", same.pk))
    assert get(officer, "cut_score", module.pk).status_code == 200
    assert get(officer, "analysis", module.pk).status_code == 200
    assert post(clerks[2], "enter_scores", same.pk, **typed(ODD)).status_code == 409
    assert "Nothing is entered any more" in text(get(clerks[0], "paper_scores", stage.pk))
    Stage.objects.filter(pk=stage.pk).update(state="finalised")
    StageEntry.objects.filter(pk=same.pk).update(state="passed")
    shown = text(get(personas.teacher.user, "my_result", same.candidate_id))
    assert "entered by two people" in shown and str(clerks[0]) not in shown


def test_the_figures_of_the_paper_are_reckoned_where_questions_were_entered(tree, officer, clerks):
    exam = make.exam(tree.city, "question", starts_at=AT)
    for name, given in (("甲", {}), ("乙", {"5": "1.5", "6.2": "2"}), ("丙", {"1": "0", "6.1": "0.5"})):
        make.entered(make.script(exam, name), clerks, first={**make.QUESTIONS, **given}, second={})
    settling.settle_written(exams.stage(exam), by=officer, at=AT)
    found = facilities.earned(Paper.objects.get())
    assert sorted(found.scores.values()) == [D("12.5"), D("15"), D("18.5")]
    assert found.facility("1") == D("0.667")
    assert measuring.paper_figures(Paper.objects.get()).alpha is not None
    assert get(officer, "analysis", exams.module(exam).pk).status_code == 200


def test_of_sections_and_totals_no_question_has_figures(tree, officer, clerks, exam, entry):
    make.entered(entry, clerks, second={})
    settling.settle_written(exams.stage(exam), by=officer, at=AT)
    assert facilities.earned(Paper.objects.get()).scores == {}
    assert get(officer, "analysis", exams.module(exam).pk).status_code == 200


def test_the_board_of_a_sitting_on_paper_leads_to_its_lists(exam, entry, officer, clerks):
    address = reverse("exams:paper_scores", args=[entry.stage_id])
    for user in (officer, clerks[0]):
        assert address in text(get(user, "invigilate", entry.stage_id))
        assert address in text(get(user, "exam", exam.pk))
    assert get(officer, "marking", entry.stage_id)["Location"] == address
    auditor = people.officer(Appointment.Office.AUDITOR, exam.organisation)
    assert address not in text(get(auditor, "invigilate", entry.stage_id))
    assert address not in text(get(auditor, "exam", exam.pk))


def test_nobody_signs_herself_in_by_the_button_for_all(tree, clerks):
    exam = make.exam(tree.city, state="arranged", starts_at=AT)
    make.script(exam, "甲", state="ticket_issued")
    own = make.script(exam, people.teacher("登分考生", school=tree.city_school, user=clerks[0]), state="ticket_issued")
    assert post(clerks[0], "sign_in_list", exams.stage(exam).pk, 1, act="all").status_code == 302
    assert make.fresh(own).state == "ticket_issued"
    page = post(clerks[0], "sign_in_list", exams.stage(exam).pk, 1, act="ticked", present=[own.pk])
    assert page.status_code == 403
