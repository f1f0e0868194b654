"""Office files: told apart by what is inside, and refused with everything that endangers whoever opens one."""

import io

import pytest

from lms.lib import office
from tests.factories import files

EXTERNAL = '<Relationship Type="http://x/{}" Target="http://evil.example" TargetMode="External"/>'


def ending(content):
    return office.ending_of(io.BytesIO(content), len(content))


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx"])
def test_ending_of_says_what_is_inside(kind):
    assert ending(files.office(kind)) == kind


def test_ending_of_lets_a_link_pass_that_a_reader_clicks():
    assert ending(files.office(relations=EXTERNAL.format("hyperlink"))) == "docx"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (files.office().replace(b"word/document", b"word/documenx"), office.NotOfficeError),
        (b"PK\x03\x04" + b"\0" * 60, office.BrokenError),
        (b"<script>" + files.office(), office.BrokenError),
        (files.office() + b"<script>", office.BrokenError),
        (files.office(extra=[("x/_rels/a.rels", "<!DOCTYPE a []><a/>")]), office.BrokenError),
        (files.office(extra=[("word/vbaProject.bin", "x")]), office.MacrosError),
        (files.office(type_="application/vnd.ms-word.document.macroEnabled.main+xml"), office.MacrosError),
        (files.office(relations=EXTERNAL.format("attachedTemplate")), office.MacrosError),
        (files.office(extra=[("word/media/a.bin", b"\0" * 9_000_000)]), office.TooBigError),
    ],
)
def test_ending_of_refuses_what_pretends_or_endangers(content, error):
    with pytest.raises(error):
        ending(content)
