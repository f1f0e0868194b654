"""PDFs become one, in their order; what cannot be read is said."""

import pypdf
import pytest

from lms.lib import joining


def pdf(place, name, width):
    writer = pypdf.PdfWriter()
    writer.add_blank_page(width, 100)
    writer.write(place / name)
    return place / name


def test_join_keeps_the_order_and_counts_the_pages(tmp_path):
    pieces = [pdf(tmp_path, f"{width}.pdf", width) for width in (300, 200, 400)]
    assert joining.join(pieces, tmp_path / "whole") == 3
    assert [page.mediabox.width for page in pypdf.PdfReader(tmp_path / "whole").pages] == [300, 200, 400]


def test_join_raises_for_what_is_no_pdf(tmp_path):
    (tmp_path / "torn").write_bytes(b"%PDF-1.7 torn")
    with pytest.raises(joining.JoiningError):
        joining.join([tmp_path / "torn"], tmp_path / "whole")
