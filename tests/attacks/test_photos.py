"""Pictures that are bombs, without the watch of the service: each ends, in memory."""

import io
import json
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
SECONDS, MEGABYTES = (
    30,
    400,
)  # no picture that may be read takes more than 4 bytes a pixel
READ = """
import json, resource, sys, time
from helpers import photos
photos.load_photo(sys.argv[2])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.monotonic()
try:
    said = str(photos.load_photo(sys.argv[1]).shape)
except ValueError as error:
    said = str(error)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([said, time.monotonic() - began, grown / 1024]))
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


BOMBS = {
    "dimensions": lambda: flat(20_000),
    "dimensions that are allowed": lambda: flat(7_000),
    "dimensions that lie": lambda: png(7_000, 7_000, 8, 2, b"\0"),
    "scans": lambda: attacks.many_scans(1000),
    "comments": lambda: attacks.many_comments(1_000_000),
    "profiles": attacks.many_profiles,
    "a long profile": long_profile,
    "texts": attacks.text_bomb,
    "chunks": lambda: attacks.empty_pixels(300_000),
    "frames of a PNG": lambda: frames("PNG", 500),
    "frames of a WEBP": lambda: frames("WEBP", 300),
    "frames of a JPEG": lambda: frames("MPO", 300),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_ends_in_a_picture_or_a_sentence(kind, tmp_path):
    path, plain = tmp_path / "bomb", tmp_path / "plain"
    path.write_bytes(BOMBS[kind]())
    plain.write_bytes(flat(8))
    run = [sys.executable, "-c", READ, str(path), str(plain)]
    done = subprocess.run(
        run, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60
    )
    said, seconds, megabytes = json.loads(done.stdout)
    assert said == "(32, 32, 3)" or said.startswith("the picture "), said
    assert seconds < SECONDS and megabytes < MEGABYTES
