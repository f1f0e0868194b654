import base64

import pytest

from lms.questions.formats.texts import LONGEST, Texts
from lms.questions.items import NotWhole
from tests.lms.questions.formats.shapes import MP3, PNG

FILES = {"图 1.png": PNG, "a/b.png": PNG, "x.svg": b"<svg/>", "hi.mp3": MP3}


def read(html):
    texts = Texts(FILES.get)
    return texts.html(html), texts.media


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>一段</p><p>二段</p>", "一段\n\n二段"),
        ("<p>一行<br />二行</p>", "一行\n二行"),
        ("<p>有 <b>粗</b> 和\n <i>斜</i></p>", "有 粗 和 斜"),
        (
            "<p>看：</p><ul><li>甲</li><li>乙<ol><li>子</li><li>丑</li></ol></li></ul><p>完</p>",
            "看：\n\n- 甲\n- 乙\n  1. 子\n  2. 丑\n\n完",
        ),
        ("1 &lt; 2 &amp; 3&nbsp;&gt; x", "1 < 2 & 3 > x"),
        ("a<sup>2</sup>+H<sub>2</sub>O", "a²+H₂O"),
        ('<a href="https://example.org/x">文件</a>', "文件 (https://example.org/x)"),
        ("<ruby>心<rp>(</rp><rt>xīn</rt><rp>)</rp></ruby>", "心（xīn）"),
        ("<style>p{color:red}</style><p>只有字</p>", "只有字"),
        ('<div style="white-space: pre-wrap">两  格\n新行</div>', "两  格\n新行"),
        ("x < 5 且 y > 3", "x < 5 且 y > 3"),
    ],
)
def test_html_becomes_plain_text_with_its_paragraphs_and_lists(html, text):
    assert read(html) == (text, ())


@pytest.mark.parametrize(
    ("html", "reason", "facts"),
    [
        ("<table><tr><td>1</td></tr></table>", "markup", {"what": "table"}),
        ("<script>alert(1)</script>", "markup", {"what": "script"}),
        ("<iframe src='https://example.org'></iframe>", "markup", {"what": "iframe"}),
        ("<math><mi>x</mi></math>", "markup", {"what": "math"}),
        ("<svg></svg>", "markup", {"what": "svg"}),
        ("<p><s>删</s></p>", "markup", {"what": "s"}),
        ("x<sup>甲</sup>", "markup", {"what": "sup"}),
        ("<a href='javascript:alert(1)'>看</a>", "markup", {"what": "a"}),
        (r"求 \(x^2\) 的值", "formula", {}),
        ("求 $$x^2$$ 的值", "formula", {}),
        ('<img src="https://example.org/a.png">', "media_elsewhere", {"name": "https://example.org/a.png"}),
        ('<img src="file:///etc/passwd">', "media_elsewhere", {"name": "file:///etc/passwd"}),
        ('<img src="@@PLUGINFILE@@/not-there.png">', "media_missing", {"name": "not-there.png"}),
        ('<img src="@@PLUGINFILE@@/x.svg">', "media_kind", {"name": "x.svg"}),
        ('<img src="data:image/png;base64,!!">', "media_kind", {"name": "picture"}),
        ("<video src='@@PLUGINFILE@@/hi.mp3'></video>", "markup", {"what": "video"}),
        ("字" * (LONGEST + 1), "too_long", {"limit": LONGEST}),
    ],
)
def test_html_that_cannot_be_kept_whole_is_told(html, reason, facts):
    with pytest.raises(NotWhole) as told:
        read(html)
    assert (told.value.reason, told.value.facts) == (reason, facts)


@pytest.mark.parametrize(
    ("html", "says", "content"),
    [
        ('看 <img src="@@PLUGINFILE@@/%E5%9B%BE%201.png" alt="一[张]图">', "看 ![一（张）图](media:{})", PNG),
        ('听 <audio controls><source src="@@PLUGINFILE@@/hi.mp3"></audio>', "听 !♪[hi.mp3](media:{})", MP3),
        ('<a href="@@PLUGINFILE@@/hi.mp3">听</a>', "听 !♪[hi.mp3](media:{})", MP3),
        (f'<img alt="图" src="data:image/png;base64,{base64.b64encode(PNG).decode()}">', "![图](media:{})", PNG),
    ],
)
def test_pictures_and_sounds_are_gathered_and_marked_in_the_text(html, says, content):
    text, [media] = read(html)
    assert media.content == content
    assert text == says.format(media.id)


def test_markdown_and_the_format_of_moodle_become_plain_text():
    texts = Texts()
    assert texts.of_format("markdown", "**粗** 与\n\n- 甲\n- 乙") == "粗 与\n\n- 甲\n- 乙"
    assert texts.of_format("moodle_auto_format", "一行\n二行 <b>粗</b>") == "一行\n二行 粗"
    assert texts.of_format("moodle_auto_format", "一行\n  1 < 2") == "一行\n  1 < 2"
    assert texts.of_format("plain_text", " <b>照写</b>\r\n二行 ") == "<b>照写</b>\n二行"
