"""A photo from anywhere to the small square of pixels that a network takes.

NumPy and Pillow only: the notebooks and the web service use it without TensorFlow.
"""

import operator
import os
import warnings
from io import BytesIO, TextIOBase
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_PIXELS = 50_000_000
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

EMPTY = "the file is empty: choose a file that holds a photo"
UNKNOWN = "the file is not a PNG, JPEG or WEBP picture: save the photo as one of these"
DAMAGED = "the picture is damaged or cut short: copy or download it again"
HUGE = "the picture has more than {:,} pixels: make it smaller"


def _read(file) -> bytes:
    """Return the bytes of a path, a binary file object, or bytes themselves."""
    if isinstance(file, (str, os.PathLike)):
        return Path(file).read_bytes()
    if isinstance(file, (bytes, bytearray, memoryview)):
        return bytes(file)
    if isinstance(file, TextIOBase) or not hasattr(file, "read"):
        raise ValueError(
            f"file must be a path, bytes or a file opened with 'rb', not {type(file)}; "
            "an array goes to to_input"
        )
    return file.read()


def _open(data: bytes, max_pixels: int) -> Image.Image:
    """Read the header only, so that a refused picture costs no memory."""
    if not data:
        raise ValueError(EMPTY)
    try:
        # Threads may leave this filter behind, where it does no harm.
        with warnings.catch_warnings(
            action="error", category=Image.DecompressionBombWarning
        ):
            image = Image.open(BytesIO(data), formats=FORMATS)
    except BOMBS as error:
        most = min(max_pixels, Image.MAX_IMAGE_PIXELS)  # Pillow has a limit of its own
        raise ValueError(HUGE.format(most)) from error
    except UnidentifiedImageError as error:
        raise ValueError(UNKNOWN) from error
    except Exception as error:  # Pillow's readers raise many kinds
        raise ValueError(DAMAGED) from error
    if image.width * image.height > max_pixels:
        raise ValueError(HUGE.format(max_pixels))
    return image


def _decode(image: Image.Image) -> Image.Image:
    """Read every pixel and turn the picture the way the camera was held."""
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except Exception as error:  # Pillow's readers raise many kinds
        raise ValueError(DAMAGED) from error
    return image


def _crop(image: Image.Image) -> Image.Image:
    """Cut the largest square from the middle; an odd pixel is cut at the end."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey from 0..65535 to 0..255: Pillow's own conversion clips."""
    levels = np.round(np.arange(65536) / 257).astype("uint8")
    transparent = image.info.get("transparency")
    if transparent in range(65536):
        levels[transparent] = 255
    # a table, because arithmetic would take 17 bytes a pixel
    return Image.fromarray(levels[np.asarray(image)])


def _rgb(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB, with white behind what is transparent."""
    if image.mode.startswith("I"):
        image = _eight_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def _shrink(image: Image.Image, size: int) -> np.ndarray:
    """Crop, convert and resize: any picture -> (size, size, 3) uint8."""
    if operator.index(size) < 1:
        raise ValueError(f"size must be at least 1 pixel, not {size}")
    image = _crop(image)  # no longer holding the whole, which may be large
    image = _rgb(image)
    return np.array(image.resize((size, size), Image.Resampling.LANCZOS))


def load_photo(file, size: int = 32, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Turn a photo into what a network takes: `file -> (size, size, 3) uint8`, 0..255.

    `file` is a path, a binary file object or bytes: PNG, JPEG or WEBP. The camera's
    orientation is applied, the middle square cut out and resized without aliasing,
    transparency becomes white. Raises ValueError for a file that is empty, damaged,
    of another format or above `max_pixels`, and OSError if a path cannot be read.
    Reading takes up to 20 bytes of memory a pixel.
    """
    return _shrink(_decode(_open(_read(file), max_pixels)), size)


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
    return _shrink(Image.fromarray(np.ascontiguousarray(pixels)), size)
