"""What is refused, in which words; JPEGs shrunk while decoded; the memory it takes."""

import io
import os
import random
import re
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features
from sklearn.datasets import load_sample_image

from helpers import photos
from helpers.photos import limits, reading
from tests.test_photos import STORED, chunk, encode, png, scene, turned

JPEG = encode(scene(), "JPEG")
WEBP = encode(scene(), "WEBP")
NOISE = np.random.default_rng(0).integers(0, 256, (50, 50, 3), dtype="uint8")
PNG = encode(NOISE, "PNG")
PALETTE = encode(Image.fromarray(scene()).quantize(200), "PNG")
GREY16 = encode(NOISE[..., 0].astype("uint16") * 257, "PNG")
PROGRESSIVE = encode(scene(), "JPEG", progressive=True, exif=turned(6))
TWO = encode(scene(), "MPO", save_all=True, append_images=[Image.fromarray(NOISE)])
INKS = Image.fromarray(scene()).convert("CMYK")
CMYK = encode(INKS, "JPEG")
HEIC = b"\0\0\0\x1cftypheic\0\0\0\0mif1heicmiaf\0\0\x01Vmeta"
AVIF = b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miafMA1B\0\0\0\xebmeta"
VIDEO = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41\0\0\0\x08free"


def sentences() -> set[str]:
    """Return every refusal of a file, with the numbers that load_photo fills in."""
    huge = limits.HUGE.format(photos.MAX_PIXELS)
    fixed = reading.EMPTY, reading.UNKNOWN, reading.DAMAGED, reading.NO_MEMORY
    return {*fixed, huge, *reading.OTHERS.values()}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the file is empty: choose"),
        (b"this is no picture", "not a PNG, JPEG or WEBP picture: save"),
        ("\ufefftext".encode("utf-16-le"), "not a PNG, JPEG or WEBP picture: save"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a PNG, JPEG or WEBP"),
        (encode(scene(), "GIF"), "not a PNG, JPEG or WEBP"),
        (encode(scene(), "BMP"), "not a PNG, JPEG or WEBP"),
        (encode(scene(), "TIFF"), "not a PNG, JPEG or WEBP"),
        (VIDEO, "not a PNG, JPEG or WEBP"),
        (HEIC, "HEIC picture.* JPEG.* Settings > Camera > Formats > Most Compatible"),
        (AVIF, "is an AVIF picture, .*: save it as PNG or JPEG"),
        (PNG[: len(PNG) // 2], "damaged or cut short: copy"),
        (JPEG[: len(JPEG) // 2], "damaged or cut short"),
        (JPEG[:12], "damaged or cut short"),
        (JPEG[:4], "damaged or cut short"),
        (JPEG[:2], "damaged or cut short"),
        (WEBP[: len(WEBP) // 2], "damaged or cut short"),
        (WEBP[:20], "damaged or cut short"),
        (WEBP[:12], "damaged or cut short"),
        (WEBP.replace(b"WEBPVP8", b"WEBPVP7"), "damaged or cut short"),
        (png(0, 1, 8, 0, b"\0"), "damaged or cut short"),
        (PNG[:8] + chunk(b"IHDR", bytes(12)) + PNG[33:], "damaged or cut short"),
        (PALETTE.replace(b"IDAT", b"JDAT"), "damaged or cut short"),
    ],
)
def test_a_broken_file_is_refused_in_one_sentence(data, sentence):
    with pytest.raises(ValueError, match=sentence) as refused:
        photos.load_photo(data)
    assert type(refused.value) is ValueError
    assert str(refused.value) in sentences() and "\n" not in str(refused.value)


def container(*brands: bytes, minor=bytes(4)) -> bytes:
    """Begin a file as HEIC, AVIF and films do: its main brand, a number, the others."""
    main, *others = brands
    body = b"ftyp" + main + minor + b"".join(others)
    return (len(body) + 4).to_bytes(4, "big") + body + b"\0\0\0\x08free"


@pytest.mark.parametrize(
    ("brands", "sentence"),
    [
        *(([name], "is a HEIC") for name in b"heic heix hevc heim mif1 msf1".split()),
        *(([name], "is an AVIF") for name in (b"avif", b"avis")),
        ([b"mif1", b"avif"], "is an AVIF"),  # mif1 says no more than that it has one
        ([b"isom", b"mp41", b"heic"], "is a HEIC"),
        ([b"isom", b"mp41", b"iso2", b"avis"], "is an AVIF"),
        ([b"isom"] + [b"iso2"] * 45 + [b"heic"], "is a HEIC"),
        ([b"isom"] + [b"iso2"] * 46 + [b"heic"], "not a PNG"),  # that far, no further
        ([b"isom", b"isoh", b"eic2"], "not a PNG"),
    ],
)
def test_a_picture_of_another_format_is_told_by_any_of_its_brands(brands, sentence):
    with pytest.raises(ValueError, match=sentence):
        photos.load_photo(container(*brands))


def test_what_stands_beside_the_brands_is_none():
    behind = container(b"isom", b"iso2") + b"heic"
    for data in (behind, container(b"isom", minor=b"heic")):
        with pytest.raises(ValueError, match="not a PNG, JPEG or WEBP"):
            photos.load_photo(data)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no devices in folders")
def test_a_device_is_no_file_and_a_folder_cannot_be_read(tmp_path):
    for file in (os.devnull, Path(os.devnull)):
        with pytest.raises(ValueError, match="no file but a device or a pipe: give"):
            photos.load_photo(file)
    with pytest.raises(IsADirectoryError):
        photos.load_photo(tmp_path)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow writes no AVIF")
def test_a_real_avif_is_told_by_name():
    with pytest.raises(ValueError, match="AVIF"):
        photos.load_photo(encode(scene(), "AVIF"))


def test_the_largest_picture_allowed_is_read():
    photos.load_photo(encode(scene(), "PNG"), max_pixels=61 * 90)
    with pytest.raises(ValueError, match="more than 5,490 pixels: make it smaller"):
        photos.load_photo(encode(scene(61, 91), "PNG"), max_pixels=61 * 90)


def test_above_what_pillow_reads_its_own_limit_is_named():
    own = f"more than {Image.MAX_IMAGE_PIXELS:,} pixels: make it smaller"
    with pytest.raises(ValueError, match=own):
        photos.load_photo(png(20_000, 20_000, 1, 0, b"\0"), max_pixels=10**9)


HEAVY = re.compile(limits.HEAVY.replace("{:,}", r"[\d,]+"))
FORMATS = [PNG, PALETTE, GREY16, JPEG, PROGRESSIVE, TWO, CMYK, WEBP]


def outcome(data: bytes) -> None:
    """Check that a file ends as a picture or in one of our sentences."""
    try:
        seen = photos.load_photo(data, 8)
    except ValueError as error:
        assert str(error) in sentences() or HEAVY.fullmatch(str(error))
    else:
        assert seen.shape == (8, 8, 3)


@settings(max_examples=200)
@given(
    st.sampled_from(FORMATS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=5),
    st.floats(0, 1),
)
def test_any_damage_ends_in_a_picture_or_a_plain_error(data, changes, kept):
    harmed = bytearray(data)
    for place, value in changes:
        harmed[int(place * (len(harmed) - 1))] = value
    outcome(bytes(harmed[: int(kept * len(harmed)) + 1]))


@pytest.mark.parametrize("data", FORMATS, ids=range(len(FORMATS)))
def test_damage_in_the_head_ends_so_too(data, recwarn, capfd):
    """Where the markers and lengths are; a PNG's checksums are made right again."""
    dice = random.Random(0)
    for _ in range(150):
        harmed = bytearray(data)
        for _ in range(dice.randint(1, 3)):
            harmed[dice.randrange(8, min(700, len(data)))] = dice.randrange(256)
        outcome(mended(bytes(harmed)))
    assert not recwarn.list and not capfd.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux")
def test_where_memory_ends_the_picture_is_said_to_be_too_large(tmp_path):
    """In a process of its own: this one may keep what other tests have let go."""
    (tmp_path / "large.png").write_bytes(png(7000, 7000, 8, 2, b"\0"))
    program = """
import sys
from helpers import photos
from tests.memory import bounded
with bounded(50_000_000):
    photos.load_photo(sys.argv[1])
"""
    run = [sys.executable, "-c", program, tmp_path / "large.png"]
    done = subprocess.run(
        run, cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert "ValueError: there is not enough memory to read" in done.stderr


def mended(data: bytes) -> bytes:
    """Make each checksum of a PNG right."""
    if not data.startswith(b"\x89PNG"):
        return data
    parts, at = [data[:8]], 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        parts += [data[at : end - 4], zlib.crc32(data[at + 4 : end - 4]).to_bytes(4)]
        at = end
    return b"".join(parts)


def large(height=2051, width=2503, shipped="flower.jpg") -> Image.Image:
    """Enlarge a photo, with some noise in each pixel: (height, width, 3) uint8."""
    picture = Image.fromarray(load_sample_image(shipped)).resize((width, height))
    noise = np.random.default_rng(0).normal(0, 5, (height, width, 1))
    return Image.fromarray(np.clip(picture + noise, 0, 255).astype("uint8"))


@pytest.mark.parametrize("shipped", ["flower.jpg", "china.jpg"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_a_jpeg_shrunk_while_decoded_is_the_same_but_for_what_is_stated(
    shipped, options
):
    data = encode(large(shipped=shipped), "JPEG", quality=90, **options)
    whole = np.asarray(Image.open(io.BytesIO(data)))
    for size in (16, 32, 64, 96):  # 8, 8, 4 and 2 times smaller
        seen = photos.load_photo(data, size).astype(int)
        gap = np.abs(seen - photos.to_input(whole, size))
        assert gap.mean() < 1 and gap.max() <= 8
    assert (
        photos.load_photo(data, 150).tobytes() == photos.to_input(whole, 150).tobytes()
    )


@pytest.mark.parametrize("size", [8, 9])
def test_a_jpeg_of_sixteen_times_the_size_is_shrunk_and_a_smaller_one_is_not(size):
    enough, less = 16 * size, 16 * size - 1
    for height, width in ((enough, 300), (300, enough), (less, 300), (300, less)):
        whole = np.random.default_rng(0).integers(0, 256, (height, width), "uint8")
        data = encode(whole, "JPEG")
        whole = np.asarray(Image.open(io.BytesIO(data)))
        as_is = (photos.load_photo(data, size) == photos.to_input(whole, size)).all()
        assert as_is == (less in (height, width))


@pytest.mark.parametrize("fill", [b"\xff", b"\xff" * 5, b"\xff\xd0"])
@pytest.mark.parametrize("side", [60, 600])
def test_a_phones_two_pictures_are_read_however_their_list_is_marked(fill, side):
    """Any byte 255 may stand before a mark; a mark of RST is passed over by all."""
    second = [Image.new("RGB", (9, 9))]
    two = encode(scene(side, side), "MPO", save_all=True, append_images=second)
    at = two.index(b"MPF\0") - 4
    seen = photos.load_photo(two[:at] + fill + two[at:])
    np.testing.assert_array_equal(seen, photos.load_photo(two))


@pytest.mark.parametrize("orientation", STORED)
def test_a_jpeg_shrunk_while_decoded_is_turned_as_others_are(orientation):
    upright = np.asarray(large(1803, 1501))
    stored = STORED[orientation](upright)
    data = encode(stored, "JPEG", quality=95, exif=turned(orientation))
    gap = np.abs(photos.load_photo(data, 8).astype(int) - photos.to_input(upright, 8))
    assert gap.mean() < 1 and gap.max() <= 8


READ = """
import sys
from helpers import photos
def megabytes(which):
    with open("/proc/self/status") as lines:
        return next(int(x.split()[1]) for x in lines if x.startswith(which)) / 1024
with open(sys.argv[1], "rb") as file:
    data = file.read()
before = megabytes("VmRSS")
photos.load_photo(data, max_memory=220_000_000)
print(megabytes("VmHWM") - before)
"""


def peak(path: Path) -> float:
    """Read a photo in a process of its own; return the megabytes that took."""
    if not Path("/proc/self/status").is_file():
        pytest.skip("memory is read from /proc, which this system lacks")
    run = [sys.executable, "-c", READ, path]
    done = subprocess.run(run, capture_output=True, text=True)
    assert not done.stderr
    return float(done.stdout)


def black(width: int, height: int) -> bytes:
    """Write a black PNG in colour, quickly."""
    return png(width, height, 8, 2, bytes((3 * width + 1) * height))


@pytest.mark.parametrize(
    ("kind", "most"), [("PNG", 230), ("JPEG", 40), ("progressive", 200), ("CMYK", 40)]
)
def test_fifty_megapixels_are_read_within_memory(kind, most, tmp_path):
    path = tmp_path / kind
    if kind == "PNG":
        path.write_bytes(black(8192, 6144))
    else:
        picture = Image.new("CMYK" if kind == "CMYK" else "RGB", (8192, 6144))
        picture.save(path, "JPEG", progressive=kind == "progressive")
    assert peak(path) < most


KINDS = {
    "PNG": {},
    "WEBP": {"method": 0},
    "progressive": {"progressive": True, "subsampling": 0},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_memory_of_a_pixel_is_estimated_well(kind, tmp_path):
    picture = Image.new("RGB", (4000, 3000))
    if kind == "PNG":
        picture.putalpha(128)
    data = encode(picture, "JPEG" if kind == "progressive" else kind, **KINDS[kind])
    (tmp_path / kind).write_bytes(data)
    each = limits.bytes_a_pixel(Image.open(io.BytesIO(data)), data, 12_000_000)
    said = (each - 4 * (kind == "progressive")) * 12  # that one is shrunk when read
    assert 0.6 * said < peak(tmp_path / kind) < said + 40
