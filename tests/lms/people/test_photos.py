"""Whatever a phone sends becomes one small upright JPEG that tells nothing but the picture."""

import io
import struct
import zlib

import pytest
from PIL import Image

from lms.people import photos


def picture(size=(900, 1200), kind="JPEG", mode="RGB", colour="teal", **more):
    written = io.BytesIO()
    Image.new(mode, size, colour).save(written, kind, **more)
    written.seek(0)
    return written


def opened(jpeg):
    return Image.open(io.BytesIO(jpeg))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(900, 1200), (4000, 1000), (300, 3000), (240, 240)])
def test_prepare_makes_one_shape_of_every_kind(kind, size):
    made = opened(photos.prepare(picture(size, kind)))
    assert (made.format, made.size, made.mode) == ("JPEG", (480, 640), "RGB")


def test_prepare_keeps_the_middle():
    wide = Image.new("RGB", (1600, 640), "red")
    wide.paste(Image.new("RGB", (480, 640), "blue"), (560, 0))
    written = io.BytesIO()
    wide.save(written, "PNG")
    written.seek(0)
    made = opened(photos.prepare(written))
    for point in ((5, 5), (474, 634), (240, 320)):
        red, _green, blue = made.getpixel(point)
        assert blue > 200 > red


def test_prepare_turns_it_upright_and_drops_what_the_camera_wrote():
    lying = Image.new("RGB", (1200, 900), "white")
    lying.paste(Image.new("RGB", (300, 900), "black"), (0, 0))  # the left edge: the top, once it stands
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise by 90 degrees
    exif[0x010F] = "Some phone"
    exif.get_ifd(0x8825)[1] = "N"
    written = io.BytesIO()
    lying.save(written, "JPEG", exif=exif, comment=b"where I live")
    written.seek(0)
    jpeg = photos.prepare(written)
    made = opened(jpeg)
    assert made.getpixel((240, 10))[0] < 60 < 200 < made.getpixel((240, 630))[0]
    assert not made.getexif()
    assert b"Some phone" not in jpeg
    assert b"where I live" not in jpeg


def test_prepare_puts_white_behind_what_is_transparent():
    made = opened(photos.prepare(picture(kind="PNG", mode="RGBA", colour=(0, 0, 0, 0))))
    assert min(made.getpixel((240, 320))) > 250


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "LA", "I;16"])
def test_prepare_reads_every_mode(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    colour = 0 if mode in ("1", "L", "P", "I;16") else None
    assert opened(photos.prepare(picture((500, 700), kind, mode, colour))).mode == "RGB"


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO"])
def test_prepare_is_refused_for_other_kinds_whatever_the_name_says(kind):
    with pytest.raises(photos.NoPicture):
        photos.prepare(picture((300, 300), kind))


@pytest.mark.parametrize("content", [b"", b"not a picture", b"<svg/>", b"\xff\xd8\xff", b"GIF89a", b"%PDF-1.4"])
def test_prepare_is_refused_for_what_is_no_picture(content):
    with pytest.raises(photos.NoPicture):
        photos.prepare(io.BytesIO(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_prepare_is_refused_when_the_file_is_cut_short(kind):
    whole = picture((900, 1200), kind, colour="red").getvalue()
    with pytest.raises(photos.NoPicture):
        photos.prepare(io.BytesIO(whole[: len(whole) // 2]))


def bomb(width, height):
    """A PNG whose head promises a picture that was never paid for."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(6400, 6251), (30000, 30000), (2**31 - 1, 2)])
def test_prepare_looks_at_the_head_before_it_decodes(size, monkeypatch):
    def decoded(*_args, **_more):
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    with pytest.raises((photos.PictureTooLarge, photos.NoPicture)):
        photos.prepare(io.BytesIO(bomb(*size)))


def test_prepare_is_refused_when_too_heavy_or_too_small(monkeypatch):
    with pytest.raises(photos.PictureTooSmall):
        photos.prepare(picture((239, 800)))
    monkeypatch.setattr(photos, "MOST_BYTES", 1000)
    with pytest.raises(photos.PictureTooHeavy):
        photos.prepare(io.BytesIO(b"x" * 1001))


def test_store_gives_random_names_and_remove_forgets(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    names = {photos.store(b"x") for _each in range(3)}
    assert len(names) == 3
    for name in names:
        assert photos.path_of(name).parent == tmp_path / "photos"
        photos.remove(name)
        photos.remove(name)
    photos.remove("")
    assert list((tmp_path / "photos").iterdir()) == []
