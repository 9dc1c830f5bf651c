"""Decide where images come from: CIFAR-10, or the digits where it is missing.

CIFAR-10 comes from the local copy that `CIFAR10_DIR` names, else from the cache, else
from a download. The pictures of notebook 19 are used only where they are asked for.
"""

import os
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from helpers.data import cache, cifar10, folders
from helpers.data.folder import read_folder
from helpers.data.groups import assign_parts
from helpers.data.images import ImageData, Images, split

SOURCES = ("auto", "cifar10", "digits", "emoji")
PICTURES = Path(__file__).parents[2] / "notebooks" / "pictures" / "emoji"


def load_images(
    source: str = "auto", validation: int = 5000, seed: int = 0
) -> ImageData:
    """Load CIFAR-10, or the digits where it cannot be had, and print one line on it.

    `source` is one of SOURCES; `IMAGE_DATA` replaces "auto". Of the training images
    `validation` are set aside, class by class, drawn with `seed`; where that many do
    not fit, 10 % of the digits and 20 % of "emoji", the four classes of notebook 19,
    which are split by concept. ValueError for a wrong setting or a damaged local copy,
    OSError where "cifar10" is asked for and cannot be had.
    """
    wanted, setting = _wanted(source)
    if wanted == "emoji":
        return _emoji(validation, seed, f"{setting}=emoji")
    reason = f"{setting}=digits"
    if wanted != "digits":
        try:
            return _cifar10(validation, seed)
        except cache.NotAvailable as error:
            if wanted == "cifar10":
                raise OSError(
                    f"CIFAR-10 could not be loaded: {error}, "
                    f"or {setting}=digits to use scikit-learn's digits."
                ) from None
            reason = str(error)
    return _digits(validation, seed, reason)


def at_hand() -> str:
    """Return the name of the data that `load_images` can use without a download.

    It looks whether files exist, not what is in them. `IMAGE_DATA` decides if set.
    """
    wanted, _ = _wanted("auto")
    if wanted != "auto":
        return wanted
    return "cifar10" if folders.named("CIFAR10_DIR") or cache.exists() else "digits"


def _wanted(source: str) -> tuple[str, str]:
    """Return which data is wanted and the name of the setting that says so."""
    setting = "source"
    if source == "auto" and os.environ.get("IMAGE_DATA"):
        source, setting = os.environ["IMAGE_DATA"], "IMAGE_DATA"
    if source not in SOURCES:
        *others, last = SOURCES
        known = f"{', '.join(others)} and {last}"
        raise ValueError(f"{setting}={source} is none of {known}.")
    return source, setting


def _cifar10(validation: int, seed: int) -> ImageData:
    """Load CIFAR-10 from the first place that has it."""
    if local := folders.named("CIFAR10_DIR"):
        train, test = cifar10.read_local(local)
        origin = "from the local copy"
    elif cached := cache.read():
        (train, test), origin = cached, "from the cache"
    else:
        train, test, origin = cache.fill()
    train, held_out = split(*train, validation, seed)
    data = ImageData("cifar10", cifar10.CLASS_NAMES, train, held_out, test)
    return _announced(data, f"CIFAR-10 {origin}")


def _digits(validation: int, seed: int, reason: str) -> ImageData:
    """Load the digits, 20 % of them for testing, in the shape of CIFAR-10."""
    digits = load_digits()
    images = (digits.images.astype(np.uint16) * 255 // 16).astype(np.uint8)
    images = images.repeat(4, axis=1).repeat(4, axis=2)  # 8 x 8 -> 32 x 32
    images = images[..., np.newaxis].repeat(3, axis=3)
    labels = digits.target.astype(np.int64)
    train, test = split(images, labels, -(-len(labels) // 5), seed)
    if validation > len(train.labels) // 2:
        validation = round(len(labels) / 10)
    train, held_out = split(*train, validation, seed)
    names = tuple(str(digit) for digit in range(10))
    data = ImageData("digits", names, train, held_out, test)
    return _announced(data, f"These are scikit-learn's digits, not CIFAR-10 ({reason})")


def _emoji(validation: int, seed: int, reason: str) -> ImageData:
    """Load the drawings of notebook 19, 20 % to test; a concept lies in one part."""
    found = read_folder(PICTURES, lambda file: file.stem.rpartition("-")[0])
    count, classes = len(found.labels), len(found.class_names)
    if validation < classes or validation != int(validation):
        raise ValueError(
            f"validation={validation} does not split {count} images of {classes} "
            f"classes; take a whole number from {classes}."
        )
    share = validation / count if validation <= count // 2 else 0.2
    part = assign_parts(found.labels, found.groups, (0.8 - share, share, 0.2), seed)
    parts = [Images(found.images[part == k], found.labels[part == k]) for k in range(3)]
    data = ImageData("emoji", found.class_names, *parts)
    return _announced(data, f"These are drawings, not CIFAR-10 ({reason})")


def _announced(data: ImageData, origin: str) -> ImageData:
    """Print where the images are from and how many they are."""
    train, held_out, test = (f"{len(part.labels):,}" for part in data[2:])
    print(
        f"{origin}: {train} training, {held_out} validation and {test} test images.",
        flush=True,
    )
    return data
