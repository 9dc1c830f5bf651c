"""Pictures that are bombs, without the watch of the service: each ends, in memory."""

import io
import json
import random
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from benchmarks import attacks
from tests.test_photos import png

if sys.platform != "linux":
    pytest.skip("memory is measured on Linux", allow_module_level=True)
SECONDS, MEGABYTES = 30, 400
READ = """
import json, re, sys, time
from pathlib import Path
from helpers import photos
def megabytes(which):  # getrusage begins with what the parent held
    status = Path("/proc/self/status").read_text()
    return int(re.search(which + r":\\s+(\\d+)", status)[1]) / 1024
photos.load_photo(sys.argv[2])
before = megabytes("VmRSS")
began = time.monotonic()
try:
    said = str(photos.load_photo(sys.argv[1]).shape)
except ValueError as error:
    said = str(error)
seconds = time.monotonic() - began
print(json.dumps([said, seconds, megabytes("VmHWM") - before]))
"""


def frames(kind: str, number: int, side: int = 64) -> bytes:
    """Return a film: a PNG, WEBP or JPEG of many pictures."""
    file, shots = (
        io.BytesIO(),
        [Image.new("RGB", (side, side), (i % 256, 0, 0)) for i in range(number)],
    )
    shots[0].save(file, kind, save_all=True, append_images=shots[1:])
    return file.getvalue()


def flat(side: int) -> bytes:
    """Return a PNG of one bit a pixel, with so many a side."""
    return png(side, side, 1, 0, bytes((side // 8 + 1) * side))


def long_profile() -> bytes:
    """Return a PNG whose one colour profile unpacks into a gigabyte."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(1000))
    return attacks.png(attacks.chunk(b"iCCP", b"p\0\0" + packed + packer.flush()))


def large(kind: str, mode: str = "RGB", size=(7100, 7100), **options) -> bytes:
    """Return a picture of one colour, 50 megapixels where no other size is given."""
    file, picture = io.BytesIO(), Image.new(mode, size, "maroon")
    if options.get("save_all"):
        options["append_images"] = [Image.new(mode, size)]
    picture.save(file, kind, **options)
    return file.getvalue()


def noise(side: int = 7100) -> bytes:
    """Return a PNG that cannot be packed: each row is a 0, for no filter, and noise."""
    dice = random.Random(0)
    rows = b"".join(b"\0" + dice.randbytes(3 * side) for _ in range(side))
    stored = attacks.chunk(b"IDAT", zlib.compress(rows, 0))
    return png(side, side, 8, 2, b"", stored)


def long_webp() -> bytes:
    """Return what begins as a WEBP and goes on for 99 MB."""
    head = large("WEBP", size=(8, 8), lossless=True)
    return head + bytes(99_000_000)


def many_segments(kind: int, body: bytes = b"", number: int = 3_000_000) -> bytes:
    """Return a JPEG with many segments that count, of those that it needs once."""
    file = large("JPEG", size=(8, 8))
    return file[:2] + attacks.segment(kind, body) * number + file[2:]


WEBP = {"method": 0}  # the fastest way to write one
CMYK = {"mode": "CMYK", "progressive": True}
BOMBS = {
    "dimensions": lambda: flat(20_000),
    "dimensions that are allowed": lambda: flat(7_000),
    "dimensions that lie": lambda: png(7_000, 7_000, 8, 2, b"\0"),
    "noise": noise,
    "a large WEBP": lambda: large("WEBP", **WEBP),
    "a large WEBP that is transparent": lambda: large("WEBP", "RGBA", **WEBP),
    "a large WEBP that moves": lambda: large("WEBP", save_all=True, **WEBP),
    "a large JPEG of four inks": lambda: large("JPEG", **CMYK),
    "a long WEBP": long_webp,
    "scans": lambda: attacks.many_scans(1000),
    "more scans": lambda: attacks.many_scans(20_000),
    "comments": lambda: attacks.many_comments(1_000_000),
    "more comments": lambda: attacks.many_comments(10_000_000),
    "tables": lambda: many_segments(0xDB),
    "profiles of a JPEG": lambda: many_segments(0xE2, b"ICC_PROFILE\0\1\1"),
    "profiles": attacks.many_profiles,
    "a long profile": long_profile,
    "texts": attacks.text_bomb,
    "chunks": lambda: attacks.empty_pixels(300_000),
    "more chunks": lambda: attacks.empty_pixels(3_000_000),
    "frames of a PNG": lambda: frames("PNG", 500),
    "frames of a WEBP": lambda: frames("WEBP", 300),
    "frames of a JPEG": lambda: frames("MPO", 300),
}
ORDINARY = {  # 24 megapixels, of any kind that is read
    "PNG": {"compress_level": 1},
    "PNG, transparent": {"mode": "RGBA", "compress_level": 1},
    "PNG, grey": {"mode": "LA", "compress_level": 1},
    "JPEG": {},
    "JPEG, progressive": {"progressive": True, "subsampling": 0},
    "JPEG, four inks": CMYK,
    "WEBP": WEBP,
    "WEBP, transparent": {"mode": "RGBA"} | WEBP,
    "WEBP, moving": {"save_all": True} | WEBP,
}


def read(data: bytes, folder: Path) -> tuple[str, float, float]:
    """Read a photo in a process of its own: what it says, its seconds and megabytes."""
    path, plain = folder / "bomb", folder / "plain"
    path.write_bytes(data)
    plain.write_bytes(flat(8))
    run = [sys.executable, "-c", READ, str(path), str(plain)]
    done = subprocess.run(
        run, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_ends_in_a_picture_or_a_sentence(kind, tmp_path):
    said, seconds, megabytes = read(BOMBS[kind](), tmp_path)
    assert said == "(32, 32, 3)" or said.startswith("the picture "), said
    assert seconds < SECONDS and megabytes < MEGABYTES


@pytest.mark.parametrize("kind", ORDINARY)
def test_an_ordinary_photo_of_any_kind_is_read(kind, tmp_path):
    data = large(kind.partition(",")[0], size=(6000, 4000), **ORDINARY[kind])
    said, seconds, megabytes = read(data, tmp_path)
    assert said == "(32, 32, 3)" and seconds < SECONDS and megabytes < MEGABYTES


def test_memory_is_seen_from_a_process_that_holds_more(tmp_path):
    held = b"x" * 500_000_000
    data = large("WEBP", size=(6000, 4000), **WEBP)
    *_, megabytes = read(data, tmp_path)
    assert held and 300 < megabytes < MEGABYTES
