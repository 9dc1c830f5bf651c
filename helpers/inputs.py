"""What goes into a network, checked in one place: labels and images, as one sentence.

A label is a class number 0..K-1. The course's networks take uint8 images and scale
them in their first layer.
"""

import hashlib

import numpy as np


def class_numbers(labels, classes: int | None = None, name="labels") -> np.ndarray:
    """Return `labels` as (N,) class numbers, or raise ValueError in one sentence.

    `(N,) or (N, 1) integers -> (N,)`, as Keras hands out CIFAR-10's. Refused are
    one-hot rows, fractions, none at all, negative numbers and, where it is known how
    many `classes` there are, those above classes - 1.
    """
    numbers = flat(labels, name)
    if numbers.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must be integers, not {numbers.dtype}: class numbers 0, 1, 2 ..."
        )
    low, high = int(numbers.min()), int(numbers.max())
    if low < 0 or (classes is not None and high >= classes):
        top, known = ("", "") if classes is None else (classes - 1, f" for {classes}")
        raise ValueError(
            f"{name} must lie in 0..{top}{known} classes, not in {low}..{high}"
            + (f": count from 0, {name} - 1" if low == 1 and high == classes else "")
        )
    return numbers


def count_classes(labels) -> int:
    """Return how many classes these labels speak of, the largest number and one.

    ValueError as for `class_numbers`, and for labels that count from 1 to K.
    """
    found = np.unique(class_numbers(labels))
    if found[0] == 1 and len(found) == found[-1]:
        raise ValueError(f"labels run from 1 to {found[-1]}: count from 0, labels - 1")
    return int(found[-1]) + 1


def flat(labels, name="labels") -> np.ndarray:
    """Return `labels` of any kind as (N,): `(N,) or (N, 1) -> (N,)`, N at least 1.

    ValueError for other shapes.
    """
    found = np.asarray(labels)
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1 or len(found) == 0:
        raise ValueError(
            f"{name} must be (N,), one class number an example, not {found.shape}; "
            "one-hot rows and probabilities become class numbers with .argmax(axis=1)"
        )
    return found


def unscaled(images) -> np.ndarray:
    """Return images as they are; ValueError if they are scaled to 0..1 already."""
    images = np.asarray(images)
    if images.dtype.kind == "f" and images.size and np.abs(images).max() <= 1:
        raise ValueError(
            f"images are {images.dtype} and lie in -1..1, scaled already, but the "
            "network scales them itself: give uint8 of 0..255"
        )
    return images


def pairs(images, labels, classes: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return images and labels for a network that scales, both checked as above.

    ValueError also where there is not one label for each image.
    """
    images, labels = unscaled(images), class_numbers(labels, classes)
    if len(images) != len(labels):
        raise ValueError(f"there are {len(images)} images, but {len(labels)} labels")
    return images, labels


def fingerprint(*arrays) -> str:
    """Return 16 letters that other shapes, types or values would change."""
    found = hashlib.sha256()
    for array in map(np.asarray, arrays):
        found.update(f"{array.dtype} {array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:16]
