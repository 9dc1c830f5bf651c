"""Groups lie in one part each; near-duplicates are a group."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import data
from helpers.data import groups


@given(
    st.lists(st.integers(0, 2), min_size=30, max_size=200),
    st.integers(1, 4),
    st.integers(0, 9),
)
def test_no_group_lies_in_two_parts_and_shares_are_kept(labels, most, seed):
    labels = np.array([0, 1, 2, *labels])
    rng = np.random.default_rng(seed)
    group = rng.integers(0, max(1, len(labels) // most), len(labels))
    group = np.unique(group, return_inverse=True)[1]
    part = data.assign_parts(labels, group, (0.6, 0.2, 0.2), seed)
    assert all(len(np.unique(part[group == g])) == 1 for g in group)
    largest = np.bincount(group).max()
    counts = np.bincount(part, minlength=3)
    assert np.abs(counts - len(labels) * np.array([0.6, 0.2, 0.2])).max() <= 3 * largest


def test_pictures_alone_are_split_class_by_class():
    labels = np.repeat([0, 1], [20, 60])
    part = data.assign_parts(labels, np.arange(80), (0.75, 0.25))
    assert np.bincount(labels[part == 1]).tolist() == [5, 15]


@pytest.mark.parametrize("seed", range(5))
def test_large_groups_go_first_so_that_small_ones_fill_up(seed):
    group = np.array([0, 1, 2, 3] + 6 * [4])
    part = data.assign_parts(np.zeros(10, int), group, (0.6, 0.4), seed)
    assert part.tolist() == 4 * [1] + 6 * [0]


def test_a_rare_class_counts_as_much_as_a_common_one():
    """A hundred pictures of one class must not decide where four of another go."""
    counts = [(41, 0), (38, 2), (2, 1), (2, 1), *17 * [(1, 0)]]  # a group's, by class
    sizes = [sum(each) for each in counts]
    labels = np.concatenate([np.repeat([0, 1], each) for each in counts])
    part = data.assign_parts(labels, np.repeat(np.arange(21), sizes), (0.5, 0.5))
    assert np.bincount(part[labels == 1]).tolist() == [2, 2]


def test_a_thumbnail_is_the_mean_of_four_by_four_pixels():
    """Pixels that change places within such a square change nothing."""
    rng = np.random.default_rng(0)
    squares = rng.integers(0, 256, (8, 8, 3, 16), dtype=np.uint8)
    images = [
        some.reshape(8, 8, 3, 4, 4).transpose(0, 3, 1, 4, 2).reshape(32, 32, 3)
        for some in (squares, rng.permuted(squares, axis=3))
    ]
    assert data.near_duplicates(np.array(images)).tolist() == [0, 0]


def test_named_groups_are_numbered():
    assert groups.number(["b", "a", 3, "b"]).tolist() == [2, 1, 0, 2]


@pytest.mark.parametrize("difference, same", [(9.5, True), (10.5, False)])
def test_near_is_a_difference_below_ten(difference, same):
    images = np.full((2, 32, 32, 3), 100, np.uint8)
    images[1] += int(difference)
    images[1, ::2] += 1  # half of each thumbnail's pixel
    first, second = data.near_duplicates(images)
    assert (first == second) == same


def test_near_duplicates_are_one_group_and_others_are_not():
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    images[2] = np.clip(images[0].astype(int) + 5, 0, 255)
    first, second, third, fourth = data.near_duplicates(images)
    assert first == third and len({first, second, fourth}) == 3
