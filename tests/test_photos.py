"""helpers.photos on real files, written here by Pillow or byte by byte."""

import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features

from helpers import photos

LOSSLESS = {"lossless": True, "exact": True}
# how a file must be stored, so that this orientation brings it upright again
STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}


def encode(picture, kind, **options) -> bytes:
    """Write an array or a Pillow image as a file in memory."""
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(np.ascontiguousarray(picture))
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png(width, height, depth, colour, rows: bytes, extra: bytes = b"") -> bytes:
    """Write a PNG by hand; `rows` is what zlib holds, filter bytes included."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + parts + chunk(b"IEND", b"")


def chunk(name: bytes, data: bytes) -> bytes:
    return (
        struct.pack(">I", len(data))
        + name
        + data
        + struct.pack(">I", zlib.crc32(name + data))
    )


def turned(orientation: int):
    """Return the EXIF block with this orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def scene(height=61, width=90) -> np.ndarray:
    """Paint a smooth picture without any symmetry: (height, width, 3) uint8."""
    rows, columns = np.mgrid[:height, :width]
    ramp = [rows / height, columns / width, (rows * columns) / (height * width)]
    return (np.stack(ramp, axis=-1) * 255).astype("uint8")


def block(colour, side=40) -> np.ndarray:
    """Paint a square of one colour."""
    return np.full((side, side, len(colour)), colour, "uint8")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", STORED)
def test_every_orientation_ends_up_the_same_picture(kind, orientation):
    upright = scene()
    options = {"PNG": {}, "WEBP": LOSSLESS, "JPEG": {"quality": 100, "subsampling": 0}}
    stored = STORED[orientation](upright)
    data = encode(stored, kind, exif=turned(orientation), **options[kind])
    seen = photos.load_photo(data).astype(int)
    gap = np.abs(seen - photos.to_input(upright)).max()
    assert gap <= (3 if kind == "JPEG" else 0)


def test_path_file_and_bytes_are_the_same(tmp_path):
    data = encode(scene(), "PNG")
    path = tmp_path / "scene.jpg"  # the contents count, not the name
    path.write_bytes(data)
    expected = photos.load_photo(data)
    assert expected.shape == (32, 32, 3) and expected.dtype == np.uint8
    with path.open("rb") as opened:
        sources = [path, str(path), io.BytesIO(data), bytearray(data), opened]
        for source in sources:
            np.testing.assert_array_equal(photos.load_photo(source), expected)
    assert expected.flags.writeable


def test_a_stream_that_cannot_seek_is_read():
    class Stream:
        def read(self):
            return encode(scene(), "PNG")

    assert photos.load_photo(Stream(), 8).shape == (8, 8, 3)


def test_the_middle_is_kept():
    wide = np.zeros((10, 31, 3), "uint8")
    wide[:, 10:20] = 200  # 21 columns go: 10 before and 11 after
    for picture in (wide, wide.transpose(1, 0, 2)):
        assert (photos.load_photo(encode(picture, "PNG"), 10) == 200).all()


def test_a_picture_of_the_right_size_is_not_touched():
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype="uint8")
    np.testing.assert_array_equal(photos.load_photo(encode(pixels, "PNG")), pixels)


def test_fine_stripes_become_grey_not_false_stripes():
    stripes = np.zeros((330, 330), "uint8")
    stripes[:, ::3] = 255  # 255 / 3 = 85; picking single pixels would alias
    seen = photos.load_photo(encode(stripes, "PNG"))[2:-2, 2:-2]
    assert np.abs(seen.astype(int) - 85).max() <= 8


def test_one_pixel_fills_the_square():
    seen = photos.load_photo(encode(block((10, 20, 30), side=1), "PNG"))
    np.testing.assert_array_equal(seen, block((10, 20, 30), side=32))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
def test_every_png_mode_becomes_three_channels(mode):
    picture = Image.fromarray(scene()).convert(mode)
    expected = photos.to_input(np.array(picture.convert("RGB")))
    np.testing.assert_array_equal(photos.load_photo(encode(picture, "PNG")), expected)
    assert expected.std() > 30  # a picture, not one colour


def test_grey_is_the_same_in_every_channel():
    grey = scene()[..., 0]
    seen = photos.load_photo(encode(grey, "PNG"))
    np.testing.assert_array_equal(seen, photos.to_input(grey))
    assert (seen == seen[..., :1]).all()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_transparency_lies_on_white(kind):
    options = LOSSLESS if kind == "WEBP" else {}
    for alpha, expected in ((255, 0), (0, 255), (128, 127)):
        data = encode(block((0, 0, 0, alpha)), kind, **options)
        assert (photos.load_photo(data) == expected).all()


def test_a_transparent_palette_lies_on_white():
    picture = Image.new("P", (20, 20), 1)
    picture.putpalette([0, 0, 0, 200, 0, 0])
    picture.paste(0, (0, 0, 20, 10))
    for transparency in (0, b"\x00\xff"):  # one colour, or an alpha for each
        seen = photos.load_photo(encode(picture, "PNG", transparency=transparency), 20)
        assert (seen[:10] == 255).all()
        assert (seen[10:] == [200, 0, 0]).all()


def test_cmyk_becomes_rgb():
    data = encode(Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG", quality=95)
    seen = photos.load_photo(data).astype(int)
    assert np.abs(seen - [255, 0, 0]).max() <= 6


def test_sixteen_bit_grey_is_scaled():
    levels = np.linspace(0, 65535, 32 * 32).reshape(32, 32).astype("uint16")
    seen = photos.load_photo(encode(levels, "PNG"))
    assert np.abs(seen - levels[..., None] / 257).max() <= 0.5


def test_sixteen_bit_transparency_lies_on_white():
    rows = b"\0\x10\x00\x80\x80" * 2  # 0x1000 is the transparent grey
    data = png(2, 2, 16, 0, rows, chunk(b"tRNS", b"\x10\x00"))
    assert photos.load_photo(data, 2)[0, :, 0].tolist() == [255, 128]


def test_sixteen_bit_colour_is_scaled():
    data = png(1, 1, 16, 2, b"\0\x10\x00\x80\x80\xff\xff")
    assert photos.load_photo(data, 1).tolist() == [[[16, 128, 255]]]


def test_progressive_jpeg_and_a_phones_two_picture_jpeg():
    plain = photos.load_photo(encode(scene(), "JPEG"))
    progressive = photos.load_photo(encode(scene(), "JPEG", progressive=True))
    np.testing.assert_array_equal(progressive, plain)
    second = [Image.fromarray(scene() // 2)]
    two = encode(scene(), "MPO", save_all=True, append_images=second)
    np.testing.assert_array_equal(photos.load_photo(two), plain)


def test_webp_can_be_read_here():
    assert features.check("webp")


def test_a_path_that_cannot_be_read_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        photos.load_photo(tmp_path / "nowhere.png")


@pytest.mark.parametrize("file", [None, 3, np.zeros((4, 4, 3)), io.StringIO("text")])
def test_what_is_no_file_is_named(file):
    with pytest.raises(ValueError, match="path, bytes or a file opened with 'rb'"):
        photos.load_photo(file)


@pytest.mark.parametrize("size", [0, -1])
def test_a_wrong_size_is_named(size):
    with pytest.raises(ValueError, match=f"size must be at least 1 pixel, not {size}"):
        photos.load_photo(encode(scene(), "PNG"), size)
    with pytest.raises(ValueError, match=f"size must be at least 1 pixel, not {size}"):
        photos.to_input(scene(), size)


@settings(max_examples=50)
@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.sampled_from([(), (1,), (3,)]),
    st.integers(1, 40),
)
def test_an_array_and_its_file_are_the_same(height, width, channels, size):
    values = np.random.default_rng(height * 100 + width)
    image = values.integers(0, 256, (height, width, *channels), dtype="uint8")
    ours = photos.to_input(image, size)
    assert ours.shape == (size, size, 3) and ours.dtype == np.uint8
    flat = image[..., 0] if channels == (1,) else image
    np.testing.assert_array_equal(ours, photos.load_photo(encode(flat, "PNG"), size))
    np.testing.assert_array_equal(photos.to_input(image[::-1][::-1], size), ours)


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (np.zeros(9, "uint8"), r"not \(9,\)"),
        (np.zeros((4, 4, 4), "uint8"), r"not \(4, 4, 4\)"),
        (np.zeros((2, 4, 4, 3), "uint8"), r"not \(2, 4, 4, 3\); of a batch"),
        (np.zeros((0, 4, 3), "uint8"), r"not \(0, 4, 3\)"),
        (np.zeros((4, 4)), r"uint8 from 0 to 255, not float64; .*\* 255"),
        (np.zeros((4, 4), bool), "uint8 from 0 to 255, not bool"),
    ],
)
def test_a_wrong_array_is_named(image, sentence):
    with pytest.raises(ValueError, match=sentence):
        photos.to_input(image)


def test_tensorflow_is_not_needed():
    program = (
        "import sys, helpers.photos; "
        "print({'tensorflow', 'keras', 'matplotlib', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert done.stdout.decode().strip() == "set()", done.stderr.decode()
