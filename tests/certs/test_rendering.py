"""The certificate as a document: one page that says what was frozen, drawn once, drawn again when lost."""

import io
import re
import threading
from pathlib import Path

import pypdf
import pytest
from django.db import connection

from certs import jobs, rendering, tasks
from certs.models import Credential
from lms.lib.printing import PrintingError
from tests.factories import certs, people


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    settings.SITE_URL = "https://certificates.example.org"
    return tmp_path


@pytest.fixture
def issue(tree):
    level, team = certs.level(tree.county), certs.staff(tree.county)

    def one(name="林知微", **more):
        return certs.issued(level, team, [people.teacher(name, school=tree.school)], **more)[0]

    return one


def pages(content):
    return pypdf.PdfReader(io.BytesIO(content)).pages


def words(content):
    return re.sub(r"[\s\u200b]", "", "".join(page.extract_text() for page in pages(content)))


def test_render_draws_one_landscape_page_that_says_what_was_certified(issue, private):
    credential = issue()
    rendering.render(credential.pk)
    credential.refresh_from_db()
    content = (private / credential.file).read_bytes()
    assert rendering.file_digest(content) == credential.file_digest
    assert [(round(p.mediabox.width), round(p.mediabox.height)) for p in pages(content)] == [(842, 595)]
    text = words(content)
    for fact in ("林知微", "澜溪县实验小学", "中小学心理健康教育教师B证", "2024年3月5日", "长期", credential.number):
        assert fact in text
    assert "参加2023年度心理健康教育教师上岗资格考试，笔试、口试与说课考核合格" in text
    assert "加盖发证机关印章后生效" in text
    assert "https://certificates.example.org/certificates/verify/" in text


def test_render_says_of_a_training_what_was_completed(tree):
    level = certs.level(tree.county, name="B级", validity_months=36)
    teacher = people.teacher("林知微", school=tree.school)
    facts = {"exam": "", "programme": "心理健康教育教师B证第4期培训", "hours": "96"}
    credential = certs.issued(level, certs.staff(tree.county), [teacher], **facts)[0]
    text = words(rendering.document(credential))
    assert "完成心理健康教育教师B证第4期培训规定的96学时，考核合格" in text
    assert "中小学心理健康教育教师证书（B级）" in text
    assert "至2027年3月5日" in text


def test_the_document_tells_nothing_of_its_holder_in_its_properties(issue):
    credential = issue()
    content = rendering.document(credential)
    reader = pypdf.PdfReader(io.BytesIO(content))
    told = f"{reader.metadata} {reader.trailer['/Root']['/Metadata'].get_data().decode()}"
    assert credential.number in told
    assert "林知微" not in told
    assert credential.teacher.id_number not in told + words(content)


@pytest.mark.parametrize(
    "name",
    [
        '#read("/etc/passwd")',
        "#place(center)[A证]",
        "*粗*_斜_`码`",
        "$x$@林",
        "<b>林</b>",
        "{{7*7}}&amp;",
        "䶮㛃𬭎",
        "x" * 60,
        "林" * 60,
        "阿卜杜热合曼·阿不都热西提",
    ],
)
def test_a_hostile_name_is_printed_as_it_is_on_one_page(name, issue):
    credential = issue(name)
    assert credential.facts["holder"] == name
    content = rendering.document(credential)
    assert len(pages(content)) == 1
    text = words(content)
    assert name.replace(" ", "") in text
    assert "root:" not in text


def test_the_longest_names_of_everything_stay_on_one_page(tree):
    county = tree.county
    county.name = "局" * 120
    county.save()
    level = certs.level(county, mark="Q", name="证" * 120)
    teacher = people.teacher("林" * 60, school=people.organisation("校" * 120, parent=county))
    credential = certs.issued(level, certs.staff(county), [teacher], exam="考" * 200)[0]
    content = rendering.document(credential)
    assert len(pages(content)) == 1
    for fact in ("局" * 120, "证" * 120, "林" * 60, "校" * 120, "考" * 200):
        assert fact in words(content)


def test_a_character_that_no_font_has_leaves_a_box_and_says_what_to_do(issue, caplog):
    credential = issue("林𠮷")
    text = words(rendering.document(credential))
    assert "林□" in text
    assert "由发证机关手写于方框内" in text
    assert "手写" not in words(rendering.document(issue("林知微")))


def test_render_is_a_no_op_when_it_was_drawn_before(issue, private):
    credential = issue()
    rendering.render(credential.pk)
    credential.refresh_from_db()
    before = (private / credential.file).stat()
    rendering.render(credential.pk)
    credential.refresh_from_db()
    assert (private / credential.file).stat().st_mtime_ns == before.st_mtime_ns
    assert len(list(private.rglob("*"))) == 2  # the folder and one file


@pytest.mark.parametrize(
    "harm", [Path.unlink, lambda path: path.write_bytes(b"%PDF another"), lambda p: p.write_bytes(b"")]
)
def test_document_is_drawn_again_from_the_same_facts_when_its_file_is_lost_or_altered(harm, issue, private):
    credential = issue()
    content = rendering.document(credential)
    digest = credential.file_digest
    harm(private / credential.file)
    assert rendering.document(Credential.objects.get(pk=credential.pk)) == content
    credential.refresh_from_db()
    assert credential.file_digest == digest
    assert (private / credential.file).read_bytes() == content
    assert len(list(private.rglob("*.pdf"))) == 1


def test_the_file_says_nothing_by_its_name_and_is_its_owners_alone(issue, private):
    credential = issue()
    rendering.render(credential.pk)
    credential.refresh_from_db()
    assert re.fullmatch(r"certificates/[0-9a-f]{32}\.pdf", credential.file)
    assert credential.token not in credential.file
    assert (private / credential.file).stat().st_mode & 0o077 == 0


def test_render_does_nothing_when_the_certificate_is_not_issued(tree, private):
    level, team = certs.level(tree.county), certs.staff(tree.county)
    batch = certs.batch(level, team.proposer, [people.teacher("林", school=tree.school)])
    tasks.render(batch.credentials.get().pk)
    tasks.render(987654)
    assert not list(private.rglob("*.pdf"))


def test_picture_shows_the_page(issue):
    assert rendering.picture(issue()).startswith(b"\x89PNG")


def test_sweep_draws_what_the_queue_lost_and_nothing_twice(issue, private):
    for name in ("一", "二", "三"):
        issue(name)
    assert jobs.sweep() == 3
    assert jobs.sweep() == 0
    assert len(list(private.rglob("*.pdf"))) == 3


def test_sweep_goes_on_when_one_certificate_cannot_be_drawn(issue, private, caplog):
    broken = issue("坏")
    broken.facts = {**broken.facts, "issued_on": "never"}
    broken.save()
    issue("好")
    assert jobs.sweep() == 1
    assert Credential.objects.not_drawn().get() == broken
    assert str(broken.pk) in caplog.text


def test_render_draws_the_others_when_one_of_several_cannot_be_drawn(issue, private):
    broken, sound = issue("坏"), issue("好")
    broken.facts = {**broken.facts, "issued_on": "never"}
    broken.save()
    with pytest.raises(PrintingError):
        tasks.render(broken.pk, sound.pk)
    assert Credential.objects.not_drawn().get() == broken
    assert len(list(private.rglob("*.pdf"))) == 1


def test_sweep_draws_a_bounded_number_at_a_time(issue, monkeypatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    for name in ("一", "二", "三"):
        issue(name)
    assert [jobs.sweep(), jobs.sweep(), jobs.sweep()] == [2, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_draw_at_once_one_file_stays(issue, private):
    credential = issue()
    got = []

    def draw():
        got.append(rendering.document(Credential.objects.get(pk=credential.pk)))
        connection.close()

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    credential.refresh_from_db()
    assert len(set(got)) == 1
    assert [path.read_bytes() for path in private.rglob("*.pdf")] == [got[0]]
    assert (private / credential.file).read_bytes() == got[0]
