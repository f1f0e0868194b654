"""The marker's pages show nobody else's marks and no person; the officer's carry marking on to checked scores."""

import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from exams import marking
from exams.models import Mark, Stage
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
def module(exam):
    return exams.module(exam)


@pytest.fixture
def three(tree):
    return make.markers(tree.city, 3)


# The marker


def test_piles_lists_my_questions_with_progress(client, exam, three):
    attempt = make.script(exam)
    make.marks(attempt, "5", None, None, three)
    make.marks(attempt, "6.1", "2.5", None, three)
    client.force_login(three[0])
    page = client.get(reverse("exams:piles"))
    assert [(each.item.code, each.done, each.of) for each in page.context["piles"]] == [("5", 0, 1), ("6.1", 1, 1)]
    assert reverse("exams:next_mark", args=[attempt.paper.module_id, "5"]) in page.text


def test_the_next_of_a_pile_is_found_whatever_paper_the_address_names(client, exam, three):
    attempt = make.script(exam)
    mark, _ = make.marks(attempt, "5", None, None, three)
    client.force_login(three[0])
    address = reverse("exams:next_mark", args=[attempt.paper.module_id, "5"])
    for paper in ("²", "9" * 4301, "x", attempt.paper_id):
        assert client.get(address, {"paper": paper})["Location"] == reverse("exams:mark", args=[mark.pk])


def test_piles_are_empty_for_who_has_none_and_after_marking(client, exam, three):
    make.marks(make.script(exam), "5", None, None, three)
    client.force_login(three[2])
    assert client.get(reverse("exams:piles")).context["piles"] == []
    Stage.objects.update(state="scores_checked")
    client.force_login(three[0])
    assert client.get(reverse("exams:piles")).context["piles"] == []


@pytest.mark.parametrize("count", [1, 3])
def test_piles_take_the_same_queries_for_more_scripts(client, exam, three, django_assert_max_num_queries, count):
    for _ in range(count):
        attempt = make.script(exam)
        make.marks(attempt, "5", None, None, three)
        make.marks(attempt, "6.1", "3", None, three)
    client.force_login(three[0])
    with django_assert_max_num_queries(9):
        assert client.get(reverse("exams:piles")).status_code == 200


def test_mark_page_shows_question_guide_answer_and_half_points(client, exam, three):
    attempt = make.script(exam)
    mark, _ = make.marks(attempt, "6.2", None, None, three)
    client.force_login(three[0])
    page = client.get(reverse("exams:mark", args=[mark.pk]))
    for text in (attempt.script, "小航近来常与同学冲突。", "提出对策。", "安抚、沟通、家校合作。", "先安抚，再沟通。"):
        assert text in page.text
    assert re.findall(r'name="points" value="([\d.]+)"', page.text) == [f"{D(n) / 2:.1f}" for n in range(11)]


SEEN = "![一张座位图](media:0123456789abcdef)"
HEARD = "!♪[孩子说他不想上学](media:fedcba9876543210)"


def with_media(paper):
    """Question 5 shows a picture, its guide plays a sound."""
    paper.items = [{**each, "stem": f"看图：{SEEN}"} if each["number"] == 5 else each for each in paper.items]
    paper.keys = {**paper.keys, "5": {**paper.keys["5"], "guide": f"听：{HEARD}"}}
    paper.save()


def test_mark_page_shows_pictures_and_sounds_with_their_words(client, exam, three, tree):
    attempt = make.script(exam)
    with_media(attempt.paper)
    mark, _ = make.marks(attempt, "5", None, None, three)
    client.force_login(three[0])
    page = client.get(reverse("exams:mark", args=[mark.pk])).text
    seen, heard = (
        reverse("exams:question_media", args=[tree.city.pk, each]) for each in ("0123456789abcdef", "fedcba9876543210")
    )
    assert f'<img class="q-media" src="{seen}" alt="一张座位图"' in page
    assert f'src="{heard}" aria-label="孩子说他不想上学"></audio>' in page
    assert "录音内容：孩子说他不想上学" in page
    assert "media:" not in page


def test_officers_pages_of_a_question_show_its_pictures(client, exam, officer, three):
    attempt = make.script(exam)
    with_media(attempt.paper)
    make.marks(attempt, "5", "3", "3", three)
    client.force_login(officer)
    for address in (
        reverse("exams:marked_item", args=[attempt.paper_id, "5"]),
        reverse("exams:answer_marks", args=[attempt.answers.get(item="5").pk]),
    ):
        page = client.get(address).text
        assert 'alt="一张座位图"' in page
        assert "media:" not in page


def test_mark_page_never_shows_who_wrote_it_nor_what_others_gave(client, tree, three):
    """Everything that could leak is a word or a number that stands nowhere else."""
    exam = make.exam_in_marking(tree.city)
    module = exams.module(exam)
    attempt = make.script(exam, "欧阳金丝雀", school=tree.school)
    attempt.entry.seat = 7351
    attempt.entry.admission_number = "88990077"
    attempt.entry.save()
    canaries = ["欧阳金丝雀", tree.school.name, "7351", "88990077", attempt.entry.candidate.teacher.id_number]
    items = [{**each, "points": "500"} if each["number"] == 5 else each for each in make.ITEMS]
    attempt.paper.items = items
    attempt.paper.save()
    module.difference_limit = D(1)
    module.save()
    first, second, third = three
    make.marks(attempt, "5", "431.5", "17.5", (first, second))
    waiting = Mark.objects.create(
        answer=attempt.answers.get(item="5"), role="third", marker=third, assigned_at=people.AT
    )
    canaries += [str(first), str(second), "average", "431.5 ", "17.5 "]

    client.force_login(third)
    pages = [
        client.get(reverse("exams:piles")).text,
        client.get(reverse("exams:mark", args=[waiting.pk])).text,
        client.post(reverse("exams:mark", args=[waiting.pk]), {"points": "9999"}).text,
    ]

    for text in pages:
        buttons = re.sub(r'<button[^>]*name="points"[^>]*>[^<]*</button>', "", text)
        assert not [each for each in [*canaries, "431.5", "17.5"] if each in buttons]
        pressed = re.findall(r"<button[^>]*(?:aria-pressed| on)[^>]*>", text)
        assert not [each for each in pressed if 'name="points"' in each]


def test_mark_keeps_the_points_and_brings_the_next(client, exam, module, three):
    one, two = sorted((make.script(exam), make.script(exam)), key=lambda each: each.script)
    mark, _ = make.marks(one, "5", None, None, three)
    following, _ = make.marks(two, "5", None, None, three)
    client.force_login(three[0])
    response = client.post(reverse("exams:mark", args=[mark.pk]), {"points": "3.5"}, follow=True)
    mark.refresh_from_db()
    assert mark.points == D("3.5")
    assert response.redirect_chain[-1][0] == reverse("exams:mark", args=[following.pk])
    assert one.script in response.text

    response = client.post(reverse("exams:mark", args=[following.pk]), {"points": "0"}, follow=True)
    assert response.redirect_chain[-1][0] == reverse("exams:piles")


@pytest.mark.parametrize("points", ["5.5", "3.25", "drei", ""])
def test_mark_page_shows_a_refusal(client, exam, three, points):
    mark, _ = make.marks(make.script(exam), "5", None, None, three)
    client.force_login(three[0])
    response = client.post(reverse("exams:mark", args=[mark.pk]), {"points": points})
    assert response.status_code == 422
    assert response.context["form"].errors["points"]
    assert 'role="alert"' in response.text
    mark.refresh_from_db()
    assert mark.points is None


def test_mark_page_is_nobody_elses(client, exam, module, three, officer):
    mark, _ = make.marks(make.script(exam), "5", None, None, three)
    for stranger in (three[1], three[2], officer):
        client.force_login(stranger)
        assert client.get(reverse("exams:mark", args=[mark.pk])).status_code == 404
        assert client.post(reverse("exams:mark", args=[mark.pk]), {"points": "3"}).status_code == 404
    client.force_login(three[2])
    assert client.get(reverse("exams:next_mark", args=[module.pk, "5"])).status_code == 404


def test_mark_page_refuses_when_marking_is_over(client, exam, three):
    mark, _ = make.marks(make.script(exam), "5", None, None, three)
    Stage.objects.update(state="scores_checked")
    client.force_login(three[0])
    assert client.get(reverse("exams:mark", args=[mark.pk])).status_code == 409


# The officer


def test_progress_counts_by_question_and_names_what_is_far_apart(client, exam, module, officer, three):
    attempt = make.script(exam)
    make.marks(attempt, "5", "0", "5", three)
    make.marks(attempt, "6.1", "2", None, three)
    client.force_login(officer)
    page = client.get(reverse("exams:marking", args=[module.stage_id]))
    rows = {
        row["item"].code: (row["answers"], row["waiting"], row["apart"], row["thirds"]) for row in page.context["items"]
    }
    assert rows == {"5": (1, 0, 1, 1), "6.1": (1, 1, 0, 0), "6.2": (1, 0, 0, 0)}
    assert page.context["standing"].unallocated == 1
    assert attempt.script in page.text


def test_progress_gives_out_the_answers(client, exam, module, officer, three):
    make.script(exam)
    client.force_login(officer)
    address = reverse("exams:marking", args=[module.stage_id])
    response = client.post(address, {"markers": [each.pk for each in three[:2]], "third_markers": [three[2].pk]})
    assert response.headers["Location"] == address
    assert Mark.objects.count() == 6


def test_progress_shows_a_refusal_and_keeps_the_choice(client, exam, module, officer, three):
    make.script(exam)
    client.force_login(officer)
    response = client.post(reverse("exams:marking", args=[module.stage_id]), {"markers": [three[1].pk]})
    assert response.status_code == 422
    assert response.context["form"].errors["markers"]
    assert re.search(rf'value="{three[1].pk}"[^>]*checked', response.text)


def test_progress_offers_only_the_markers_of_this_authority(client, exam, module, officer, three, tree):
    elsewhere = people.officer(Appointment.Office.MARKER, tree.county, "别处阅卷")
    make.script(exam)
    client.force_login(officer)
    response = client.post(reverse("exams:marking", args=[module.stage_id]), {"markers": [three[0].pk, elsewhere.pk]})
    assert response.status_code == 422
    assert str(elsewhere) not in response.text


def upload(client, module, text):
    file = SimpleUploadedFile("名单.csv", text.encode("utf-8-sig"), content_type="text/csv")
    return client.post(reverse("exams:allocate_list", args=[module.stage_id]), {"file": file})


def test_a_list_names_the_markers_of_each_answer(client, exam, module, officer, three):
    attempt = make.script(exam)
    client.force_login(officer)
    response = upload(
        client, module, f"密号,题号,一评,二评\n{attempt.script},5,{three[1].username},{three[0].username}\n"
    )
    assert response.status_code == 302
    given = set(Mark.objects.values_list("answer__item", "role", "marker"))
    assert given == {("5", "first", three[1].pk), ("5", "second", three[0].pk)}


def test_a_faulty_list_is_shown_row_by_row_and_nothing_is_given_out(client, exam, module, officer, three, tree):
    attempt = make.script(exam)
    elsewhere = people.officer(Appointment.Office.MARKER, tree.county)
    a, b = three[0].username, three[1].username
    rows = [
        f"{attempt.script},5,{a},{b}",
        f"{attempt.script},5,{b},{a}",
        f"{attempt.script},1,{a},{b}",
        f"{attempt.script},6.1,{a},{a}",
        f"{attempt.script},6.2,{elsewhere.username},{b}",
    ]
    client.force_login(officer)
    response = upload(client, module, "\n".join(["密号,题号,一评,二评", *rows]))
    assert response.status_code == 422
    found = [(each["row"], each["column"]) for each in response.context["faults"]]
    assert found == [(3, "密号"), (4, "密号"), (5, "二评"), (6, "一评")]
    assert not Mark.objects.exists()


def test_a_list_that_gives_a_marker_her_own_school_is_refused(client, exam, module, officer, three, tree):
    attempt = make.script(exam, school=tree.school)
    make.worked_at(three[0], tree.school)
    client.force_login(officer)
    response = upload(
        client, module, f"密号,题号,一评,二评\n{attempt.script},5,{three[0].username},{three[1].username}\n"
    )
    assert response.status_code == 422
    assert response.context["list_form"].errors["file"]
    assert not Mark.objects.exists()


@pytest.mark.parametrize("text", ["密号,题号,一评,二评\n", "甲,乙\n1,2\n"])
def test_a_list_without_answers_is_refused(client, exam, module, officer, text):
    make.script(exam)
    client.force_login(officer)
    assert upload(client, module, text).status_code == 422


def test_third_marker_is_named_on_the_page(client, exam, module, officer, three):
    attempt = make.script(exam)
    make.marks(attempt, "5", "0", "5", three)
    client.force_login(officer)
    address = reverse("exams:assign_third", args=[attempt.answers.get(item="5").pk])
    assert client.post(address, {"marker": three[0].pk}).status_code == 422
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"marker": three[2].pk}).status_code == 302
    assert Mark.objects.get(role="third").marker == three[2]


def test_check_scores_says_what_is_missing(client, exam, module, officer):
    make.script(exam)
    client.force_login(officer)
    response = client.post(
        reverse("exams:check_scores", args=[module.stage_id]),
        headers={"referer": "http://testserver" + reverse("exams:marking", args=[module.stage_id])},
        follow=True,
    )
    assert "3" in next(str(each) for each in response.context["messages"])
    module.stage.refresh_from_db()
    assert module.stage.state == "marking"


def test_check_scores_settles_and_leads_to_the_line(client, exam, module, officer, at):
    attempt = make.script(exam, answers={"1": "B"})
    marking.mark_by_key(attempt.pk, at)
    client.force_login(officer)
    response = client.post(reverse("exams:check_scores", args=[module.stage_id]))
    assert response.headers["Location"] == reverse("exams:cut_score", args=[module.pk])
    assert Stage.objects.get(pk=module.stage_id).state == "scores_checked"


def test_officers_pages_are_not_for_strangers(client, exam, module, tree, three):
    attempt = make.script(exam)
    make.marks(attempt, "5", "0", "5", three)
    answer = attempt.answers.get(item="5").pk
    strangers = [
        three[0],
        people.officer(Appointment.Office.EXAM_OFFICER, tree.county),
        people.officer(Appointment.Office.AUDITOR, tree.city),
        attempt.entry.candidate.teacher.user,
    ]
    for stranger in strangers:
        client.force_login(stranger)
        assert client.get(reverse("exams:marking", args=[module.stage_id])).status_code == 404
        assert client.post(reverse("exams:check_scores", args=[module.stage_id])).status_code == 404
        assert upload(client, module, "密号,题号,一评,二评\n").status_code == 404
        assert client.post(reverse("exams:assign_third", args=[answer]), {"marker": three[2].pk}).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_progress_takes_the_same_queries_for_more_scripts(
    client, exam, module, officer, three, django_assert_max_num_queries, count
):
    for _ in range(count):
        make.marks(make.script(exam), "5", "0", "5", three)
    client.force_login(officer)
    with django_assert_max_num_queries(19):
        assert client.get(reverse("exams:marking", args=[module.stage_id])).status_code == 200
