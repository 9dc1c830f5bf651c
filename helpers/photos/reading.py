"""A photo file, or an array, to the `(size, size, 3)` pixels that a network takes."""

import operator
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO, TextIOBase
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from helpers.photos import limits, notes
from helpers.photos.colours import as_rgb, to_srgb
from helpers.photos.limits import MAX_BYTES, MAX_MEMORY, MAX_PIXELS, MAX_WEBP
from helpers.photos.square import TURNS, UPRIGHT, Turn, shrink

FORMATS = ("PNG", "JPEG", "WEBP")
ORIENTATION = 0x0112  # EXIF's number for it
SPARE = 8  # a JPEG is shrunk while it is decoded to no less than this many times size

NO_FILE = "this is no file but a device or a pipe: give a file that holds a photo"
EMPTY = "the file is empty: choose a file that holds a photo"
UNKNOWN = "the file is not a PNG, JPEG or WEBP picture: save the photo as one of these"
DAMAGED = "the picture is damaged or cut short: copy or download it again"
NO_MEMORY = "there is not enough memory to read the picture: make it smaller"
OTHERS = {  # by the brand of the container that both formats share
    b"avif": "the file is an AVIF picture, which is not read here: save it as PNG or "
    "JPEG",
    b"heic": "the file is a HEIC picture, which is not read here: share or export it "
    "as JPEG; iPhones take JPEG with Settings > Camera > Formats > Most Compatible",
}
BRANDS = {b"avis": b"avif"} | dict.fromkeys(
    (b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), b"heic"
)


def _read(file) -> bytes:
    """Return the bytes of a path, a binary file object, or bytes themselves."""
    if isinstance(file, (str, os.PathLike)):
        return _read_path(Path(file))
    if isinstance(file, (bytes, bytearray, memoryview)):
        return bytes(file)
    if isinstance(file, TextIOBase) or not hasattr(file, "read"):
        raise ValueError(
            f"file must be a path, bytes or a file opened with 'rb', not {type(file)}; "
            "an array goes to to_input"
        )
    return file.read()


def _read_path(path: Path) -> bytes:
    """Return a file's bytes; a pipe would be waited for, a device never ends."""
    mode, size = path.stat().st_mode, path.stat().st_size
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise ValueError(NO_FILE)
    limits.check_length(size)
    return path.read_bytes()


def _what_else(data: bytes) -> str:
    """Return the sentence for data in which Pillow finds no picture."""
    if data.startswith((notes.PNG, notes.JPEG[:2])) or data[8:12] == b"WEBP":
        return DAMAGED
    if data[4:8] == b"ftyp":
        end = min(int.from_bytes(data[:4], "big"), 200)
        named = [data[8:12], *(data[i : i + 4] for i in range(16, end, 4))]
        found = {BRANDS.get(brand, brand) for brand in named}
        return next((OTHERS[brand] for brand in OTHERS if brand in found), UNKNOWN)
    return UNKNOWN


@contextmanager
def _pillow(data: bytes, max_pixels: int = MAX_PIXELS) -> Iterator[None]:
    """Keep Pillow's warnings back, and say in a sentence of ours why it gives up."""
    try:
        # Threads may leave this filter behind, where it does no harm.
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="PIL")
            yield
    except Image.DecompressionBombError as error:  # Pillow has a limit of its own
        most = min(max_pixels, Image.MAX_IMAGE_PIXELS)
        raise ValueError(limits.HUGE.format(most)) from error
    except UnidentifiedImageError as error:
        raise ValueError(_what_else(data)) from error
    except MemoryError as error:
        raise ValueError(NO_MEMORY) from error
    except Exception as error:  # Pillow's readers raise many kinds
        raise ValueError(DAMAGED) from error


def _open(
    data: bytes, size: int, max_pixels: int, max_memory: int
) -> tuple[Image.Image, tuple[int, int], float]:
    """Read the header only, so that a refused picture costs no memory.

    Returns the picture, undecoded, its full size, and how many times smaller it will
    be decoded.
    """
    with _pillow(data, max_pixels):
        image = Image.open(BytesIO(data), formats=FORMATS)
        full, pixels = image.size, image.width * image.height
        shrunk = image.draft(None, (SPARE * size, SPARE * size))  # JPEG only
        each = limits.bytes_a_pixel(image, data, pixels)
    # Pillow has a name of its own for a JPEG that lists a second picture
    kind = "JPEG" if image.format == "MPO" else image.format
    limits.check(kind, data, pixels, each, max_pixels, max_memory)
    return image, full, full[0] / shrunk[1][2] if shrunk else 1


def _turn(image: Image.Image) -> Turn:
    """Return how the camera was held; upright where the note cannot be read."""
    try:
        if len(image.info.get("exif") or b"") <= notes.MAX_NOTE:
            return TURNS[image.getexif()[ORIENTATION]]
    except Exception:  # no note, no such orientation, and whatever broken notes raise
        pass
    return UPRIGHT


def _positive(size: int) -> int:
    if operator.index(size) < 1:
        raise ValueError(f"size must be at least 1 pixel, not {size}")
    return size


def load_photo(
    file, size: int = 32, max_pixels: int = MAX_PIXELS, max_memory: int = MAX_MEMORY
) -> np.ndarray:
    """Turn a photo into what a network takes: `file -> (size, size, 3) uint8`, 0..255.

    `file` is a path, a binary file object or bytes: PNG, JPEG or WEBP. The camera's
    orientation is applied, colours become sRGB, the middle square is cut out and
    resized without aliasing, transparency becomes white. A note (EXIF, profile, text)
    that cannot be read is passed over. A JPEG of at least 16 times `size` is shrunk
    while it is decoded, which moves pixels by less than 1 of 255 on average and by 8 at
    most (seen on photos).

    Raises ValueError for a file that is empty, damaged, of another format, above
    `max_pixels` or `MAX_BYTES`, or one that takes more than `max_memory` bytes or too
    long to read, and for a pipe or a device; OSError if a path cannot be read. Reading
    takes the bytes of the file (WEBP: twice), and for each pixel 4 bytes of PNG, 16 of
    WEBP, 8 at most of a progressive JPEG, and 4 of any JPEG that is too narrow to be
    shrunk as it is decoded: a WEBP may have 25 megapixels.
    """
    size, data = _positive(size), _read(file)
    if not data:
        raise ValueError(EMPTY)
    limits.check_length(len(data), MAX_WEBP if data[8:12] == b"WEBP" else MAX_BYTES)
    data = notes.without_notes(data)
    image, full, scale = _open(data, size, max_pixels, max_memory)
    with _pillow(data):
        turn = _turn(image)
        way = to_srgb(image.info.get("icc_profile"), image.mode)
        return shrink(image, size, lambda strip: as_rgb(strip, way), turn, full, scale)


def to_input(image, size: int = 32) -> np.ndarray:
    """Crop and resize an array as `load_photo` does a file.

    `(H, W), (H, W, 1) or (H, W, 3) uint8, 0..255 -> (size, size, 3) uint8`. Raises
    ValueError for another shape or dtype.
    """
    image = np.asarray(image)
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3 or image.shape[2] not in (1, 3) or 0 in image.shape:
        raise ValueError(
            f"image must be (H, W), (H, W, 1) or (H, W, 3), not {image.shape}; "
            "of a batch, give one image"
        )
    if image.dtype != np.uint8:
        raise ValueError(
            f"image must be uint8 from 0 to 255, not {image.dtype}; numbers from 0 to "
            '1 become so with (image * 255).round().astype("uint8")'
        )
    pixels = np.broadcast_to(image, (*image.shape[:2], 3))
    return shrink(Image.fromarray(np.ascontiguousarray(pixels)), _positive(size))
