"""Groups lie in one part each; near-duplicates are a group."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from helpers import data


@given(
    st.lists(st.integers(0, 2), min_size=30, max_size=200),
    st.integers(1, 4),
    st.integers(0, 9),
)
def test_no_group_lies_in_two_parts_and_shares_are_kept(labels, most, seed):
    labels = np.array([0, 1, 2, *labels])
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, max(1, len(labels) // most), len(labels))
    groups = np.unique(groups, return_inverse=True)[1]
    part = data.assign_parts(labels, groups, (0.6, 0.2, 0.2), seed)
    assert all(len(np.unique(part[groups == g])) == 1 for g in groups)
    largest = np.bincount(groups).max()
    counts = np.bincount(part, minlength=3)
    assert np.abs(counts - len(labels) * np.array([0.6, 0.2, 0.2])).max() <= 3 * largest


def test_pictures_alone_are_split_class_by_class():
    labels = np.repeat([0, 1], [20, 60])
    part = data.assign_parts(labels, np.arange(80), (0.75, 0.25))
    assert np.bincount(labels[part == 1]).tolist() == [5, 15]


def test_near_duplicates_are_one_group_and_others_are_not():
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    images[2] = np.clip(images[0].astype(int) + 5, 0, 255)
    first, second, third, fourth = data.near_duplicates(images)
    assert first == third and len({first, second, fourth}) == 3
