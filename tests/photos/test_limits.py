"""What a photo may take to read, told from its head, for any size that is asked for."""

import io

import numpy as np
import pytest
from PIL import Image

from benchmarks import attacks
from helpers import photos
from helpers.photos import limits, reading
from tests.test_photos import encode, png, scene


def progressive(width: int, height: int) -> bytes:
    """Return a progressive JPEG that calls itself so large, with few pixels."""
    data = bytearray(encode(scene(), "JPEG", progressive=True, subsampling=0))
    at = data.index(b"\xff\xc2") + 5
    data[at : at + 4] = height.to_bytes(2) + width.to_bytes(2)
    return bytes(data)


def each(data: bytes, size: int) -> float:
    """Return the bytes a pixel that a file is said to take, read to so many pixels."""
    image = Image.open(io.BytesIO(data))
    pixels = image.width * image.height
    image.draft(None, (8 * size, 8 * size))
    return limits.bytes_a_pixel(image, data, pixels)


@pytest.mark.parametrize(
    ("size", "takes"),
    [(32, 6), (64, 6), (150, 6 + 4 / 16), (224, 6 + 4 / 4), (512, 6 + 4)],
)
def test_what_pillow_holds_of_a_jpeg_that_is_hardly_shrunk_counts(size, takes):
    assert each(progressive(7000, 6000), size) == takes


def test_what_pillow_holds_of_a_megapixel_is_no_more_than_it_takes_at_a_time():
    assert each(progressive(1024, 1024), 512) == 6
    assert each(progressive(1024, 1025), 512) == 6 + 4


def test_a_jpeg_read_to_a_large_square_is_refused_before_it_takes_too_much():
    data = progressive(7000, 6000)
    with pytest.raises(ValueError, match="more than 39,999,.* the most for a file of"):
        photos.load_photo(data, 512)
    assert photos.load_photo(data).shape == (32, 32, 3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_file_as_long_as_no_photo_is_refused_unopened(kind, monkeypatch):
    monkeypatch.setattr(Image, "open", None)
    most = 100_000_000 if kind == "WEBP" else 160_000_000
    data = encode(scene(), kind).ljust(most + 1, b"\0")
    says = f"^the file is larger than {most // 10**6} MB: make the picture smaller$"
    with pytest.raises(ValueError, match=says):
        photos.load_photo(data)
    monkeypatch.undo()
    assert photos.load_photo(data[:-1]).shape == (32, 32, 3)


def test_scans_are_counted_with_their_pixels():
    assert photos.load_photo(attacks.many_scans(20, 64)).shape == (32, 32, 3)
    limits.check("JPEG", limits.SCAN * 10_000, 10**7, 0, 10**7, 10**9)
    for scans, pixels in ((10_001, 10**7), (10_000, 10**7 + 1)):
        with pytest.raises(ValueError, match="too long to read: save it again as a pl"):
            limits.check("JPEG", limits.SCAN * scans, pixels, 0, 10**8, 10**9)


def test_a_refusal_names_the_most_pixels_that_are_read():
    limits.check("WEBP", b"12345", 6, 16, 6, 106)
    for pixels, most, memory, says in (
        (7, 6, 200, "more than 6 pixels: make it smaller$"),
        (7, 7, 121, "more than 6 pixels, the most for a file of its kind: make it"),
        (6, 6, 105, "more than 5 pixels, the most"),
        (1, 6, 0, "more than 0 pixels, the most"),
    ):
        with pytest.raises(ValueError, match=says):
            limits.check("WEBP", b"12345", pixels, 16, most, memory)


@pytest.mark.parametrize(
    ("width", "height"),
    [(20_000, 20_000), (10_000, 10_000), (10_000, 5_101), (51_000_001, 1)],
)
def test_a_huge_picture_is_refused_before_it_is_decoded(
    width, height, monkeypatch, recwarn
):
    data = png(width, height, 1, 0, bytes((width // 8 + 2) * height))
    assert len(data) < 60_000

    def decode(*_):
        raise AssertionError("decoded")

    monkeypatch.setattr(reading, "shrink", decode)
    with pytest.raises(ValueError, match="more than 51,000,000 pixels: make"):
        photos.load_photo(data)
    assert not recwarn.list


def one_channel_a_scan(data: bytes) -> bytes:
    """Let the first scan of a JPEG hold the first channel alone."""
    return data.replace(
        b"\xff\xda\0\x0c\3\1\0\2\x11\3\x11\0\x3f\0",
        b"\xff\xda\0\x08\1\1\0\0\x3f\0",
    )


JPEG = encode(scene(), "JPEG")
WEBP = encode(scene(), "WEBP")
NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 50, 3), "uint8"))
INKS = Image.fromarray(scene()).convert("CMYK")


@pytest.mark.parametrize(
    ("mode", "most"),
    [("1", 1000), ("L", 1000), ("P", 1000), ("I;16", 500),
     ("LA", 250), ("RGB", 250), ("RGBA", 250)],
)  # fmt: skip
def test_a_png_takes_what_pillow_holds_of_its_mode(mode, most):
    data = encode(NOISE.convert("L").convert(mode), "PNG")
    assert Image.open(io.BytesIO(data)).mode == mode
    refused(data, most, copies=1)


@pytest.mark.parametrize(
    ("data", "most"),
    [
        (encode(scene(), "JPEG", progressive=True), 333),
        (encode(scene(), "JPEG", progressive=True, subsampling="4:2:2"), 250),
        (one_channel_a_scan(encode(scene(), "JPEG", subsampling=0)), 166),
        (encode(INKS, "JPEG", progressive=True), 125),
        (encode(scene()[..., 0], "JPEG", progressive=True), 500),
    ],
)
def test_a_jpeg_takes_what_libjpeg_holds_of_its_channels(data, most):
    refused(data, most, copies=1)


def test_a_webp_takes_four_pictures_and_its_file_twice():
    refused(WEBP, 62, copies=2)


def refused(data: bytes, most: int, copies: int) -> None:
    """Check how many pixels are read with 1000 bytes beside the copies of the file."""
    with pytest.raises(ValueError, match=f"more than {most:,} pixels, the most for"):
        photos.load_photo(data, max_memory=1000 + copies * len(data))
    with pytest.raises(ValueError, match="more than 0 pixels, the most for"):
        photos.load_photo(data, max_memory=1)


@pytest.mark.parametrize(
    "data", [JPEG, encode(INKS, "JPEG"), encode(scene()[..., 0], "JPEG")]
)
def test_a_plain_jpeg_takes_its_file_alone(data):
    most = 1000 + len(data)
    assert photos.load_photo(data, max_memory=most).shape == (32, 32, 3)
