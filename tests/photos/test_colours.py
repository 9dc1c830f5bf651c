"""Colour profiles, written here tag by tag, against the arithmetic they stand for."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from helpers import photos
from helpers.photos import colours
from tests.test_photos import block, chunk, encode, png, scene

KINDS = {
    "PNG": {},
    "WEBP": {"lossless": True, "exact": True},
    "JPEG": {"quality": 100, "subsampling": 0},
}
# CIE XYZ of the primaries, adapted to D50 as ICC wants it; columns red, green, blue
SRGB = np.array(
    [
        [0.43607, 0.38515, 0.14307],
        [0.22249, 0.71687, 0.06061],
        [0.01392, 0.09708, 0.7141],
    ]
)
ADOBE = np.array(
    [
        [0.60974, 0.20528, 0.14919],
        [0.31111, 0.62567, 0.06322],
        [0.01947, 0.06087, 0.74457],
    ]
)
P3 = np.array(
    [
        [0.51512, 0.29198, 0.1571],
        [0.2412, 0.69225, 0.06657],
        [-0.00105, 0.04189, 0.78407],
    ]
)
D50 = (0.9642, 1.0, 0.82491)


def fixed(*values) -> bytes:
    """Write numbers with 16 bits behind the point."""
    return b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def profile(
    space: bytes, tags: dict[bytes, bytes], kind=b"mntr", target=b"XYZ "
) -> bytes:
    """Write an ICC profile of version 2."""
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 2) + b"x" + bytes(80)
    } | tags
    table, data = struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        body += bytes(-len(body) % 4)
        begin = 132 + 12 * len(tags) + len(data)
        table, data = table + struct.pack(">4sII", name, begin, len(body)), data + body
    head = struct.pack(
        ">4x4sI4s4s4s12x4s", b"test", 0x02100000, kind, space, target, b"acsp"
    )
    head = (head + bytes(28)).ljust(68, b"\0") + fixed(*D50)
    return (
        struct.pack(">I", 128 + len(table + data))
        + head.ljust(128, b"\0")[4:]
        + table
        + data
    )


def gamma(value: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256))


def xyz(values) -> bytes:
    return b"XYZ " + bytes(4) + fixed(*values)


def of_screen(primaries, exponent: float) -> bytes:
    """Write the profile of a screen with these primaries, (3, 3), and gamma."""
    tags = {b"wtpt": xyz(D50)}
    for name, column in zip(b"rgb", primaries.T, strict=True):
        tags |= {
            bytes([name]) + b"XYZ": xyz(column),
            bytes([name]) + b"TRC": gamma(exponent),
        }
    return profile(b"RGB ", tags)


def of_grey(exponent: float) -> bytes:
    return profile(b"GRAY", {b"wtpt": xyz(D50), b"kTRC": gamma(exponent)})


def of_printer() -> bytes:
    """Write the profile of a printer whose cyan is a middle grey and all else white."""
    line = bytes(range(256))
    grid = b"".join(
        bytes([round((50 if cyan else 100) * 2.55), 128, 128])
        for cyan in (0, 1)
        for _ in range(8)
    )
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + fixed(*np.eye(3).ravel())
    table += 4 * line + grid + 3 * line
    return profile(b"CMYK", {b"wtpt": xyz(D50), b"A2B0": table}, b"prtr", b"Lab ")


def expected(colour, primaries, exponent: float) -> np.ndarray:
    """Work out in sRGB what a colour, 0 to 255, is on another screen."""
    linear = np.linalg.solve(SRGB, primaries @ (np.array(colour) / 255) ** exponent)
    linear = np.clip(linear, 0, 1)
    curve = 1.055 * linear ** (1 / 2.4) - 0.055
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, curve)


SCREENS = {
    "Adobe RGB": (ADOBE, 563 / 256),
    "Display P3": (P3, 2.2),
    "linear": (SRGB, 1),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("screen", SCREENS)
def test_colours_become_those_of_the_web(kind, screen):
    for colour in ((100, 150, 200), (200, 60, 40), (20, 180, 90), (255, 255, 255)):
        wanted = expected(colour, *SCREENS[screen])
        assert screen == "linear" or np.abs(wanted - colour).max() < 60
        icc = of_screen(*SCREENS[screen])
        seen = photos.load_photo(
            encode(block(colour), kind, icc_profile=icc, **KINDS[kind])
        )
        assert np.abs(seen - wanted).max() <= 3


def test_a_profile_of_the_web_changes_nothing():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in KINDS:
        with_profile = photos.load_photo(encode(scene(), kind, icc_profile=srgb))
        without = photos.load_photo(encode(scene(), kind))
        assert np.abs(with_profile.astype(int) - without).max() <= 1


def test_grey_has_profiles_too():
    wanted = expected((55, 55, 55), SRGB, 1)
    grey = block((55, 55, 55))[..., 0]
    for icc in (of_grey(1), of_screen(SRGB, 1)):  # tools write either
        for mode in ("L", "LA"):
            picture = Image.fromarray(grey).convert(mode)
            seen = photos.load_photo(encode(picture, "PNG", icc_profile=icc))
            assert np.abs(seen - wanted).max() <= 2
        sixteen = grey.astype("uint16") * 257
        seen = photos.load_photo(encode(sixteen, "PNG", icc_profile=icc))
        assert np.abs(seen - wanted).max() <= 2


def test_a_palette_and_what_lies_on_white_are_converted():
    icc = of_screen(SRGB, 1)
    wanted = expected((55, 55, 55), SRGB, 1)
    palette = Image.fromarray(block((55, 55, 55))).quantize(2)
    seen = photos.load_photo(encode(palette, "PNG", icc_profile=icc))
    assert np.abs(seen - wanted).max() <= 2
    half = block((55, 55, 55, 128))  # the white behind it is the web's
    seen = photos.load_photo(encode(half, "PNG", icc_profile=icc))
    assert np.abs(seen - (wanted * 128 + 255 * 127) / 255).max() <= 2


def test_inks_are_mixed_as_their_profile_says():
    cyan = Image.new("CMYK", (40, 40), (255, 0, 0, 0))
    plain = photos.load_photo(encode(cyan, "JPEG"))[0, 0].astype(int)
    seen = photos.load_photo(encode(cyan, "JPEG", icc_profile=of_printer()))
    assert np.abs(plain - (0, 255, 255)).max() < 8
    assert np.abs(seen.astype(int) - 119).max() < 5  # L* of 50


def test_a_profile_is_for_pictures_of_its_own_kind():
    inks = "".join("CMYK")  # as read from a file: no literal of the module
    assert colours.to_srgb(of_printer(), inks).input_mode == "CMYK"
    assert colours.to_srgb(of_screen(SRGB, 1), "P").input_mode == "RGB"
    for icc, mode in ((of_printer(), "RGB"), (of_screen(SRGB, 1), inks)):
        assert colours.to_srgb(icc, mode) is None
    assert colours.to_srgb(of_grey(1), "L").input_mode == "L"
    assert colours.to_srgb(of_grey(1), "RGB") is None


BAD = {
    "none": b"no profile",
    "empty": b"",
    "cut": of_screen(ADOBE, 2.2)[:200],
    "head only": of_screen(ADOBE, 2.2)[:128],
    "5 MB": of_screen(ADOBE, 2.2) + bytes(5_000_000),
    "of a printer": of_printer(),
    "of grey": of_grey(1),
    "of another space": of_screen(ADOBE, 2.2).replace(b"RGB ", b"HSV "),
    "without primaries": of_screen(ADOBE, 2.2).replace(b"rXYZ", b"aXYZ"),
    "of numbers too large": of_screen(ADOBE * 1e4, 2.2),
    "of no light": of_screen(ADOBE * 0, 2.2),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("icc", BAD.values(), ids=BAD)
def test_a_profile_that_cannot_be_used_is_passed_over(kind, icc, recwarn, capfd):
    colour = block((100, 150, 200))
    data = encode(colour, kind, icc_profile=icc, **KINDS[kind])
    seen = photos.load_photo(data)
    if icc not in (BAD["of no light"], BAD["of numbers too large"]):  # can be read
        np.testing.assert_array_equal(
            seen, photos.load_photo(encode(colour, kind, **KINDS[kind]))
        )
    assert not recwarn.list and not capfd.readouterr().err


def test_a_profile_is_used_when_text_beside_it_is_broken():
    icc = chunk(b"iCCP", b"a\0\0" + zlib.compress(of_screen(SRGB, 1)))
    text = chunk(b"zTXt", b"a\0\0broken")
    for extra in (icc + text, text + icc):
        seen = photos.load_photo(png(1, 1, 8, 2, b"\0\x37\x37\x37", extra), 1)
        assert np.abs(seen - expected((55, 55, 55), SRGB, 1)).max() <= 2


def test_of_several_profiles_the_first_one_counts():
    first, second = (
        chunk(b"iCCP", b"a\0\0" + zlib.compress(of_screen(SRGB, exponent)))
        for exponent in (1, 3)
    )
    seen = photos.load_photo(png(1, 1, 8, 2, b"\0\x37\x37\x37", first + second), 1)
    assert np.abs(seen - expected((55, 55, 55), SRGB, 1)).max() <= 2
