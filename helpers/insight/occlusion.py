"""Occlusion from a network's scores alone: NumPy only, the service has no Keras."""

from collections.abc import Callable

import numpy as np


def drops(
    scores: Callable, image: np.ndarray, label: int, size: int = 8, step: int = 2
) -> np.ndarray:
    """Cover the image square by square and watch the class: `(H, W, C) -> (H, W)`.

    `scores` is a function, `(N, H, W, C) -> (N, K)`. Each number is the drop in the
    score of `label`, averaged over all squares of `size` pixels that covered the pixel;
    the cover is the image's mean colour. After Zeiler and Fergus (2013), arXiv
    1311.2901. Raises ValueError for squares that do not suit the image.
    """
    squares = _squares(image.shape, size, step)
    covered = np.repeat(image[None], len(squares) + 1, axis=0)
    for one, square in zip(covered[1:], squares, strict=True):
        one[square] = image.mean(axis=(0, 1))
    found = scores(covered)[:, label]
    total, times = np.zeros((2, *image.shape[:2]))
    for drop, square in zip(found[0] - found[1:], squares, strict=True):
        total[square] += drop
        times[square] += 1
    return total / times


def _squares(shape: tuple, size: int, step: int) -> list:
    """Return the squares, as slices: every pixel is covered, for the last fits too."""
    height, width = shape[:2]
    if not 1 <= step <= size <= min(height, width):
        raise ValueError(
            f"a square of {size} every {step} pixels does not suit {shape}: "
            "1 <= step <= size <= the image, so that every pixel is covered"
        )
    rows, columns = (
        sorted({*range(0, n - size + 1, step), n - size}) for n in (height, width)
    )
    return [np.s_[r : r + size, c : c + size] for r in rows for c in columns]
