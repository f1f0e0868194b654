"""The pages of a standard setting: the judge rates and signs, the officer conducts; nobody else finds either."""

import re

import pytest
from django.urls import reverse

from exams import rating
from exams.models import Stage, StandardSetting
from lms.people.models import Appointment
from tests.factories import exams, people, standards
from tests.factories import marking as make

ITEMS = ("1", "2", "3", "4", "5", "6.1", "6.2")


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程干事")


@pytest.fixture
def judges(tree):
    return standards.judges(tree.city, 3)


@pytest.fixture
def exam(tree):
    return make.exam_in_marking(tree.city)


@pytest.fixture
def module(exam):
    return exams.module(exam)


@pytest.fixture
def setting(exam, officer, judges, at):
    return standards.running(exam, officer, at, among=judges)


def sheet_of(setting, judge, number=1):
    return setting.sheets.get(judge=judge, round=number)


def address(setting, judge, number=1):
    return reverse("exams:rating_sheet", args=[sheet_of(setting, judge, number).pk])


# The judge


def test_sheet_shows_questions_with_keys_and_nothing_of_how_they_did(client, exam, setting, judges):
    make.script(exam, "某考生")
    client.force_login(judges[0])
    page = client.get(address(setting, judges[0]))
    for text in ("怎样缓解考前焦虑？", "识别想法、放松训练", "安全", "小航近来常与同学冲突。", "提出对策。"):
        assert text in page.text
    assert [row.item.code for row in page.context["rows"]] == list(ITEMS)
    assert {(row.first, row.spread, row.facility) for row in page.context["rows"]} == {(None, None, None)}
    assert "某考生" not in page.text


def test_sheet_shows_pictures_and_sounds_with_their_words(client, module, setting, judges):
    paper = module.sitting.paper
    paper.items = [
        {**each, "stem": "看图：![一张座位图](media:0123456789abcdef)"} if each["number"] == 1 else each
        for each in paper.items
    ]
    paper.items[4] = {**paper.items[4], "stem": "听：!♪[孩子说他不想上学](media:fedcba9876543210)"}
    paper.save()
    client.force_login(judges[0])
    page = client.get(address(setting, judges[0])).text
    assert 'alt="一张座位图"' in page
    assert 'aria-label="孩子说他不想上学"></audio>' in page
    assert "录音内容：孩子说他不想上学" in page
    assert "media:" not in page


def test_sheets_are_listed_to_their_judge_alone(client, setting, judges, tree):
    client.force_login(judges[0])
    assert address(setting, judges[0]) in client.get(reverse("exams:rating_sheets")).text
    assert client.get(address(setting, judges[1])).status_code == 404
    assert client.post(address(setting, judges[1]), {"r-1": "50"}).status_code == 404
    idle = people.officer(Appointment.Office.JUDGE, tree.city, "未点名评委")
    client.force_login(idle)
    assert client.get(reverse("exams:rating_sheets")).context["sheets"] == []
    client.force_login(people.user("路人"))
    assert client.get(reverse("exams:rating_sheets")).status_code == 404


def test_sheet_is_not_there_before_the_first_round_opens(client, module, judges, officer, at):
    named = rating.name_judges(module, judges, by=officer, at=at)
    client.force_login(judges[0])
    assert client.get(address(named, judges[0])).status_code == 404
    assert client.get(reverse("exams:rating_sheets")).context["sheets"] == []


def test_sheet_keeps_a_part_and_signs_the_whole(client, setting, judges):
    client.force_login(judges[0])
    client.post(address(setting, judges[0]), {"r-1": "60", "r-2": "", "act": "save"})
    sheet = sheet_of(setting, judges[0])
    assert dict(sheet.ratings.values_list("item", "percent")) == {"1": 60}
    response = client.post(address(setting, judges[0]), {f"r-{item}": "60" for item in ITEMS} | {"act": "sign"})
    assert response.url == reverse("exams:rating_sheets")
    sheet.refresh_from_db()
    assert str(sheet.total.normalize()) == "12.6"
    assert re.findall(r'name="r-1"[^>]*disabled', client.get(address(setting, judges[0])).text)


@pytest.mark.parametrize("typed", ["120", "²", "9" * 4301])
def test_sheet_shows_a_refusal_and_keeps_what_was_typed(client, setting, judges, typed):
    client.force_login(judges[0])
    response = client.post(address(setting, judges[0]), {"r-1": typed, "r-2": "45", "act": "save"})
    assert response.status_code == 422
    assert 'role="alert"' in response.text
    assert {row.item.code: row.percent for row in response.context["rows"]}["1"] == typed
    assert [row.item.code for row in response.context["rows"] if row.is_wrong] == ["1"]
    assert {row.item.code: row.percent for row in response.context["rows"]}["2"] == "45"
    assert not sheet_of(setting, judges[0]).ratings.exists()
    response = client.post(address(setting, judges[0]), {"r-2": "45", "act": "sign"})
    assert response.status_code == 409
    assert {row.item.code: row.percent for row in response.context["rows"]}["2"] == "45"


def test_sheet_saves_each_rating_as_it_is_typed(client, setting, judges):
    client.force_login(judges[0])

    def send(body):
        return client.post(address(setting, judges[0]), body, content_type="application/json")

    assert re.fullmatch(r"\d\d:\d\d:\d\d", send({"ratings": {"5": "45", "1": "20"}}).json()["saved_at"])
    send({"ratings": {"1": None}})
    assert dict(sheet_of(setting, judges[0]).ratings.values_list("item", "percent")) == {"5": 45}
    assert send({"ratings": {"5": "450"}}).status_code == 422
    assert send({"nothing": 1}).status_code == 400


def test_second_round_shows_what_the_first_came_to_without_names_and_facility_when_released(
    client, exam, setting, judges, officer, at
):
    attempt = make.script(exam)
    make.settled(attempt, {"5": "2"})
    standards.signed(setting, (40, 60, 80), at)
    rating.close_round(setting, by=officer, at=at)
    Stage.objects.filter(exam=exam, number=1).update(state="scores_checked")
    rating.open_round(setting, show_facility=True, by=officer, at=at)
    client.force_login(judges[0])
    page = client.get(address(setting, judges[0], 2))
    row = next(each for each in page.context["rows"] if each.item.code == "5")
    assert (row.first, str(row.spread.mean), row.spread.low, row.spread.high) == (40, "60.0", 40, 80)
    assert str(row.facility) == "0.400"
    assert not [each for each in judges[1:] if str(each) in page.text]


@pytest.mark.parametrize("count", [3, 5])
def test_sheet_takes_the_same_queries_for_more_judges(
    client, exam, officer, tree, at, count, django_assert_max_num_queries
):
    many = standards.judges(tree.city, count)
    setting = standards.running(exam, officer, at, among=many)
    standards.signed(setting, [60] * count, at)
    rating.close_round(setting, by=officer, at=at)
    rating.open_round(setting, by=officer, at=at)
    client.force_login(many[0])
    with django_assert_max_num_queries(12):
        assert client.get(address(setting, many[0], 2)).status_code == 200


# The officer


def conduct(client, officer, module):
    client.force_login(officer)
    return reverse("exams:standard", args=[module.pk])


def test_officer_conducts_two_rounds(client, officer, module, judges, at):
    page = conduct(client, officer, module)
    client.post(page, {"judges": [each.pk for each in judges]})
    setting = StandardSetting.objects.get()
    client.post(reverse("exams:open_round", args=[setting.pk]))
    standards.signed(setting, (50, 60, 70), at)
    client.post(reverse("exams:close_round", args=[setting.pk]))
    assert "12.60 ± 1.21" in client.get(page).text
    client.post(reverse("exams:open_round", args=[setting.pk]))
    standards.signed(setting, (57, 60, 63), at, 2)
    client.post(reverse("exams:close_round", args=[setting.pk]))
    setting.refresh_from_db()
    assert (str(setting.value), str(setting.error)) == ("12.60", "0.36")
    shown = client.get(page)
    assert "12.60 ± 0.36" in shown.text
    assert [str(each) for each in shown.context["judges"][0].sums] == ["10.5000", "11.9700"]


def test_officer_ends_with_the_first_round(client, officer, module, setting, at):
    page = conduct(client, officer, module)
    standards.signed(setting, (50, 60, 70), at)
    client.post(reverse("exams:close_round", args=[setting.pk]))
    response = client.post(reverse("exams:freeze_standard", args=[setting.pk]), follow=True)
    assert "12.60" in response.text
    assert response.redirect_chain[-1][0] == page


def test_officer_sees_no_sum_and_no_rating_while_a_round_runs(client, officer, module, setting, judges, at):
    rating.sign(sheet_of(setting, judges[0]), dict.fromkeys(ITEMS, 37), by=judges[0], at=at)
    page = client.get(conduct(client, officer, module))
    assert "7.77" not in page.text
    assert "怎样缓解考前焦虑？" not in page.text
    assert page.context["items"] == []


@pytest.mark.parametrize("chosen", [[0, 1], []])
def test_officer_is_refused_too_few_judges_and_keeps_her_choice(client, officer, module, judges, chosen):
    page = conduct(client, officer, module)
    response = client.post(page, {"judges": [judges[n].pk for n in chosen]})
    assert response.status_code == 422
    assert response.text.count(" checked") == len(chosen)
    assert not StandardSetting.objects.exists()


def test_officer_is_refused_an_unsigned_round_and_a_facility_not_known(client, officer, module, setting, judges, at):
    conduct(client, officer, module)
    response = client.post(reverse("exams:close_round", args=[setting.pk]))
    assert response.status_code == 422
    assert str(judges[0]) in str(response.context["close_form"].errors)
    standards.signed(setting, (50, 60, 70), at)
    client.post(reverse("exams:close_round", args=[setting.pk]))
    response = client.post(reverse("exams:open_round", args=[setting.pk]), {"show_facility": "on"})
    assert response.status_code == 422
    assert response.context["open_form"].errors["show_facility"]


def test_officer_dissolves_a_panel_with_a_reason_and_may_name_others(client, officer, module, setting):
    page = conduct(client, officer, module)
    address = reverse("exams:dissolve_standard", args=[setting.pk])
    assert address in client.get(page).text
    response = client.post(address, {"reason": " "})
    assert (response.status_code, "请写明解散评委组的原因" in response.text) == (422, True)
    response = client.post(address, {"reason": "一位评委病休"}, follow=True)
    assert "评委组已解散" in response.text
    assert (response.context["setting"], response.context["may_name"]) == (None, True)
    response = client.post(address, {"reason": "再来一次"})
    assert response.status_code == 422
    setting.refresh_from_db()
    assert setting.state == "dissolved"


def test_a_frozen_standard_is_shown_when_the_panel_after_it_is_dissolved(client, officer, module, setting, judges, at):
    standards.signed(setting, (50, 60, 70), at)
    rating.freeze(rating.close_round(setting, by=officer, at=at), by=officer, at=at)
    rating.dissolve(rating.name_judges(module, judges, by=officer, at=at), "人选有误", by=officer, at=at)
    page = client.get(conduct(client, officer, module))
    assert (page.context["setting"], page.context["may_name"]) == (setting, True)
    assert reverse("exams:dissolve_standard", args=[setting.pk]) not in page.text


def test_a_judge_who_became_a_candidate_is_named_to_the_officer_and_finds_no_sheet(
    client, officer, module, exam, setting, judges, at
):
    standards.registered(judges[0], exam)
    client.force_login(judges[0])
    assert client.get(address(setting, judges[0])).status_code == 404
    assert client.post(address(setting, judges[0]), {"r-1": "50"}).status_code == 404
    StandardSetting.objects.update(state="named")
    client.force_login(officer)
    response = client.post(reverse("exams:open_round", args=[setting.pk]))
    assert (response.status_code, str(judges[0]) in response.text) == (422, True)


def test_pages_of_the_officer_are_nobody_elses(client, module, setting, judges, tree):
    for stranger in (judges[0], people.officer(Appointment.Office.EXAM_OFFICER, tree.county, "县里人")):
        client.force_login(stranger)
        assert client.get(reverse("exams:standard", args=[module.pk])).status_code == 404
        for name in ("open_round", "close_round", "freeze_standard", "dissolve_standard"):
            assert client.post(reverse(f"exams:{name}", args=[setting.pk])).status_code == 404


@pytest.mark.parametrize("count", [3, 5])
def test_officers_page_takes_the_same_queries_for_more_judges(
    client, officer, exam, tree, at, count, django_assert_max_num_queries
):
    setting = standards.running(exam, officer, at, among=standards.judges(tree.city, count))
    standards.signed(setting, [60] * count, at)
    rating.close_round(setting, by=officer, at=at)
    page = conduct(client, officer, exams.module(exam))
    with django_assert_max_num_queries(12):
        assert client.get(page).status_code == 200


def test_cut_score_page_shows_the_line_of_the_judges_with_its_error(client, officer, tree, at):
    module = standards.frozen(exams.exam(tree.city, written="planning"), officer, (58, 60, 62), at)
    client.force_login(officer)
    page = client.get(reverse("exams:cut_score", args=[module.pk]))
    for text in ("12.60", "± 0.24", "12.36", "12.84"):
        assert text in page.text
    assert [(row["stage"], row["sat"]) for row in page.context["stage_rows"]] == [("primary", 3)]
