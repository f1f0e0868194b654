"""Scans: judged by content, drawn anew without what a phone writes into them, kept where nobody finds them."""

import io

import pytest
from PIL import Image

from lms.lib import scans
from tests.factories import certs

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    return tmp_path


def opened(scan):
    return Image.open(io.BytesIO(scan.content))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_drawn_anew_as_jpeg(form):
    scan = scans.clean(certs.picture("red", form=form))
    assert (scan.ending, opened(scan).format, opened(scan).size) == (".jpg", "JPEG", (60, 80))


def test_what_the_phone_wrote_beside_the_picture_is_gone_and_it_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010F] = "某品牌手机"
    exif.get_ifd(0x8825)[1] = "N"  # where it was taken
    scan = scans.clean(certs.picture("red", (80, 60), "JPEG", exif=exif, comment=b"secret"))
    assert opened(scan).size == (60, 80)
    assert not opened(scan).getexif()
    for word in (b"Exif", "某品牌".encode(), b"secret"):
        assert word not in scan.content


def test_what_hides_behind_a_picture_is_gone():
    file = io.BytesIO(certs.picture("red").read() + b"<script>alert(1)</script>")
    assert b"script" not in scans.clean(file).content


def test_a_clear_picture_stands_on_white():
    file = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(file, "PNG")
    file.seek(0)
    assert opened(scans.clean(file)).getpixel((1, 1)) == (255, 255, 255)


def test_a_large_picture_is_made_smaller():
    assert max(opened(scans.clean(certs.picture("red", (4200, 900), "JPEG"))).size) == scans.LONGEST_SIDE


def test_a_pdf_stays_as_it_is():
    assert scans.clean(io.BytesIO(PDF)) == scans.Scan(PDF, ".pdf")


def test_the_same_picture_has_the_same_digest():
    one, other = (scans.clean(certs.picture("red")) for _ in range(2))
    assert one.digest == other.digest != scans.clean(certs.picture("blue")).digest


@pytest.mark.parametrize("nothing", [None, io.BytesIO(b"")])
def test_clean_is_refused_when_there_is_no_file(nothing):
    with pytest.raises(scans.ScanMissing):
        scans.clean(nothing)


def test_clean_is_refused_when_the_file_is_too_big():
    with pytest.raises(scans.ScanTooBig, match="10"):
        scans.clean(io.BytesIO(b"%PDF-" + b"0" * scans.MAX_BYTES))


def test_clean_is_refused_when_the_picture_has_too_many_points():
    with pytest.raises(scans.TooManyPixels, match="40"):
        scans.clean(certs.picture("white", (8001, 5000)))


@pytest.mark.parametrize("size", [(10_000, 9_500), (15_000, 13_000)])
def test_clean_is_refused_when_the_picture_would_unpack_to_a_mountain(size):
    """Its head alone claims the size; nothing of it is unpacked."""
    file = io.BytesIO()
    Image.new("1", size).save(file, "PNG")
    file.seek(0)
    with pytest.raises(scans.TooManyPixels):
        scans.clean(file)


@pytest.mark.parametrize(
    "content",
    [
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\nbroken",
        b"%PDF-1.7 cut",
        b"PK\x03\x04",
    ],
)
def test_clean_is_refused_when_it_is_neither_picture_nor_pdf(content):
    with pytest.raises(scans.NotAScan):
        scans.clean(io.BytesIO(content))


def test_clean_is_refused_for_another_kind_of_picture_and_for_one_cut_short():
    with pytest.raises(scans.NotAScan):
        scans.clean(certs.picture("red", form="GIF"))
    whole = certs.picture("red", (600, 800), "JPEG").read()
    with pytest.raises(scans.NotAScan):
        scans.clean(io.BytesIO(whole[: len(whole) // 2]))


def test_a_scan_is_kept_under_a_random_name_for_nobody_else(private):
    scan = scans.Scan(PDF, ".pdf")
    one, other = scans.write(scan), scans.write(scan)
    assert one != other
    assert (private / one).stat().st_mode & 0o777 == 0o600
    assert scans.read(one, scan.digest) == scan


def test_a_scan_that_was_changed_or_removed_is_not_read(private):
    scan = scans.Scan(PDF, ".pdf")
    name = scans.write(scan)
    (private / name).write_bytes(PDF + b" ")
    assert scans.read(name, scan.digest) is None
    scans.forget(name)
    assert scans.read(name, scan.digest) is None
