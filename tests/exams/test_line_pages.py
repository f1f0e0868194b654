"""The cut score's page: what it shows without a script, who may propose, who may decide, and who never sees it."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from exams import standard_setting
from exams.models import CutScore, ModuleResult, Stage
from lms.people.models import Appointment
from tests.factories import exams, people
from tests.factories import marking as make

D = Decimal
PASSWORD = "correct horse battery"


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "沈拟定", password=PASSWORD)


@pytest.fixture
def second(tree):
    return people.officer(Appointment.Office.SIGNATORY, tree.city, "周批准", password=PASSWORD)


@pytest.fixture
def module(tree):
    exam = exams.exam(tree.city, written="scores_checked")
    for score, school in (
        ("58", tree.school),
        ("60", tree.school),
        ("71.25", tree.other_school),
        ("80", tree.city_school),
    ):
        make.scored(exam, score, school=school)
    return exams.module(exam)


@pytest.fixture
def proposed(module, officer, at):
    return standard_setting.propose(module, D(60), "达到合格要求", by=officer, at=at)


def page_of(module):
    return reverse("exams:cut_score", args=[module.pk])


def test_exams_page_leads_to_the_proposal_when_none_stands(client, module, officer):
    client.force_login(officer)
    step = client.get(reverse("exams:exam", args=[module.stage.exam_id])).context["step"]
    assert (step.label, step.address) == ("拟定分数线", page_of(module))


def test_exams_page_says_that_a_line_waits_when_one_is_proposed(client, proposed, second):
    client.force_login(second)
    step = client.get(reverse("exams:exam", args=[proposed.module.stage.exam_id])).context["step"]
    assert (step.kind, step.label, step.address) == ("lock", "核对后决定", page_of(proposed.module))
    assert "60.00" in step.title
    assert "沈拟定" in step.text


def test_page_shows_the_plans_line_at_first(client, module, officer):
    client.force_login(officer)
    page = client.get(page_of(module))
    assert page.context["seen"]["value"] == "60.00"
    assert page.context["seen"]["passing"] == 3
    assert "<svg" in page.text
    assert "澜溪县" in page.text


def test_page_looks_at_another_line_without_a_script(client, module, officer):
    client.force_login(officer)
    page = client.get(page_of(module), {"value": "71.25"})
    assert (page.context["seen"]["value"], page.context["seen"]["passing"]) == ("71.25", 2)
    assert not CutScore.objects.exists()


@pytest.mark.parametrize("value", ["101", "-1", "60.005", "六十", "NaN"])
def test_page_keeps_a_line_that_is_none_and_says_why(client, module, officer, value):
    client.force_login(officer)
    page = client.get(page_of(module), {"value": value})
    assert page.status_code == 200
    assert page.context["seen"]["value"] == "60.00"
    assert page.context["mistyped"]
    assert f'value="{value}"' in page.text
    assert 'role="alert"' in page.text


def test_page_is_empty_before_the_scores_are_checked(client, module, officer):
    Stage.objects.filter(pk=module.stage_id).update(state="marking")
    client.force_login(officer)
    page = client.get(page_of(module))
    assert page.context["seen"] is None
    assert "71.25" not in page.text


def test_page_shows_no_name_of_a_candidate(client, module, officer, tree):
    make.scored(module.stage.exam, "66.75", who="欧阳金丝雀", school=tree.school)
    client.force_login(officer)
    text = client.get(page_of(module)).text
    assert "66.75" in text
    assert "欧阳金丝雀" not in text


def test_page_is_not_for_strangers(client, module, proposed, tree):
    candidate = ModuleResult.objects.first().entry.candidate.teacher.user
    strangers = [
        candidate,
        people.officer(Appointment.Office.EXAM_OFFICER, tree.county),
        people.officer(Appointment.Office.CLERK, tree.city),
        people.officer(Appointment.Office.MARKER, tree.city),
        people.officer(Appointment.Office.BUREAU_OFFICER, tree.city),
    ]
    for stranger in strangers:
        client.force_login(stranger)
        assert client.get(page_of(module)).status_code == 404
        assert client.get(reverse("exams:line_units", args=[module.pk])).status_code == 404
        assert client.post(reverse("exams:propose_line", args=[module.pk]), {"value": "60"}).status_code == 404
        for act in ("approve", "return"):
            assert client.post(reverse(f"exams:{act}_line", args=[proposed.pk]), {"reason": "?"}).status_code == 404


def test_an_auditor_looks_and_decides_nothing(client, module, proposed, tree):
    client.force_login(people.officer(Appointment.Office.AUDITOR, tree.city, password=PASSWORD))
    page = client.get(page_of(module))
    assert page.status_code == 200
    assert 'name="password"' not in page.text
    response = client.post(
        reverse("exams:approve_line", args=[proposed.pk]),
        {"seen_digest": proposed.seen_digest, "password": PASSWORD},
    )
    assert response.status_code == 422
    proposed.refresh_from_db()
    assert proposed.state == "proposed"


def test_propose_from_the_page(client, module, officer):
    client.force_login(officer)
    form = client.get(page_of(module), {"value": "59.5"}).text
    value = re.search(r'name="value" value="([\d.]+)"', form[form.index("propose/") :]).group(1)
    response = client.post(reverse("exams:propose_line", args=[module.pk]), {"value": value, "reason": "与上年相当"})
    assert response.headers["Location"] == page_of(module)
    assert CutScore.objects.get().value == D("59.50")


def test_propose_refused_keeps_the_reason(client, module, officer):
    client.force_login(officer)
    address = reverse("exams:propose_line", args=[module.pk])
    response = client.post(address, {"value": "101", "reason": "写得很仔细的理由"})
    assert response.status_code == 422
    assert "写得很仔细的理由" in response.text
    response = client.post(address, {"value": "61", "reason": " "})
    assert response.status_code == 422
    assert response.context["seen"]["value"] == "61.00"
    assert not CutScore.objects.exists()


def test_the_proposer_sees_that_another_decides(client, module, proposed, officer):
    client.force_login(officer)
    page = client.get(page_of(module))
    assert page.context["is_proposer"]
    assert not page.context["may_decide"]
    assert 'name="password"' not in page.text


def approve(client, cut, **typed):
    return client.post(reverse("exams:approve_line", args=[cut.pk]), typed)


def give_back(client, cut, **typed):
    return client.post(reverse("exams:return_line", args=[cut.pk]), typed)


def digest_on(page):
    return re.search(r'name="seen_digest" value="(\w+)"', page.text).group(1)


def test_the_second_person_approves_what_the_page_shows(client, module, proposed, second):
    client.force_login(second)
    page = client.get(page_of(module))
    assert "60.00" in page.text
    response = approve(client, proposed, seen_digest=digest_on(page), password=PASSWORD)
    assert response.headers["Location"] == page_of(module)
    proposed.refresh_from_db()
    assert (proposed.state, proposed.decided_by) == ("approved", second)
    assert "周批准" in client.get(page_of(module)).text


def test_approval_with_a_wrong_password_is_refused(client, module, proposed, second):
    client.force_login(second)
    seen = digest_on(client.get(page_of(module)))
    response = approve(client, proposed, seen_digest=seen, password="wrong")
    assert response.status_code == 422
    assert response.context["approve_form"].errors["password"]
    assert digest_on(response) == seen
    proposed.refresh_from_db()
    assert proposed.state == "proposed"


def test_approval_of_figures_that_changed_meanwhile_is_refused(client, module, proposed, second):
    client.force_login(second)
    seen = digest_on(client.get(page_of(module)))
    ModuleResult.objects.filter(score=D("71.25")).update(score=D("59"))
    response = approve(client, proposed, seen_digest=seen, password=PASSWORD)
    assert response.status_code == 422
    assert str(standard_setting.ChangedSince.sentence) in response.text
    proposed.refresh_from_db()
    assert proposed.state == "proposed"


def test_the_proposer_cannot_approve_by_hand(client, proposed, officer):
    client.force_login(officer)
    response = approve(client, proposed, seen_digest=proposed.seen_digest, password=PASSWORD)
    assert response.status_code == 422
    proposed.refresh_from_db()
    assert proposed.state == "proposed"


def test_returning_asks_for_a_reason_and_shows_it_to_the_proposer(client, module, proposed, officer, second):
    client.force_login(second)
    assert give_back(client, proposed, reason=" ").status_code == 422
    assert give_back(client, proposed, reason="请附上年数据").status_code == 302
    client.force_login(officer)
    assert "请附上年数据" in client.get(page_of(module)).text


def test_another_line_is_looked_at_without_a_decision(client, module, proposed, second):
    client.force_login(second)
    page = client.get(page_of(module), {"value": "62"})
    assert page.context["seen"]["value"] == "62.00"
    assert 'name="password"' not in page.text


def test_units_are_exported(client, module, officer):
    client.force_login(officer)
    response = client.get(reverse("exams:line_units", args=[module.pk]), {"value": "60"})
    assert response.status_code == 200
    assert response.getvalue()[:2] == b"PK"


@pytest.mark.parametrize("count", [1, 5])
def test_page_takes_the_same_queries_for_more_candidates(client, module, officer, django_assert_max_num_queries, count):
    for _ in range(count):
        make.scored(module.stage.exam, "70")
    client.force_login(officer)
    with django_assert_max_num_queries(20):
        assert client.get(page_of(module)).status_code == 200
