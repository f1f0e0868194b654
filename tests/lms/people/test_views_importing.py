"""The pages of a file that is brought in: every state has its look, every refusal stays beside what was typed."""

import io

import openpyxl
import pytest
from django.urls import reverse

from lms.lib import clock, sheets
from lms.people import importing, loading
from lms.people.models import Appointment, ImportRun, Teacher
from tests.factories import people
from tests.factories.imports import brought, checked, committed, row, saved, workbook

OFFICE = Appointment.Office
State = ImportRun.State
NEW = ("people:import_new", ["people.teachers"])


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县")


@pytest.fixture
def client(client, officer):
    client.force_login(officer)
    return client


@pytest.fixture
def now():
    return clock.now()


def address(name, *args):
    return reverse(f"people:{name}", args=args)


def page(client, run, **asked):
    return client.get(address("import_run", run.pk), asked)


def named(file, name="花名册.xlsx"):
    file.name = name
    return file


def test_the_wizard_leads_from_a_faulty_file_to_registered_teachers_and_back(client, queue):
    given = row()
    with queue.committing():
        response = client.post(reverse(*NEW[:1], args=NEW[1]), {"file": named(workbook(row(手机="1380000"), given))})
    run = ImportRun.objects.get()
    assert response["Location"] == address("import_run", run.pk)
    assert 'http-equiv="refresh"' in client.get(response["Location"]).content.decode()
    with queue.committing():
        queue.drain()
    shown = client.get(response["Location"]).content.decode()
    assert "1380000" in shown
    assert given["身份证件号"] not in shown
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(address("import_marked", run.pk)).streaming_content)))
    book.active.cell(2, [cell.value for cell in book.active[1]].index("手机") + 1, "19900000009")
    with queue.committing():
        client.post(reverse(NEW[0], args=NEW[1]), {"file": saved(book)})
    with queue.committing():
        queue.drain()
    assert ImportRun.objects.get(pk=run.pk).state == State.ABANDONED
    run = ImportRun.objects.get(state=State.CHECKED)
    assert not Teacher.objects.exists()
    shown = page(client, run).content.decode()
    assert "林知微" in shown
    assert given["身份证件号"] not in shown
    response = client.post(address("import_commit", run.pk), follow=True)
    assert response.status_code == 200
    assert Teacher.objects.count() == 2
    response = client.post(address("import_undo", run.pk), follow=True)
    assert response.status_code == 200
    assert not Teacher.objects.exists()


def test_a_file_that_is_too_large_is_refused_beside_its_field(client, monkeypatch):
    monkeypatch.setattr(loading, "MAX_BYTES", 10)
    response = client.post(reverse(NEW[0], args=NEW[1]), {"file": named(io.BytesIO(b"x" * 11))})
    assert response.status_code == 409
    assert response.context["form"].errors["file"] == [str(sheets.FileTooBig(limit=0))]
    assert client.post(reverse(NEW[0], args=NEW[1]), {}).status_code == 422
    assert not ImportRun.objects.exists()


def test_who_holds_two_offices_says_for_which_unit(client, tree, officer):
    people.appointment(officer, OFFICE.EXAM_OFFICER, tree.neighbour)
    new = reverse(NEW[0], args=NEW[1])
    assert client.post(new, {"file": named(workbook(row()))}).status_code == 422
    assert client.post(new, {"file": named(workbook(row())), "unit": tree.province.pk}).status_code == 422
    client.post(new, {"file": named(workbook(row())), "unit": tree.neighbour.pk})
    assert ImportRun.objects.get().organisation == tree.neighbour


def test_the_first_step_speaks_of_a_file_left_unfinished(client, tree, officer, now):
    run = checked(officer, tree.county, now, row())
    assert client.get(reverse(NEW[0], args=NEW[1])).context["unfinished"] == run


def test_a_file_being_worked_on_is_asked_for_again_and_shows_how_far_it_is(client, tree, officer, now):
    run = brought(officer, tree.county, now, row())
    assert "<progress" in page(client, run).content.decode()
    ImportRun.objects.update(progress=2000, row_count=5000)
    assert "2000 / 5000" in page(client, run).content.decode()
    for state in (State.COMMITTING, State.UNDOING):
        ImportRun.objects.update(state=state)
        assert 'http-equiv="refresh"' in page(client, run).content.decode()


def test_a_refused_file_says_why(client, tree, officer, now):
    run = checked(officer, tree.county, now, file=io.BytesIO(b"?"))
    assert str(sheets.NotAWorkbook()) in page(client, run).content.decode()


def test_faults_are_narrowed_to_a_column_and_a_row_is_shown_in_the_workbook(client, tree, officer, now):
    rows = [row(手机="1", 岗位="x"), row(), row(岗位="y"), row()]
    run = checked(officer, tree.county, now, *rows)
    context = page(client, run, column="岗位", row="4").context
    assert [fault["row"] for fault, _expected, _sentence in context["faults"]] == [2, 4]
    assert [number for number, _cells in context["excerpt"]["rows"]] == [3, 4, 5]
    assert [number for number, _cells in page(client, run, row="2").context["excerpt"]["rows"]] == [2, 3]
    assert rows[0]["身份证件号"] not in str(context["excerpt"])
    for odd in ({"row": "x"}, {"row": "99999"}, {"row": "1"}, {"column": "?"}, {"page": "99"}):
        assert page(client, run, **odd).status_code == 200


def test_only_so_many_faults_and_notes_are_listed(client, tree, officer, now, monkeypatch):
    monkeypatch.setattr(loading, "MAX_TOLD", 3)
    run = checked(officer, tree.county, now, *[row(手机="1", 姓名="林\u3000微") for _each in range(5)])
    response = page(client, run)
    assert len(response.context["faults"]) == 3
    assert "3" in response.content.decode()


def test_the_preview_sorts_people_and_offers_to_let_go_who_is_not_listed(client, tree, officer, now):
    gone = people.teacher("丙离", school=tree.school)
    run = checked(officer, tree.county, now, row(), row())
    context = page(client, run).context
    assert [tab["count"] for tab in context["tabs"]] == [2, 1]
    assert [choice.key for choice in context["choices"]] == [str(tree.school.pk)]
    left = page(client, run, sort="left").context["rows"]
    assert left[0][1][0][1] == "丙离"
    assert page(client, run, sort="?", page="9").status_code == 200
    client.post(address("import_commit", run.pk), {"chosen": [str(tree.school.pk)]})
    assert gone.postings.get().until_on is not None


def test_a_file_that_changes_nothing_has_nothing_to_import(client, tree, officer, now):
    teacher = people.teacher("何远", school=tree.school, post="classroom_teacher")
    given = row(姓名="何远", 身份证件号=teacher.id_number, 岗位="学科教师", 手机=None)
    run = checked(officer, tree.county, now, given)
    response = page(client, run)
    assert (response.status_code, response.context["rows"]) == (200, [])
    assert 'class="btn btn-l"' not in response.content.decode()


@pytest.mark.parametrize("size", [1, 3])
def test_the_preview_asks_as_much_for_three_rows_as_for_one(
    client, tree, officer, now, size, django_assert_max_num_queries
):
    run = checked(officer, tree.county, now, *[row() for _each in range(size)])
    with django_assert_max_num_queries(14):
        page(client, run)


@pytest.mark.parametrize("size", [0, 1, 3])
def test_the_list_asks_as_much_for_three_files_as_for_one(
    client, tree, officer, now, size, django_assert_max_num_queries
):
    for _each in range(size):
        committed(officer, tree.county, now, row())
    with django_assert_max_num_queries(14):
        response = client.get(address("imports"))
    assert len(response.context["rows"]) == size


def test_a_commit_that_is_refused_says_why_on_the_page(client, tree, officer, now):
    run = checked(officer, tree.county, now, row())
    tree.school.closed_on = clock.local_date(now)
    tree.school.save()
    response = client.post(address("import_commit", run.pk), HTTP_REFERER=f"http://testserver{address('imports')}")
    assert response.status_code == 302
    assert ImportRun.objects.get().state == State.CHECKED
    assert not Teacher.objects.exists()


def test_what_the_queue_was_refused_is_told_on_the_page(client, tree, officer, now, monkeypatch):
    monkeypatch.setattr(loading, "LARGE", 0)
    run = checked(officer, tree.county, now, row())
    client.post(address("import_commit", run.pk))
    tree.school.closed_on = clock.local_date(now)
    tree.school.save()
    loading.load(run.pk, now)
    response = page(client, run)
    assert str(response.context["refusal"]) in response.content.decode()


def test_a_file_given_up_or_undone_has_its_page(client, tree, officer, now):
    run = checked(officer, tree.county, now, row())
    response = client.post(address("import_abandon", run.pk))
    assert response["Location"] == reverse(NEW[0], args=NEW[1])
    assert "没有导入任何内容" in page(client, run).text
    done = committed(officer, tree.county, now, row())
    importing.undo(run=done, by=officer, at=now)
    assert "撤销时间" in page(client, done).text


@pytest.mark.parametrize(
    ("state", "step"),
    [("waiting", 2), ("refused", 2), ("committing", 4), ("undoing", 0), ("undone", 0), ("abandoned", 0)],
)
def test_the_steps_show_where_a_file_stands_and_none_where_it_is_off_the_way(client, tree, officer, now, state, step):
    run = checked(officer, tree.county, now, row())
    ImportRun.objects.update(state=state, committed_at=now)
    text = page(client, run).text
    assert text.count('<li class="done">') == max(0, step - 1)
    assert text.count('aria-current="step"') == min(step, 1)


def test_the_template_is_a_workbook(client):
    response = client.get(address("import_template", "people.teachers"))
    assert b"".join(response.streaming_content)[:2] == b"PK"


def test_files_are_not_found_by_others(client, tree, officer, now):
    run = checked(officer, tree.county, now, row())
    faulty = checked(people.officer(OFFICE.BUREAU_OFFICER, tree.county), tree.county, now, row(手机="1"))
    gets = [address("import_run", run.pk), address("import_marked", faulty.pk)]
    posts = [address(name, run.pk) for name in ("import_commit", "import_undo", "import_abandon")]
    for stranger in (
        people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour),
        people.officer(OFFICE.AUDITOR, tree.county),
        people.teacher("何远", school=tree.school).user,
    ):
        client.force_login(stranger)
        assert {client.get(each).status_code for each in gets} == {404}
        assert {client.post(each).status_code for each in posts} == {404}
    assert client.get(address("imports")).status_code == 404
    assert client.get(reverse(NEW[0], args=NEW[1])).status_code == 404
    assert client.get(address("import_template", "people.teachers")).status_code == 404
    client.force_login(officer)
    assert client.get(address("import_new", "people.nothing")).status_code == 404
    assert client.get(address("import_marked", run.pk)).status_code == 404
    client.logout()
    assert {client.get(each).status_code for each in gets} == {302}
