"""Lessons read from Markdown and from Word."""

import io
import zipfile
from html import escape

import pytest

from cms.formats import markdown, word

HEAD = """---
标题：先看见
英文标题：Seeing first
最少学习：25 分钟
每次抽题：2
来源：
- 《中华人民共和国精神卫生法》
- 另一份来源
---
"""


def kinds(draft):
    return [each["type"] for each in draft.blocks]


def whys(draft):
    return [(each.line, each.why) for each in draft.remarks]


def box(name, text):
    return f"```{name}\n{text}\n```\n"


def test_markdown_head_names_the_lesson():
    draft = markdown.read("1.md", HEAD + "正文。\n")
    assert (draft.title, draft.title_en, draft.minutes, draft.ask) == ("先看见", "Seeing first", 25, 2)
    assert draft.sources == ["《中华人民共和国精神卫生法》", "另一份来源"]
    assert whys(draft) == []


def test_markdown_text_keeps_what_an_editor_may_use():
    text = "## 小标题\n\n一段**要紧**的话，\n接着说。\n\n- 一\n- 二\n\n1. 甲\n\n---\n\n见[这里](https://example.org/a?b=1&c=2)。\n"
    (block,) = markdown.read("1.md", text).blocks
    assert block["value"] == (
        "<h2>小标题</h2><p>一段<b>要紧</b>的话，接着说。</p><ul><li>一</li><li>二</li></ul><ol><li>甲</li></ol>"
        '<hr/><p>见<a href="https://example.org/a?b=1&amp;c=2">这里</a>。</p>'
    )


def test_markdown_text_carries_no_markup_of_its_own():
    draft = markdown.read("1.md", "<script>alert(1)</script>\n\n[看](javascript:alert(1)) 与 <b onclick=x>字</b>\n")
    text = "".join(each["value"] for each in draft.blocks)
    assert "<script" not in text
    assert "<a" not in text
    assert "<b onclick" not in text


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("# 一级标题\n", (1, "heading_1")),
        ("| 甲 | 乙 |\n|---|---|\n| 一 | 二 |\n", (1, "table")),
        ("正文\n\n    print(1)\n", (3, "markup")),
        ("正文\n\n" + box("流程图", "甲到乙"), (3, "fence_unknown")),
        (box("引用 教基一〔2012〕15号", "原文"), (1, "regulation_untitled")),
        ("---\n作者：某人\n---\n正文\n", (2, "key_unknown")),
        ("---\n最少学习：很久\n---\n正文\n", (2, "number_expected")),
    ],
)
def test_markdown_says_what_it_did_not_understand(text, remark):
    draft = markdown.read("1.md", text)
    assert whys(draft) == [remark]
    assert draft.remarks[0].sentence


def test_markdown_keeps_the_words_of_what_it_did_not_understand():
    draft = markdown.read("1.md", "| 甲 | 乙 |\n|---|---|\n| 一 | 二 |\n\n" + box("流程图", "甲到乙"))
    text = "".join(each["value"] for each in draft.blocks)
    assert "甲 · 乙" in text
    assert "一 · 二" in text
    assert "甲到乙" in text


def test_markdown_pictures_come_behind_their_paragraph():
    draft = markdown.read("1.md", "先说。\n\n![一片 海](图/a%20b.png)\n\n看![帆](c.jpg)这里。\n")
    assert kinds(draft) == ["text", "picture", "text", "picture"]
    assert draft.blocks[2]["value"] == "<p>看这里。</p>"
    assert [(each.line, each.path, each.block["value"]["alt"]) for each in draft.pictures] == [
        (3, "图/a b.png", "一片 海"),
        (5, "c.jpg", "帆"),
    ]
    assert draft.remarks == []


def test_markdown_boxes_become_blocks():
    text = (
        box("提示", "慢一点。")
        + box("引用 教基一〔2012〕15号 《纲要》第三条", "原文一句。")
        + box("思考", "您的班上呢？")
        + box("题目", "单选\n选哪个？\nA. 甲\nB. 乙\n答案：B\n解析：因为。")
    )
    draft = markdown.read("1.md", text)
    assert kinds(draft) == ["callout", "regulation", "reflection", "question"]
    regulation = draft.blocks[1]["value"]
    assert (regulation["number"], regulation["title"], regulation["article"]) == (
        "教基一〔2012〕15号",
        "纲要",
        "第三条",
    )
    assert draft.blocks[2]["value"] == {"prompt": "您的班上呢？"}


def test_markdown_questions_of_every_kind():
    text = (
        box("题目", "单选\n题干\n第二行\nA. 甲\nB、乙\n答案：B\n解析：因为\n所以")
        + box("题目", "多选题\n选几个\nA. 甲\nB. 乙\nC. 丙\n答案：A、C\n解析：因为")
        + box("题目", "判断\n一句话。\n答案：错\n解析：因为")
        + box("题目", "填空\n先____后____。\n答案：共情/同理心、倾听\n解析：因为")
    )
    draft = markdown.read("1.md", text)
    assert draft.remarks == []
    single, multiple, judged, filled = (each["value"] for each in draft.blocks)
    assert single["stem"] == "题干\n第二行"
    assert single["explanation"] == "因为\n所以"
    assert [each["is_right"] for each in single["options"]] == [False, True]
    assert [each["is_right"] for each in multiple["options"]] == [True, False, True]
    assert (judged["kind"], judged["is_true"]) == ("true_false", False)
    assert filled["blanks"] == "共情/同理心\n倾听"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("问答\n题干\n答案：甲\n解析：乙", "kind_unknown"),
        ("单选\n题干\nA. 甲\nB. 乙\n解析：乙", "no_answer"),
        ("判断\n一句话\n答案：也许\n解析：乙", "no_answer"),
        ("单选\n题干\nA. 甲\nB. 乙\n答案：A", "no_explanation"),
        ("单选\n题干\nA. 甲\nB. 乙\n答案：AB\n解析：乙", "question_unusable"),
        ("填空\n没有空\n答案：甲\n解析：乙", "question_unusable"),
    ],
)
def test_markdown_leaves_a_question_out_and_says_so_when_it_cannot_be_asked(text, why):
    draft = markdown.read("1.md", "正文\n\n" + box("题目", text))
    assert kinds(draft) == ["text"]
    assert whys(draft) == [(3, why)]


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(*paragraphs, table="", picture=b""):
    """A Word file of these paragraphs; one that begins with # is a heading of the first order, ## of the second. A
    picture stands in a last paragraph."""
    body = ""
    for each in paragraphs:
        depth = len(each) - len(each.lstrip("#"))
        style = f'<w:pPr><w:pStyle w:val="Heading{depth}"/></w:pPr>' if depth else ""
        runs = "<w:br/>".join(
            f'<w:t xml:space="preserve">{escape(part)}</w:t>' for part in each.lstrip("# ").split("\n")
        )
        body += f"<w:p>{style}<w:r>{runs}</w:r></w:p>"
    if picture:
        body += (
            '<w:p><w:r><w:t>看</w:t></w:r><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/'
            'wordprocessingDrawing"><wp:docPr id="1" name="1" descr="海边"/><a:graphic xmlns:a="http://schemas.openxmlformats.org/'
            'drawingml/2006/main"><a:graphicData><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
            '<pic:blipFill><a:blip r:embed="p1" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/>'
            "</pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
        )
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/></w:style>' for n in (1, 2)
    )
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
            "</Types>",
        )
        archive.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        if picture:
            archive.writestr(
                "word/_rels/document.xml.rels",
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                '<Relationship Id="p1" Target="media/1.png" '
                'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"/>'
                "</Relationships>",
            )
            archive.writestr("word/media/1.png", picture)
        archive.writestr("word/styles.xml", f'<w:styles xmlns:w="{W}">{styles}</w:styles>')
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{body}{table}</w:body></w:document>')
    return kept.getvalue()


def test_word_is_read_into_the_same_blocks():
    draft = word.read(
        "1.docx",
        docx(
            "# 先看见",
            "最少学习：25",
            "来源：《精神卫生法》",
            "## 小标题",
            "一段 <b> 话。",
            "【提示】慢一点。",
            "【引用】教基一〔2012〕15号《纲要》",
            "原文一句。",
            "【思考】您的班上呢？",
            "【题目】单选",
            "选哪个？",
            "A. 甲\nB. 乙",
            "答案：B",
            "解析：因为。",
            "最后一段。",
        ),
    )
    assert (draft.title, draft.minutes, draft.sources) == ("先看见", 25, ["《精神卫生法》"])
    assert kinds(draft) == ["text", "callout", "regulation", "reflection", "question", "text"]
    assert draft.blocks[0]["value"] == "<h2>小标题</h2><p>一段 &lt;b&gt; 话。</p>"
    assert draft.blocks[2]["value"]["text"] == "原文一句。"
    assert draft.blocks[4]["value"]["stem"] == "选哪个？"
    assert draft.remarks == []


def test_word_pictures_come_behind_their_paragraph():
    draft = word.read("1.docx", docx("# 题", "正文", "【提示】慢", picture=b"\x89PNG.."))
    assert kinds(draft) == ["text", "callout", "text", "picture"]
    assert [(each.path, each.content, each.block["value"]["alt"]) for each in draft.pictures] == [
        ("", b"\x89PNG..", "海边")
    ]
    assert draft.remarks == []


def test_word_tables_are_kept_as_lines_and_told():
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    table = f"<w:tbl><w:tr>{cell.format('甲')}{cell.format('乙')}</w:tr></w:tbl>"
    draft = word.read("1.docx", docx("# 题", "正文", table=table))
    assert [each.why for each in draft.remarks] == ["table"]
    assert "甲 · 乙" in draft.blocks[0]["value"]


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04broken"])
def test_word_says_so_when_it_is_no_document(content):
    draft = word.read("1.docx", content)
    assert [each.why for each in draft.remarks] == ["not_word"]
    assert draft.blocks == []


def test_word_is_not_opened_when_it_unpacks_beyond_measure():
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 10_000_000)
    assert [each.why for each in word.read("1.docx", kept.getvalue()).remarks] == ["not_word"]
