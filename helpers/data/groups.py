"""Which pictures belong together, and parts that keep such groups whole."""

import numpy as np
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import NearestNeighbors

# Root mean square, of 255, between 8 x 8 thumbnails of near-duplicates: a photo saved
# again differs by 1, moved by 2 % of its width by 4 to 9, turned by two degrees by 3 to
# 8, made a tenth brighter by 8 to 17; of 1,000 CIFAR-10 images the closest two by 15.
ALIKE = 10.0


def near_duplicates(images: np.ndarray) -> np.ndarray:
    """Number near-duplicates, and what they are near-duplicates of, as one group.

    `(N, 32, 32, 3) uint8 -> (N,)`: near are two images whose 8 x 8 thumbnails differ by
    less than `ALIKE`.
    """
    means = images.reshape(-1, 8, 4, 8, 4, 3).mean(axis=(2, 4)).reshape(len(images), -1)
    radius = ALIKE * np.sqrt(means.shape[1])
    near = NearestNeighbors(radius=radius).fit(means).radius_neighbors_graph()
    return connected_components(near, directed=False)[1]


def number(names) -> np.ndarray:
    """Number groups that are named: equal names, equal numbers."""
    return np.unique([str(name) for name in names], return_inverse=True)[1]


def assign_parts(
    labels: np.ndarray, groups: np.ndarray, shares, seed: int = 0
) -> np.ndarray:
    """Return the part of each picture: `(N,), (N,), (parts,) -> (N,)`.

    `labels` and `groups` are numbers from 0, `shares` add up to 1. Whole groups, large
    ones first, otherwise in random order: each goes to the part that still lacks most
    of its classes. With `np.arange(N)` for groups it splits picture by picture.
    """
    counts = np.zeros((groups.max() + 1, labels.max() + 1))
    np.add.at(counts, (groups, labels), 1)
    order = np.random.default_rng(seed).permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    lacking = np.outer(shares, counts.sum(axis=0))
    part = np.empty(len(counts), int)
    for group in order:
        part[group] = (lacking @ (counts[group] / counts.sum(axis=0))).argmax()
        lacking[part[group]] -= counts[group]
    return part[groups]
