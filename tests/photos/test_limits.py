"""What a photo may take to read, told from its head, for any size that is asked for."""

import io

import pytest
from PIL import Image

from benchmarks import attacks
from helpers import photos
from helpers.photos import limits
from tests.test_photos import encode, scene


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
    ("size", "takes"), [(32, 6), (64, 6), (224, 6 + 4 / 4), (512, 6 + 4)]
)
def test_what_pillow_holds_of_a_jpeg_that_is_hardly_shrunk_counts(size, takes):
    assert each(progressive(7000, 6000), size) == takes


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
