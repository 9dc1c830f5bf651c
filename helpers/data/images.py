"""Images and their labels as arrays: in parts, scaled, and two to begin with."""

from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_sample_image
from sklearn.model_selection import train_test_split

from helpers import inputs

PHOTO = "china.jpg"  # 427 x 640
PHOTO_ROWS, PHOTO_COLUMNS = slice(60, 360), slice(170, 470)


class Images(NamedTuple):
    """Images, uint8 `(N, 32, 32, 3)`, and their labels, int64 `(N,)`."""

    images: np.ndarray
    labels: np.ndarray


class ImageData(NamedTuple):
    """A data set in three parts; a label is an index into `class_names`."""

    name: str  # "cifar10", "digits", "emoji" or that of a folder
    class_names: tuple[str, ...]
    train: Images
    validation: Images
    test: Images


def split(
    images: np.ndarray, labels: np.ndarray, validation: int, seed: int = 0
) -> tuple[Images, Images]:
    """Split N images into N - `validation` for training and the rest, class by class.

    `(N, ...), (N,) -> Images, Images`. The same seed gives the same split, in the same
    order. ValueError where either part has fewer images than there are classes, and for
    labels that are no class numbers.
    """
    labels = inputs.class_numbers(labels)
    if len(images) != len(labels):
        raise ValueError(f"there are {len(images)} images, but {len(labels)} labels")
    classes = len(np.unique(labels))
    if validation != int(validation) or not (
        classes <= validation <= len(labels) - classes
    ):
        raise ValueError(
            f"validation={validation} does not split {len(labels)} images of {classes} "
            f"classes; take a number from {classes} to {len(labels) - classes}."
        )
    parts = train_test_split(
        images, labels, test_size=int(validation), stratify=labels, random_state=seed
    )
    return Images(parts[0], parts[2]), Images(parts[1], parts[3])


def scale(images: np.ndarray) -> np.ndarray:
    """Scale uint8 0..255 to float32 0..1, any shape; ValueError for another dtype."""
    if images.dtype != np.uint8:
        raise ValueError(f"The images are {images.dtype}, not uint8: scaled already?")
    return images / np.float32(255)


def sample_photo() -> np.ndarray:
    """Return the photo of Part 1, uint8 `(300, 300, 3)`, which scikit-learn ships."""
    return load_sample_image(PHOTO)[PHOTO_ROWS, PHOTO_COLUMNS].copy()


def cross() -> np.ndarray:
    """Return the course's toy picture, an X of ones in a `(7, 7)` grid of zeros."""
    diagonal = np.eye(7, dtype=int)
    return diagonal | diagonal[::-1]
