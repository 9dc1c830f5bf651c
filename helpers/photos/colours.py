"""Pixels of any kind as sRGB, the colours that screens and networks expect."""

from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

MAX_PROFILE = 4_000_000  # bytes; those of printers, the largest, have 0.5 to 3 MB
MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # Pillow's mode, by ICC's name


@cache
def _srgb() -> ImageCms.core.CmsProfile:
    return ImageCms.createProfile("sRGB")


def to_srgb(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the way from an ICC profile to sRGB, for a picture of a Pillow mode.

    None where there is no profile, or none that can be read and is for such a picture:
    then the numbers are taken as sRGB, as browsers do. They also show colours that both
    have unchanged (ICC's relative colorimetric intent).
    """
    if not profile or len(profile) > MAX_PROFILE:
        return None
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        taken = MODES[source.profile.xcolor_space.strip()]
        grey = mode in ("1", "L", "LA") or mode.startswith("I")
        if (taken == "CMYK") != (mode == "CMYK") or (taken == "L" and not grey):
            return None
        return ImageCms.buildTransform(
            source, _srgb(), taken, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC
        )
    except Exception:  # what a broken profile raises is not documented
        return None


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey from 0..65535 to 0..255: Pillow's own conversion clips."""
    levels = np.round(np.arange(65536) / 257).astype("uint8")
    transparent = image.info.get("transparency")
    if transparent in range(65536):
        levels[transparent] = 255
    # a table, because arithmetic would take 17 bytes a pixel
    return Image.fromarray(levels[np.asarray(image)])


def as_rgb(image: Image.Image, way: ImageCms.ImageCmsTransform | None) -> Image.Image:
    """Convert any mode to RGB, the way `to_srgb` says, with white behind it."""
    if image.mode.startswith("I"):
        image = _eight_bits(image)
    alpha = None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
    if way:
        image = way.apply(image.convert(way.input_mode))
    image = image.convert("RGB")
    if alpha:
        image.putalpha(alpha)
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    return image
