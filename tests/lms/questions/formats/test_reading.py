"""What a reader takes in, and what it tells by the line instead."""

import io
import stat
import zipfile
from decimal import Decimal

import pytest

from lms.questions.formats import gift_reading, limits, moodle_reading, package, qti
from lms.questions.formats.limits import Unreadable
from lms.questions.formats.xml_tree import parse
from lms.questions.items import Item, Reported
from tests.lms.questions.formats.shapes import PNG


def gift(text):
    return gift_reading.read(text.encode())


def moodle(inside):
    return moodle_reading.read(f"<quiz>\n{inside}\n</quiz>".encode())


def moodle_question(kind, inside, text="题干"):
    return moodle(
        f'<question type="{kind}"><name><text>题名</text></name><questiontext format="html"><text>{text}</text>'
        f"</questiontext><defaultgrade>2.0</defaultgrade>{inside}</question>"
    )


def answers(*fractions):
    return "".join(f'<answer fraction="{each}"><text>选项{n}</text></answer>' for n, each in enumerate(fractions))


ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="i1" title="题名" {more}>
<responseDeclaration identifier="R" cardinality="{cardinality}" baseType="identifier"><correctResponse>{right}
</correctResponse>{mapping}</responseDeclaration>{before}<itemBody>{body}</itemBody>
<responseProcessing template="http://www.imsglobal.org/question/qti_v2p2/rptemplates/{rule}"/></assessmentItem>"""
CHOICE = (
    '<p>题干</p><choiceInteraction responseIdentifier="R"><simpleChoice identifier="a">甲</simpleChoice>'
    '<simpleChoice identifier="b">乙</simpleChoice><simpleChoice identifier="c">丙</simpleChoice></choiceInteraction>'
)


def qti_item(body=CHOICE, *, right=("a",), cardinality="single", rule="match_correct", mapping="", more="", before=""):
    right = "".join(f"<value>{each}</value>" for each in right)
    return ITEM.format(
        body=body, right=right, cardinality=cardinality, rule=rule, mapping=mapping, more=more, before=before
    ).encode()


def test_gift_keeps_names_topics_comments_and_escapes():
    [found] = gift(
        "$CATEGORY: $course$/情绪/考试//测验\n\n// [id:S001] [tag:期末] [points:2.5] [difficulty:easy]\n"
        "// a remark\n::题\\:名::[plain]用\\{括号\\}吗？\\n第二行{=对#好\\=的 ~%50%半对\n~不对####解析\\#1}"
    )
    assert found == Item(
        kind="single",
        stem="用{括号}吗？\n第二行",
        body={"options": [{"id": "A", "text": "对"}, {"id": "B", "text": "半对"}, {"id": "C", "text": "不对"}]},
        key={"right": ["A"], "weights": {"A": "1", "B": "1/2"}, "feedback": {"answers": {"A": "好=的"}}},
        points=Decimal("2.5"),
        title="题:名",
        code="S001",
        topic=("情绪", "考试/测验"),
        explanation="解析#1",
        difficulty="easy",
        tags=("期末",),
    )
    assert found.line == 5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("只是一段说明。", "description"),
        ("没有结束的题{=对 ~错", "syntax"),
        ("多出来的}括号", "syntax"),
        ("两处{=甲}和{=乙}", "several_blocks"),
        ("题{就这样}", "syntax"),
        ("题{=对 ~%33%错}", "grade_invalid"),
        ("题{=对 ~%-50%错}", "negative"),
        ("题{~%50%甲 ~%40%乙 ~丙}", "problem"),
        ("题{#四}", "syntax"),
        ("题{#5..3}", "syntax"),
        ("题{=甲 =甲}", "variant_twice"),
        ("题{}", "problem"),
        ("题{>2 RANDOM VERTICAL ALL_OR_NOTHING\n甲\n乙\n}", "ordering_policy"),
        ("题{=甲 -> =乙 -> 子}", "syntax"),
        ("<table><tr><td>1</td></tr></table>{T}", "markup"),
        ("题{" + "".join(f"~%50%选{n} " for n in range(27)) + "}", "too_many_options"),
        ("// [points:0.25]\n题{T}", "points"),
    ],
)
def test_gift_tells_by_its_line_what_cannot_be_kept(text, reason):
    before, found, after = gift(f"好题{{T}}\n\n{text}\n\n也是好题{{F}}")
    assert isinstance(before, Item)
    assert isinstance(after, Item)
    assert isinstance(found, Reported)
    assert (found.line, found.reason) == (4 if text.startswith("//") else 3, reason)


def test_gift_is_read_in_the_encodings_that_people_save():
    for encoding in ("utf-8-sig", "utf-16", "gb18030"):
        [found] = gift_reading.read("焦虑有益处吗？{T}".encode(encoding))
        assert found.stem == "焦虑有益处吗？"
    with pytest.raises(Unreadable, match="encoding"):
        gift_reading.read(b"\x00\xff\xff\x81")


def test_gift_is_known_by_its_braces():
    assert gift_reading.looks_like("题{T}".encode())
    assert not gift_reading.looks_like("编号,题型\n1,单选".encode())
    assert not gift_reading.looks_like(b"\x00\x01")


@pytest.mark.parametrize(
    ("kind", "inside", "reason"),
    [
        ("description", "", "description"),
        ("calculated", answers(100, 0), "kind_unknown"),
        ("ddwtos", "", "kind_unknown"),
        ("multichoice", "<single>true</single>" + answers(100, -50), "negative"),
        ("multichoice", "<single>false</single>" + answers(33, 33, 33), "grade_invalid"),
        ("multichoice", "<single>false</single>" + answers(50, 0), "problem"),
        ("truefalse", answers(100, 0), "syntax"),
        ("essay", "<attachmentsrequired>1</attachmentsrequired>", "attachments"),
        ("essay", "<responsetemplate><text>模板</text></responsetemplate>", "response_template"),
        ("essay", "<maxwordlimit>20</maxwordlimit>", "word_limit"),
        ("essay", "", "problem"),
        ("numerical", '<answer fraction="100"><text>1</text></answer><units><unit/></units>', "units"),
        ("numerical", '<answer fraction="100"><text>x</text></answer>', "syntax"),
        ("ordering", "<gradingtype>RELATIVE_ALL</gradingtype>" + answers(100, 100), "ordering_policy"),
        ("ordering", "<gradingtype>0</gradingtype><selecttype>RANDOM</selecttype>" + answers(100), "ordering_policy"),
        ("matching", "<subquestion><text>甲</text></subquestion>", "syntax"),
        ("cloze", "", "cloze"),
    ],
)
def test_moodle_xml_tells_by_its_line_what_cannot_be_kept(kind, inside, reason):
    [found] = moodle_question(kind, inside)
    assert isinstance(found, Reported)
    assert (found.line, found.title, found.reason) == (2, "题名", reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{1:MULTICHOICE:=甲~乙}", "cloze"),
        ("{1:SA:=甲}和{2:SA:=乙}", "cloze"),
        ("____和{1:SA:=乙}", "cloze"),
        ("<![CDATA[<img src='@@PLUGINFILE@@/a.png'>]]>", "media_missing"),
    ],
)
def test_moodle_xml_tells_of_embedded_answers_that_are_no_words(text, reason):
    assert [each.reason for each in moodle_question("cloze", "", text)] == [reason]


def test_moodle_xml_keeps_files_feedback_hints_and_tags():
    file = '<file name="图.png" encoding="base64">iVBORw0KGgoAAAAAAAAAAAAAAAAAAAAAAAAAAA==</file>'
    [found] = moodle(
        '<question type="category"><category><text>$course$/top/情绪//压力/考试</text></category></question>'
        '<question type="multichoice"><name><text>题名</text></name><questiontext format="html"><text>'
        '<![CDATA[<p>看图</p><img src="@@PLUGINFILE@@/%E5%9B%BE.png" alt="图">]]></text>' + file + "</questiontext>"
        "<generalfeedback format='html'><text>解析</text></generalfeedback><defaultgrade>1.5</defaultgrade>"
        "<idnumber>S9</idnumber><single>false</single><partiallycorrectfeedback format='html'><text>差一点</text>"
        "</partiallycorrectfeedback>" + answers(50, 50, -50) + "<hint format='html'><text>想想定义</text></hint>"
        "<tags><tag><text>difficulty:hard</text></tag><tag><text>期末:卷A</text></tag></tags></question>"
    )
    assert found.stem == f"看图\n\n![图](media:{found.media[0].id})"
    assert found.media[0].content[:8] == PNG[:8]
    assert found.key == {
        "right": ["A", "B"],
        "policy": "per_option",
        "feedback": {"whole": {"partly": "差一点"}, "hints": ["想想定义"]},
    }
    assert (found.topic, found.code, found.points) == (("情绪/压力", "考试"), "S9", Decimal("1.5"))
    assert (found.explanation, found.difficulty, found.tags) == ("解析", "hard", ("期末:卷A",))


ENTITIES = '<!DOCTYPE quiz [<!ENTITY a SYSTEM "file:///etc/passwd">]><quiz>&a;</quiz>'
BOMB = '<!DOCTYPE q [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><quiz>&b;</quiz>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (ENTITIES.encode(), "entities"),
        (BOMB.encode(), "entities"),
        (b"<quiz><question></quiz>", "not_xml"),
        (b"no xml", "not_xml"),
        (b"", "not_xml"),
        (b"<html></html>", "not_moodle"),
        (b"<quiz>" + b"<a>" * 70 + b"</a>" * 70 + b"</quiz>", "too_deep"),
        (b'<?xml version="1.0" encoding="klingon"?><quiz/>', "not_xml"),
    ],
)
def test_a_dangerous_or_broken_xml_file_is_not_read(content, reason):
    with pytest.raises(Unreadable) as refused:
        moodle_reading.read(content)
    assert refused.value.reason == reason


def test_a_file_beyond_the_limits_is_not_read(monkeypatch):
    monkeypatch.setattr(limits, "MAX_BYTES", 10)
    with pytest.raises(Unreadable, match="too_big"):
        parse(b"<quiz></quiz>")


def test_xml_in_a_chinese_encoding_is_read():
    root = parse('<?xml version="1.0" encoding="GBK"?><quiz><text>情绪</text></quiz>'.encode("gb18030"))
    assert root.text_of("text") == "情绪"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"more": 'adaptive="true"'}, "adaptive"),
        ({"before": "<templateDeclaration/>"}, "template"),
        ({"body": "<p>只是说明</p>"}, "description"),
        ({"body": CHOICE + CHOICE}, "several_interactions"),
        ({"body": '<hotspotInteraction responseIdentifier="R"/>'}, "kind_unknown"),
        ({"rule": "map_response_point"}, "processing"),
        ({"rule": "map_response"}, "processing"),
        ({"right": ["z"]}, "problem"),
        ({"body": "<table><tr><td>1</td></tr></table>" + CHOICE}, "markup"),
        (
            {"rule": "map_response", "mapping": '<mapping><mapEntry mapKey="b" mappedValue="-1"/></mapping>'},
            "negative",
        ),
        (
            {
                "rule": "map_response",
                "mapping": '<mapping upperBound="1"><mapEntry mapKey="a" mappedValue="2"/></mapping>',
            },
            "points",
        ),
    ],
)
def test_qti_tells_what_cannot_be_kept(changed, reason):
    [found] = qti.read(qti_item(**changed))
    assert isinstance(found, Reported)
    assert (found.title, found.reason) == ("题名", reason)


def test_qti_choices_are_taken_by_their_rules():
    [single] = qti.read(qti_item())
    assert (single.kind, single.key, single.stem) == ("single", {"right": ["A"]}, "题干")
    [multiple] = qti.read(qti_item(right=("c", "a"), cardinality="multiple"))
    assert multiple.key == {"right": ["A", "C"], "policy": "all_or_nothing"}
    entries = '<mapEntry mapKey="a" mappedValue="2"/><mapEntry mapKey="b" mappedValue="1"/>'
    mapping = f'<mapping defaultValue="0">{entries}</mapping>'
    [weighed] = qti.read(qti_item(rule="map_response", mapping=mapping))
    assert (weighed.key, weighed.points) == ({"right": ["A"], "weights": {"A": "1", "B": "1/2"}}, Decimal(2))


def zipped(**files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


MANIFEST = """<manifest><resources><resource type="imsqti_item_xmlv2p1" href="items/one.xml"/>
<resource type="imsqti_item_xmlv2p1" href="items/gone.xml"/><resource type="imsqti_item_xmlv2p2" href="items/bad.xml"/>
<resource type="imsqti_test_xmlv2p1" href="test.xml"/><resource type="webcontent" href="img/a.png"/>
</resources></manifest>"""


def test_a_package_gives_its_items_with_their_pictures_and_tells_the_rest():
    body = '<p><img src="../img/a.png" alt="图"/></p>' + CHOICE
    files = {"imsmanifest.xml": MANIFEST, "items/one.xml": qti_item(body), "items/bad.xml": BOMB, "img/a.png": PNG}
    found = qti.read_package(zipped(**files))
    assert [getattr(each, "reason", "in") for each in found] == ["in", "file_missing", "file_entities", "test"]
    assert found[0].media[0].content == PNG
    assert [each.line for each in found[1:]] == [2, 2, 3]


def linked():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (zipped(**{"../x.xml": "x"}), "path"),
        (zipped(**{"/etc/x": "x"}), "path"),
        (zipped(**{"a\\..\\x": "x"}), "path"),
        (zipped(**{"C:x": "x"}), "path"),
        (zipped(**{"x" * 300: "x"}), "path"),
        (linked(), "path"),
        (zipped(**{"a.xml": "x"}), "no_manifest"),
        (b"PK\x03\x04 broken", "not_zip"),
    ],
)
def test_a_dangerous_package_is_not_opened(content, reason):
    with pytest.raises(Unreadable) as refused:
        qti.read_package(content)
    assert refused.value.reason == reason


def test_a_package_that_unpacks_to_far_more_is_not_opened(monkeypatch):
    monkeypatch.setattr(package, "MAX_UNPACKED", 1000)
    with pytest.raises(Unreadable, match="unpacks"):
        package.opened(zipped(**{"imsmanifest.xml": "0" * 2000}))
