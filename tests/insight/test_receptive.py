"""A receptive field is what a number depends on, and nothing else."""

import numpy as np
import pytest

from helpers.insight import activations, receptive
from helpers.quiet import keras

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (12, 32, 32, 3), "uint8")


def test_the_receptive_field_is_what_a_number_depends_on(model):
    """Change pixels one row at a time: those that matter are the field's, no others."""
    for name in activations.convolutions(model):
        size, step, start = receptive.receptive_field(model, name)
        images = np.repeat(IMAGES[:1], 33, axis=0)
        for row in range(32):
            images[row + 1, row] = 255 - images[row + 1, row]
        maps = activations.feature_maps(model, images, name)
        for place in range(maps.shape[1]):
            moved = np.abs(maps[1:, place] - maps[0, place]).max(axis=(1, 2)) > 0
            first = start + place * step
            field = range(max(first, 0), min(first + size, 32))
            matter = np.flatnonzero(moved)
            assert set(matter) <= set(field)
            # ReLU and max pooling may hide a row or two, not the field
            assert len(matter) >= len(field) // 2


def test_the_receptive_field_counts_dilation_and_refuses_what_it_does_not_know():
    layers = keras.layers
    chain = [keras.Input((32, 32, 3)), layers.Conv2D(2, 3, dilation_rate=2)]
    assert receptive.receptive_field(keras.Sequential(chain))[0] == 5
    chain += [layers.UpSampling2D(2), layers.Conv2D(2, 3)]
    with pytest.raises(ValueError, match="known for UpSampling2D"):
        receptive.receptive_field(keras.Sequential(chain))
    for wide in (layers.Conv2D(2, (1, 5)), layers.MaxPooling2D(2, strides=(1, 2))):
        with pytest.raises(ValueError, match="not square"):
            oblong = [chain[0], wide, layers.Conv2D(2, 3)]
            receptive.receptive_field(keras.Sequential(oblong))
    with pytest.raises(ValueError, match="not square"):
        oblong = [keras.Input((32, 24, 3)), layers.Conv2D(2, 3)]
        receptive.receptive_field(keras.Sequential(oblong))
    inputs = keras.Input((32, 32, 3))
    paths = [layers.Conv2D(2, n, n // 2)(inputs) for n in (3, 5)]
    paths = [layers.GlobalAveragePooling2D(keepdims=True)(path) for path in paths]
    model = keras.Model(inputs, layers.Add(name="sum")(paths))
    with pytest.raises(ValueError, match="is no map: sum sees all pixels"):
        receptive.receptive_field(model, "sum")
    paths = layers.Conv2D(2, 1, 2)(inputs), layers.Conv2D(2, 17)(inputs)
    model = keras.Model(inputs, layers.Add(name="sum")(paths))
    with pytest.raises(ValueError, match=r"paths to sum have strides of \(2, 1\)"):
        receptive.receptive_field(model, "sum")


def test_where_paths_meet_the_largest_counts():
    """A 3 x 3 path beside a 5 x 5: the field is the sum of both, found by gradients."""
    inputs = keras.Input((32, 32, 3))
    narrow = keras.layers.Conv2D(2, 3, strides=2, padding="same")(inputs)
    wide = keras.layers.Conv2D(2, 5, strides=2, padding="same")(inputs)
    model = keras.Model(inputs, keras.layers.Add(name="sum")([narrow, wide]))
    assert receptive.receptive_field(model, "sum") == (5, 2, -1)


@pytest.mark.parametrize("side, start", [(31, -1), (32, 0), (None, 0)])
def test_padding_depends_on_the_side_which_is_32_where_it_is_open(side, start):
    layers = keras.layers
    stack = [keras.Input((side, side, 3)), layers.Conv2D(2, 3, 2, padding="same")]
    assert receptive.receptive_field(keras.Sequential(stack)) == (3, 2, start)


def test_a_large_square_is_a_square():
    image = keras.Input((int("300"), int("300"), 3))  # equal, and not the same object
    stack = keras.Sequential([image, keras.layers.Conv2D(2, 3)])
    assert receptive.receptive_field(stack) == (3, 1, 0)


def test_a_map_of_one_number_that_is_added_everywhere_is_refused():
    inputs = keras.Input((32, 32, 3))
    whole = keras.layers.Conv2D(3, 32)(inputs)
    for paths in ([inputs, whole], [whole, inputs]):
        model = keras.Model(inputs, keras.layers.Add(name="sum")(paths))
        with pytest.raises(ValueError, match=r"to sum have .* sides of \(.*1.*\)"):
            receptive.receptive_field(model, "sum")
