"""Splitting, scaling, the photo of Part 1."""

import tracemalloc

import numpy as np
import pytest

from helpers import data


def test_split():
    labels = np.repeat(np.arange(5), [100, 100, 100, 100, 600])
    images = np.arange(1000)
    train, validation = data.split(images, labels, 200)
    assert np.bincount(validation.labels).tolist() == [20, 20, 20, 20, 120]
    both = np.concatenate([train.images, validation.images])
    assert np.array_equal(np.sort(both), images)
    assert np.array_equal(labels[train.images], train.labels)
    again, other = (data.split(images, labels, 200, seed) for seed in (0, 1))
    assert np.array_equal(again[0].images, train.images)
    assert not np.array_equal(other[0].images, train.images)


@pytest.mark.parametrize("validation", [-1, 0, 9, 91, 100, 5000, 0.1])
def test_split_that_cannot_be(validation):
    labels = np.arange(100) % 10
    with pytest.raises(ValueError, match=f"validation={validation} .* from 10 to 90"):
        data.split(labels, labels, validation)


@pytest.mark.parametrize("validation", [10, 90, 50.0, np.int64(20), np.float32(20)])
def test_split_at_the_limits_and_by_any_whole_number(validation):
    labels = np.arange(100) % 10
    train, held_out = data.split(labels, labels, validation)
    assert (len(train.labels), len(held_out.labels)) == (100 - validation, validation)


def test_the_toy_picture_is_a_cross():
    x = data.cross()
    assert x.shape == (7, 7) and x.sum() == 13
    assert all(x[i, i] == x[i, 6 - i] == 1 for i in range(7))


def test_scale_makes_no_float64():
    images = np.arange(256, dtype=np.uint8).repeat(32 * 32 * 3).reshape(256, 32, 32, 3)
    tracemalloc.start()
    scaled = data.scale(images)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert scaled.dtype == np.float32 and scaled.shape == images.shape
    assert np.allclose(scaled[:, 0, 0, 0], np.arange(256) / 255)
    assert peak < 1.5 * scaled.nbytes


def test_scale_refuses_scaled_images():
    with pytest.raises(ValueError, match="float32, not uint8"):
        data.scale(data.scale(np.zeros((1, 32, 32, 3), np.uint8)))


def test_sample_photo():
    photo = data.sample_photo()
    assert photo.shape == (300, 300, 3) and photo.dtype == np.uint8
    assert photo.flags.owndata and photo.std() > 30
