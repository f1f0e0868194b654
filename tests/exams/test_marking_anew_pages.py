"""Pages of marking by criteria, marking anew and check scripts; nothing of marking tells a marker more than hers."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from exams import calibrating, criteria, remarking
from exams.models import CheckScript, ItemCriterion, Mark, Remarking
from exams.urls import marking as addresses
from lms.people.models import Appointment
from tests.factories import exams, people
from tests.factories import marking as make

D = Decimal


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程干事")


@pytest.fixture
def exam(tree):
    return make.exam_in_marking(tree.city)


@pytest.fixture
def paper(exam):
    return exams.module(exam).sitting.paper


@pytest.fixture
def five(tree):
    return make.markers(tree.city, 5)


@pytest.fixture
def answer(exam, five):
    """An answer that two have marked, while the third and fourth mark the same question of another script."""
    attempt = make.script(exam, "欧阳金丝雀")
    make.marks(attempt, "5", "2", "3", five)
    make.marks(make.script(exam), "5", None, None, five[2:4])
    return attempt.answers.get(item="5")


@pytest.fixture
def lines(paper, officer, at):
    return criteria.set_criteria(paper, "5", [("识别想法", D(3)), ("放松训练", D(2))], by=officer, at=at)


# What a marker may learn


def test_no_address_of_marking_tells_a_marker_what_others_gave_or_whose_script_it_is(client, tree, five, officer, at):
    """Every address of marking, as the third marker who also has a check: what could leak stands nowhere else."""
    exam = make.exam_in_marking(tree.city)
    module = exams.module(exam)
    attempt = make.script(exam, "欧阳金丝雀", school=tree.school)
    entry = attempt.entry
    entry.seat, entry.admission_number = 7351, "88990077"
    entry.save()
    paper = attempt.paper
    paper.items = [{**each, "points": "900"} if each["number"] == 5 else each for each in make.ITEMS]
    paper.save()
    module.difference_limit = D(1)
    module.save()
    make.marks(attempt, "5", "431.5", "17.5", five)
    answer = attempt.answers.get(item="5")
    Mark.objects.create(answer=answer, role="third", marker=five[2], assigned_at=at)
    other = make.script(exam, "另一位雀", school=tree.other_school)
    make.marks(other, "5", "612.5", "613.5", five[3:5])
    make.marks(make.script(exam), "5", None, None, (five[2], five[0]))
    calibrating.agree(other.answers.get(item="5"), D("614.5"), "三人研讨", by=officer, at=at)
    mine = list(Mark.objects.given_to(five[2], at).order_by("pk"))
    assert {each.role for each in mine} == {"first", "third", "check"}
    canaries = ["欧阳金丝雀", "另一位雀", tree.school.name, tree.other_school.name, "7351", "88990077"]
    canaries += [entry.candidate.teacher.id_number, "431.5", "17.5", "612.5", "613.5", "614.5", "三人研讨"]
    canaries += [str(each) for each in (*five[:2], *five[3:])]
    args = {"stages": [module.stage_id], "papers": [paper.pk, "5"], "answers": [answer.pk], "modules": [module.pk]}

    client.force_login(five[2])
    pages = []
    for pattern in addresses.urlpatterns:
        root = str(pattern.pattern).split("/")[0]
        each = args.get(root, [])
        if pattern.name == "next_mark":
            each = [module.pk, "5"]
        for own in [[mark.pk] for mark in mine] if pattern.name == "mark" else [each]:
            if pattern.name in ("rating_sheet", "open_round", "close_round", "freeze_standard", "dissolve_standard"):
                own = [1]
            address = reverse(f"exams:{pattern.name}", args=own)
            pages += [client.get(address, follow=True), client.post(address, {"points": "9999"}, follow=True)]

    assert sum(each.status_code == 200 for each in pages) >= 5
    for page in pages:
        text = re.sub(r'<button[^>]*name="points"[^>]*>[^<]*</button>', "", page.text)
        assert not [each for each in canaries if each in text], page.request["PATH_INFO"]
        assert not re.findall(r'<button[^>]*name="points"[^>]*aria-pressed', page.text)


def test_a_check_looks_like_every_other_answer_until_it_is_marked(client, answer, officer, five, at):
    calibrating.agree(answer, D("2.5"), "三人研讨", by=officer, at=at)
    check = Mark.objects.get(role="check", marker=five[2])
    plain = Mark.objects.get(role="first", marker=five[2])
    client.force_login(five[2])

    def look(mark):
        text = client.get(reverse("exams:mark", args=[mark.pk])).text
        text = text.replace(mark.answer.attempt.script, "密号")
        return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|/marks/\d+/', "", text)

    assert look(check) == look(plain)
    assert client.get(reverse("exams:piles")).context["piles"][0].of == 2


def test_marker_is_told_how_far_off_she_was(client, answer, officer, five, at):
    calibrating.agree(answer, D("2.5"), "三人研讨", by=officer, at=at)
    check = Mark.objects.get(role="check", marker=five[2])
    client.force_login(five[2])
    response = client.post(reverse("exams:mark", args=[check.pk]), {"points": "4"}, follow=True)
    assert re.search(rf"{answer.attempt.script}.*2\.5.*4", response.text)
    piles = client.get(reverse("exams:piles"))
    assert [(each.off, each.agreed) for each in piles.context["checked"]] == [(D("1.5"), D("2.5"))]
    assert "+1.5" in piles.text
    client.force_login(five[3])
    assert client.get(reverse("exams:piles")).context["checked"] == []


# Criteria


def test_marker_gives_points_by_criteria(client, exam, lines, five):
    mark, _other = make.marks(make.script(exam), "5", None, None, five)
    client.force_login(five[0])
    address = reverse("exams:mark", args=[mark.pk])
    page = client.get(address)
    assert re.findall(r'name="c2" value="([\d.]+)"', page.text) == ["0", "0.5", "1", "1.5", "2"]
    client.post(address, {"c1": "2.5", "c2": "0.5"})
    mark.refresh_from_db()
    assert (mark.points, mark.criteria) == (D(3), ["2.5", "0.5"])
    assert re.search(r'name="c1" value="2.5" checked', client.get(address).text)


@pytest.mark.parametrize("sent", [{"c1": "2.5"}, {"c1": "2.5", "c2": "7"}, {"points": "3"}])
def test_marker_is_refused_criteria_that_are_missing_or_too_much_and_keeps_the_rest(client, exam, lines, five, sent):
    mark, _other = make.marks(make.script(exam), "5", None, None, five)
    client.force_login(five[0])
    response = client.post(reverse("exams:mark", args=[mark.pk]), sent)
    assert response.status_code == 422
    assert 'role="alert"' in response.text
    assert len(re.findall(r'name="c1" value="2.5" checked', response.text)) == ("c1" in sent)
    mark.refresh_from_db()
    assert mark.points is None


def test_officer_sets_what_earns_points(client, paper, officer):
    client.force_login(officer)
    address = reverse("exams:item_criteria", args=[paper.pk, "5"])
    response = client.post(address, {"criteria": "识别想法 3\n放松训练 2"}, follow=True)
    assert response.redirect_chain[-1][0] == reverse("exams:marked_item", args=[paper.pk, "5"])
    assert "识别想法" in response.text
    assert client.get(address).context["form"].initial["criteria"] == "识别想法 3\n放松训练 2"


@pytest.mark.parametrize("typed", ["识别想法 3\n放松训练", "识别想法 3"])
def test_officer_is_refused_criteria_and_keeps_what_she_typed(client, paper, officer, typed):
    client.force_login(officer)
    response = client.post(reverse("exams:item_criteria", args=[paper.pk, "5"]), {"criteria": typed})
    assert response.status_code == 422
    assert response.context["form"].errors["criteria"]
    assert typed in response.text
    assert not ItemCriterion.objects.exists()


# The officer at one answer


def test_officer_finds_answers_by_question_with_their_marks_and_no_names(client, answer, paper, officer):
    client.force_login(officer)
    page = client.get(reverse("exams:marked_item", args=[paper.pk, "5"]))
    row = next(each for each in page.context["rows"] if each["answer"].pk == answer.pk)
    assert (row["marks"], row["final"]) == ([D(2), D(3), None], D("2.5"))
    assert reverse("exams:answer_marks", args=[answer.pk]) in page.text
    assert "欧阳金丝雀" not in page.text
    assert client.get(reverse("exams:marked_item", args=[paper.pk, "1"])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_answers_of_a_question_take_the_same_queries_for_more(
    client, exam, paper, officer, five, count, django_assert_max_num_queries
):
    for _ in range(count):
        make.marks(make.script(exam), "5", "2", "3", five)
    client.force_login(officer)
    with django_assert_max_num_queries(12):
        assert client.get(reverse("exams:marked_item", args=[paper.pk, "5"])).status_code == 200


def test_officer_has_an_answer_marked_anew_and_sees_the_old_marks(client, answer, officer, five):
    client.force_login(officer)
    typed = {"first": five[2].pk, "second": five[3].pk, "reason": "考生答在另一题下"}
    response = client.post(reverse("exams:mark_anew", args=[answer.pk]), typed, follow=True)
    assert response.redirect_chain[-1][0] == reverse("exams:answer_marks", args=[answer.pk])
    for text in ("考生答在另一题下", "程干事", str(five[0]), str(five[1]), str(five[2])):
        assert text in response.text
    assert [(row["mark"].points, bool(row["mark"].superseded_by)) for row in response.context["rows"]] == [
        (D(2), True),
        (D(3), True),
        (None, False),
        (None, False),
    ]
    assert "欧阳金丝雀" not in response.text


def test_officer_is_refused_marking_anew_and_keeps_what_she_typed(client, answer, officer, five):
    client.force_login(officer)
    typed = {"first": five[0].pk, "second": five[3].pk, "reason": "考生答在另一题下"}
    response = client.post(reverse("exams:mark_anew", args=[answer.pk]), typed)
    assert response.status_code == 422
    assert str(five[0]) in str(response.context["anew_form"].non_field_errors())
    assert "考生答在另一题下" in response.text
    assert not Remarking.objects.exists()


def test_officer_makes_a_check_script_and_sees_who_is_off(client, exam, answer, officer, five):
    client.force_login(officer)
    typed = {"points": "2.5", "reason": "三人研讨"}
    response = client.post(reverse("exams:check_others", args=[answer.pk]), typed, follow=True)
    assert "三人研讨" in response.text
    Mark.objects.filter(role="check", marker=five[2]).update(points=D(4))
    page = client.get(reverse("exams:marking", args=[exams.stage(exam).pk]))
    off = {row["marker"]: row["deviation"] for row in page.context["markers"]}
    assert (off[five[2]].mean, off[five[3]]) == (D("1.50"), None)
    cells = next(row["items"] for row in page.context["markers"] if row["marker"] == five[0])
    assert [(cell["item"].code, cell["done"], cell["of"]) for cell in cells] == [
        ("5", 1, 1),
        ("6.1", 0, 0),
        ("6.2", 0, 0),
    ]


def test_officer_is_refused_a_check_script_and_keeps_what_she_typed(client, answer, officer):
    client.force_login(officer)
    response = client.post(reverse("exams:check_others", args=[answer.pk]), {"points": "7", "reason": "三人研讨"})
    assert response.status_code == 422
    assert response.context["check_form"].errors["points"]
    assert "三人研讨" in response.text
    assert not CheckScript.objects.exists()


def test_answers_are_nobody_elses(client, answer, paper, five, tree):
    for stranger in (five[0], people.officer(Appointment.Office.EXAM_OFFICER, tree.county, "县里人")):
        client.force_login(stranger)
        for name in ("marked_item", "item_criteria"):
            assert client.get(reverse(f"exams:{name}", args=[paper.pk, "5"])).status_code == 404
        assert client.get(reverse("exams:answer_marks", args=[answer.pk])).status_code == 404
        for name in ("mark_anew", "check_others"):
            assert client.post(reverse(f"exams:{name}", args=[answer.pk])).status_code == 404


def test_replaced_marks_leave_the_progress(client, exam, answer, officer, five, at):
    remarking.order(answer, five[2], five[3], "漏评", by=officer, at=at)
    client.force_login(officer)
    page = client.get(reverse("exams:marking", args=[exams.stage(exam).pk]))
    assert page.context["standing"].final == 0
    assert str(five[0]) not in {str(row["marker"]) for row in page.context["markers"]}
