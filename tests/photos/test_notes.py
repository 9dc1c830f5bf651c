"""Good pixels beside broken notes: the pixels are read, the notes passed over."""

import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from helpers import photos
from helpers.photos import notes
from tests.test_photos import STORED, chunk, encode, scene, turned

KINDS = {"PNG": {}, "JPEG": {}, "WEBP": {"lossless": True}}
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PNG, JPEG = encode(scene(), "PNG"), encode(scene(), "JPEG")
SIDEWAYS = STORED[6](scene())
TIFF = b"MM\0*\0\0\0\x08"  # EXIF is written as one
ONE = b"Exif\0\0" + TIFF + b"\0\1"  # with one line
EXIF = {
    "garbage": b"garbage",
    "garbage behind its name": b"Exif\0\0garbage",
    "cut short": b"Exif\0\0\0\x08\0\x02\x01\x12\0\x03",
    "cut in its first line": b"Exif\0\0" + TIFF + b"\0\x05",
    "named twice": b"Exif\0\0Exif\0\0" + TIFF,
    "orientation 9": ONE + b"\x01\x12\0\3\0\0\0\1\0\x09\0\0\0\0\0\0",
    "orientation of 4 GB": b"Exif\0\0"
    + TIFF
    + b"\0\1\x01\x12\0\3\xff\xff\xff\xff\0\0\0",
    "orientation as text": b"Exif\0\0"
    + TIFF
    + b"\0\1\x01\x12\0\2\0\0\0\4six\0\0\0\0\0",
    "a circle": ONE + b"\x87\x69\0\4\0\0\0\1\0\0\0\x08\0\0\0\x08",
    "nothing": b"Exif\0\0",
}


@pytest.fixture(autouse=True)
def in_silence(recwarn, capfd):
    """No note may be worth a line on stderr."""
    yield
    assert not recwarn.list and not capfd.readouterr().err


def same(data: bytes, clean: bytes) -> None:
    seen = photos.load_photo(data)
    np.testing.assert_array_equal(seen, photos.load_photo(clean))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("exif", EXIF.values(), ids=EXIF)
def test_exif_that_cannot_be_read_is_passed_over(kind, exif):
    clean = encode(scene(), kind, **KINDS[kind])
    same(encode(scene(), kind, exif=exif, **KINDS[kind]), clean)


def png_with(*chunks: bytes, last=False) -> bytes:
    """Put chunks behind the head of a picture that lies on its side, or at its end."""
    data = encode(SIDEWAYS, "PNG", exif=turned(6))
    at = len(data) - 12 if last else 33
    return data[:at] + b"".join(chunks) + data[at:]


def wrong(good: bytes) -> bytes:
    """Spoil a chunk's checksum."""
    return good[:-1] + bytes([good[-1] ^ 1])


PROFILE = b"a\0\0" + zlib.compress(SRGB)
ZIPPED = zlib.compress(b"x" * 2_000_000)
CHUNKS = {
    "zTXt of 2 MB": chunk(b"zTXt", b"workflow\0\0" + ZIPPED),
    "iTXt of 2 MB": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + ZIPPED),
    "zTXt that is none": chunk(b"zTXt", b"workflow\0\0broken"),
    "zTXt of an unknown method": chunk(b"zTXt", b"workflow\0\7broken"),
    "tEXt with a wrong checksum": wrong(chunk(b"tEXt", b"a\0b")),
    "time with a wrong checksum": wrong(chunk(b"tIME", bytes(7))),
    "profile with a wrong checksum": wrong(
        chunk(b"iCCP", b"a\0\0" + zlib.compress(SRGB))
    ),
    "profile of 2 MB": chunk(b"iCCP", b"a\0\0" + ZIPPED),
    "profile of an unknown method": chunk(b"iCCP", b"a\0\7broken"),
    "profile without a name's end": chunk(b"iCCP", b"a"),
    "thousands of profiles": 5000 * chunk(b"iCCP", b"a\0\0" + ZIPPED),
    "64 MB of text": 70 * chunk(b"tEXt", b"a\0" + bytes(1_000_000)),
    "transparency too short": chunk(b"tRNS", b"\0"),
    "gamma too short": chunk(b"gAMA", b"\0"),
    "size of a pixel too short": chunk(b"pHYs", b"\0"),
    "sRGB without its byte": chunk(b"sRGB", b""),
    "white point too short": chunk(b"cHRM", b"\0"),
    "an animation of no frames": chunk(b"acTL", bytes(8)),
    "a frame of another picture": chunk(b"fcTL", bytes(26)),
    "a name that is none": chunk(b"a\0b\xff", b""),
}


@pytest.mark.parametrize("last", [False, True], ids=["first", "last"])
@pytest.mark.parametrize("extra", CHUNKS.values(), ids=CHUNKS)
def test_a_png_is_read_and_turned_whatever_else_it_says(extra, last):
    same(png_with(extra, last=last), PNG)


@pytest.mark.parametrize("body", [b"\xff" * 300 + b"\0", b"\0\x80" * 200])
def test_transparency_beyond_the_palette_is_passed_over(body):
    """Pillow says of some of these "palette index out of range"."""
    data = encode(Image.fromarray(scene()).quantize(200), "PNG")
    at = data.index(b"IDAT") - 4
    same(data[:at] + chunk(b"tRNS", body) + data[at:], data)


def test_a_png_that_image_magick_wrote_is_turned():
    """It stores EXIF as text in hexadecimal digits."""
    exif = turned(6).tobytes()
    lines = f"\nexif\n{len(exif):8}\n{exif.hex()}\n"
    for zipped in (True, False):
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", "a" * 100, zip=True)
        info.add_text("Raw profile type exif", lines, zip=zipped)
        same(encode(SIDEWAYS, "PNG", pnginfo=info), PNG)


def segment(kind: int, body: bytes) -> bytes:
    """Write a segment of a JPEG."""
    return bytes([0xFF, kind]) + (len(body) + 2).to_bytes(2, "big") + body


EXIF_6 = segment(0xE1, turned(6).tobytes())
SEGMENTS = {
    "JFIF too short": segment(0xE0, b"JFIF\0"),
    "JFIF cut in its name": segment(0xE0, b"JF"),
    "XMP that is none": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<broken"),
    "IPTC cut short": segment(0xED, b"Photoshop 3.0\0008BIM\4\4"),
    "IPTC longer than its segment": segment(0xED, b"Photoshop 3.0\0008BIM\3\xed\0\0\0"),
    "Adobe too short": segment(0xEE, b"Adobe"),
    "list of pictures that is none": segment(0xE2, b"MPF\0broken"),
    "list of pictures cut short": segment(0xE2, b"MPF\0MM\0*\0\0\0\x08\0\3\xb0\1"),
    "profile without a number": segment(0xE2, b"ICC_PROFILE\0"),
    "second of three profiles": segment(0xE2, b"ICC_PROFILE\0\2\3" + SRGB[:100]),
    "profile that is none": segment(0xE2, b"ICC_PROFILE\0\1\1broken"),
    "comments": 200 * segment(0xFE, b"\xff\xd8\xff" * 1000),
    "a second EXIF": segment(0xE1, b"Exif\0\0garbage"),
    "a segment of no bytes": segment(0xE5, b""),
}


@pytest.mark.parametrize("extra", SEGMENTS.values(), ids=SEGMENTS)
def test_a_jpeg_is_read_and_turned_whatever_else_it_says(extra):
    stored = encode(SIDEWAYS, "JPEG", quality=95)
    clean = stored[:2] + EXIF_6 + stored[2:]
    same(stored[:2] + EXIF_6 + extra + stored[2:], clean)
    upright = photos.to_input(scene()).astype(int)
    assert np.abs(photos.load_photo(clean) - upright).max() < 12


@pytest.mark.parametrize("kept", [0, 100, 0.5])
def test_what_lies_behind_a_picture_does_not_matter(kept):
    """Phones put a second picture, a depth map or a film behind the first."""
    second = [Image.fromarray(scene() // 2)]
    two = encode(scene(), "MPO", save_all=True, append_images=second)
    first = two.index(b"\xff\xd9") + 2
    kept = int(kept * (len(two) - first)) if kept == 0.5 else kept
    same(two[: first + kept], JPEG)
    same(JPEG + bytes(1_000_000), JPEG)
    same(PNG + bytes(1_000_000), PNG)


@pytest.mark.parametrize("kind", ["exif", "xmp"])
@pytest.mark.parametrize("size", [0, 10, 2_000_000])
def test_a_webp_is_read_whatever_else_it_says(kind, size):
    clean = encode(scene(), "WEBP", lossless=True)
    same(encode(scene(), "WEBP", lossless=True, **{kind: b"<" * size}), clean)


def test_nothing_else_is_touched():
    for data in (b"", b"text", encode(scene(), "GIF"), encode(scene(), "WEBP")):
        assert notes.without_notes(data) == data
    for data in (PNG, JPEG):
        assert notes.without_notes(data) == data
        assert notes.without_notes(data[:-100]) == data[:-100]


def kept(extra: bytes) -> bool:
    """Say whether a chunk of a PNG is kept; what else there is must be."""
    found = notes.without_notes(png_with(extra))
    assert found in (png_with(extra), png_with())
    return found == png_with(extra)


def test_what_tells_colours_and_orientation_is_kept_and_text_is_not():
    xmp = b"XML:com.adobe.xmp\0"
    assert kept(chunk(b"iTXt", xmp + b"\0\0\0\0<x/>"))
    assert kept(chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"a")))
    assert kept(chunk(b"iCCP", PROFILE))
    assert not kept(chunk(b"iCCP", PROFILE.replace(b"a\0\0", b"a\0\1")))
    assert not kept(chunk(b"iCCP", PROFILE[:-1]))
    assert not kept(chunk(b"iTXt", xmp + b"\1\0\0\0" + zlib.compress(b"<x/>")))
    assert kept(chunk(b"CgBI", bytes(4)))  # Apple's; in capitals, so it is needed
    for name, key in [
        (b"iTXt", b"Comment"),
        (b"tEXt", b"Comment"),
        (b"tEXt", b"XML:com.adobe.xmp"),
        (b"iTXt", b"Raw profile type exif"),
        (b"tIME", b"Raw profile type exif"),
    ]:
        assert not kept(chunk(name, key + b"\0\0\0\0\0<x/>"))


@pytest.mark.parametrize("more, stays", [(0, True), (1, False)])
def test_a_note_of_a_megabyte_is_kept_and_no_byte_more(more, stays):
    size = PngImagePlugin.MAX_TEXT_CHUNK + more
    head, end = PNG[:33], PNG[33:]
    note = chunk(b"eXIf", bytes(size))
    assert (notes.without_notes(head + note + end) != PNG) == stays
    zipped = chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(size)))
    assert (notes.without_notes(head + zipped + end) != PNG) == stays
    exif = turned(6).tobytes().ljust(size + 6, b"\0")  # a WEBP lacks Exif's name
    sideways, upright = (encode(p, "WEBP", lossless=True) for p in (SIDEWAYS, scene()))
    turns = encode(SIDEWAYS, "WEBP", lossless=True, exif=exif)
    same(turns, upright if stays else sideways)


TEXT, COMMENT = chunk(b"tEXt", b"a\0b"), segment(0xFE, b"mine")


@pytest.mark.parametrize("begin, end, note", [
    (PNG[:33], chunk(b"IEND", b""), TEXT), (JPEG[:2], segment(0xDA, b""), COMMENT)
])  # fmt: skip
def test_a_file_of_too_many_parts_comes_back_cut_short(begin, end, note, monkeypatch):
    assert notes.MAX_PARTS == 4_000_000
    parts = 3 if note == TEXT else 2  # without the notes; the head of a PNG is one more
    monkeypatch.setattr(notes, "MAX_PARTS", parts + 5)
    for more in (0, 4, 5):
        assert notes.without_notes(begin + more * note + end) == begin + end
    assert notes.without_notes(begin + 6 * note + end) == begin


def test_a_file_of_too_many_parts_that_count_does_too():
    table = segment(0xDB, b"")
    data = JPEG[:2] + 100_000 * table
    assert notes.without_notes(data) == data[: -len(table)]


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize(
    "colour, fit, unfit",
    [(0, [2], [0, 1, 3, 6]), (2, [6], [2, 3, 5, 7]), (3, [0, 1, 256], [257]),
     (4, [], [2, 6, 256]), (6, [], [2, 6, 256])],
)  # fmt: skip
def test_transparency_fits_the_kind_of_picture(colour, fit, unfit, depth):
    head = notes.PNG + chunk(
        b"IHDR", bytes([0, 0, 0, 1] * 2 + [depth, colour, 0, 0, 0])
    )
    for size in (*fit, *unfit):
        data = head + chunk(b"tRNS", bytes(size))
        assert notes.without_notes(data) == (data if size in fit else head)


def test_a_jpeg_keeps_its_tables_and_loses_its_comments_wherever_they_stand():
    for mark in (b"\xff\xdb", b"\xff\xc0", b"\xff\xc4", b"\xff\xda"):
        at = JPEG.index(mark)
        for note in (segment(0xFE, b"mine"), segment(0xE5, b""), segment(0xEF, b"a")):
            for fill in (b"", b"\xff", b"\xff" * 9):  # may stand before any mark
                data = JPEG[:at] + fill + note + fill + JPEG[at:]
                assert notes.without_notes(data) == JPEG
        assert notes.without_notes(JPEG[:at] + segment(0xE5, b"")) == JPEG[:at]


@pytest.mark.parametrize("kind", [0x01, 0xBF, 0xD0, 0xD7, 0xD8, 0xD9, 0xDA])
def test_behind_a_mark_without_a_length_a_jpeg_stays_as_it_is(kind):
    for begin in (bytes([0xFF, kind]), segment(kind, b"no length")):
        data = JPEG[:2] + begin + COMMENT + JPEG[2:]
        assert notes.without_notes(data) == data


@pytest.mark.parametrize("kind", [0xC0, 0xCF, 0xDB, 0xDF, 0xF0, 0xFD])
def test_any_other_segment_is_kept_however_often_and_comments_behind_it_are_not(kind):
    twice = 2 * segment(kind, b"tables")
    assert notes.without_notes(JPEG[:2] + twice + COMMENT) == JPEG[:2] + twice


def test_behind_what_is_no_mark_a_jpeg_stays_as_it_is():
    at = JPEG.index(b"\xff\xdb")
    for junk in (b"\0", b"\0" + COMMENT[1:]):
        data = JPEG[:at] + junk + COMMENT + JPEG[at:]
        assert notes.without_notes(data) == data


@pytest.mark.parametrize(
    "kind, shortest",
    [
        (0xE0, b"JFIF\0" + b"\1\1" + b"\0\0\1\0\1" + b"\0\0"),  # no thumbnail
        (0xE1, b"Exif\0\0"),
        (0xE2, b"ICC_PROFILE\0" + b"\1\2"),  # the first part of two
        (0xEE, b"Adobe" + b"\0\x64" + b"\0\0\0\0" + b"\2"),
    ],
)
def test_of_the_notes_that_count_a_whole_one_is_kept(kind, shortest):
    at = JPEG.index(b"\xff\xdb")
    head, rest = JPEG[:2], JPEG[at:]  # without its own
    for body in (shortest, shortest + b"more"):
        whole = head + segment(kind, body)
        assert notes.without_notes(whole + COMMENT + rest) == whole + rest
        twice = whole + segment(kind, body) + rest
        several = kind == 0xE2  # parts of one profile
        assert notes.without_notes(twice) == (twice if several else whole + rest)
    for body in (shortest[:-1], b"another" + shortest, b""):
        assert notes.without_notes(head + segment(kind, body) + rest) == head + rest


def test_a_jpeg_cut_anywhere_stays_as_it_is():
    for size in range(JPEG.index(b"\xff\xda") + 20):
        assert notes.without_notes(JPEG[:size]) == JPEG[:size]
