"""Text of an editor on a page: the marks she is offered and nothing else, whatever way it came in."""

import pytest
from wagtail.rich_text import RichText

from cms import richtext
from cms.templatetags import lessons as words
from tests.factories import courses

OUTSIDE = '<a href="{}" rel="noopener noreferrer" target="_blank">x</a>'


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<h2>题</h2><p>正<b>文</b></p><ol><li>一</li></ol>", "<h2>题</h2><p>正<b>文</b></p><ol><li>一</li></ol>"),
        ('<p onclick="x()" style="color:red" class="y" id="z">甲</p>', "<p>甲</p>"),
        ("甲<script>alert(1)</script><style>p{}</style><!-- 乙 -->", "甲"),
        ('<img src="x" onerror="alert(1)"><iframe src="//e"></iframe><h1>大</h1>', "大"),
        ("<svg><a xlink:href='javascript:alert(1)'>甲</a></svg>", "<a>甲</a>"),
        ('<embed embedtype="media" url="https://e.example"/>甲', "甲"),
        ("1 &lt; 2 &amp; 3", "1 &lt; 2 &amp; 3"),
    ],
)
def test_shown_keeps_the_marks_of_the_editor_and_drops_all_else(written, shown):
    assert richtext.shown(written).source == shown
    assert richtext.shown(RichText(written)).source == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://e.example/a?b=1", OUTSIDE.format("https://e.example/a?b=1")),
        ("HTTP://E.example", OUTSIDE.format("HTTP://E.example")),
        ("//e.example", OUTSIDE.format("//e.example")),
        ("/\\e.example", OUTSIDE.format("/\\e.example")),
        ("mailto:a@e.example", OUTSIDE.format("mailto:a@e.example")),
        ("/home/", '<a href="/home/">x</a>'),
        ("#part", '<a href="#part">x</a>'),
        ("javascript:alert(1)", "<a>x</a>"),
        (" java\tscript:alert(1)", "<a>x</a>"),
        ("data:text/html,x", "<a>x</a>"),
        ("", "<a>x</a>"),
    ],
)
def test_shown_lets_links_lead_out_without_telling_where_from(address, shown):
    assert richtext.shown(f'<a href="{address}" onclick="x()">x</a>').source == shown


def test_shown_resolves_a_link_to_a_page_of_this_site(tree):
    w = courses.world(tree.county)
    linked = richtext.shown(f'<a linktype="page" id="{w.course.pk}">课程</a>')
    assert w.course.address in str(linked) and "target" not in str(linked)


@pytest.mark.parametrize("nothing", [None, "", RichText("")])
def test_shown_is_empty_where_nothing_was_written(nothing):
    assert richtext.shown(nothing).source == ""


def test_entry_is_none_where_there_is_no_dictionary_or_key():
    assert words.entry({"7": 95}, 7) == 95
    assert words.entry({}, 7) is None
    assert words.entry(None, 7) is None
    assert words.entry("", 7) is None
