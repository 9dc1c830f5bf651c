"""A network over a photo says what it says of every window, cut out and given alone."""

import numpy as np
import pytest

from helpers import data, models
from helpers.experiments import sizes
from helpers.insight import sliding
from helpers.quiet import keras


def network(*between, global_pool="GlobalAveragePooling2D", classes=5):
    """Build a network of these layers, whose statistics are not those of its start."""
    keras.utils.set_random_seed(0)
    pool = getattr(keras.layers, global_pool)()
    dense = keras.layers.Dense(classes, activation="softmax")
    model = keras.Sequential([keras.Input((None, None, 3)), *between, pool, dense])
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.1, 1, w.shape) for w in model.get_weights()])
    return model


def layers_of(name):
    layers = keras.layers
    return {
        "pooled": lambda: [
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(6, 3),
            layers.BatchNormalization(),
        ],
        "strided": lambda: [layers.Conv2D(4, 5, strides=3), layers.AveragePooling2D(2)],
    }[name]()


@pytest.mark.parametrize(
    ("name", "pool", "window", "stride"),
    [
        ("pooled", "GlobalAveragePooling2D", 16, 2),
        ("pooled", "GlobalMaxPooling2D", 18, 2),
        ("strided", "GlobalAveragePooling2D", 20, 6),
    ],
)
def test_sliding_equals_cropping(name, pool, window, stride):
    model = network(*layers_of(name), global_pool=pool)
    photos = np.random.default_rng(1).uniform(0, 1, (2, 47, 38, 3)).astype("float32")
    found = np.asarray(sliding.over_photo(model, window)(photos))
    rows, columns = found.shape[1:3]
    assert (rows, columns) == tuple((n - window) // stride + 1 for n in (47, 38))
    for row, column in np.ndindex(rows, columns):
        top, left = stride * row, stride * column
        crop = photos[:, top : top + window, left : left + window]
        assert np.allclose(found[:, row, column], np.asarray(model(crop)), atol=1e-5)


def test_over_the_sample_photo():
    keras.utils.set_random_seed(0)
    model, photo = sizes.build(classes=4), data.sample_photo()
    found = np.asarray(sliding.over_photo(model, 32)(photo[None]))[0]
    assert found.shape == (68, 68, 4) and np.allclose(found.sum(-1), 1, atol=1e-5)
    places = [(0, 0), (67, 67), (31, 5), (12, 60)]
    crops = [photo[4 * r : 4 * r + 32, 4 * c : 4 * c + 32] for r, c in places]
    alone = np.asarray(model(np.array(crops)))
    assert np.allclose([found[place] for place in places], alone, atol=1e-4)


def test_what_cannot_slide_says_why():
    with pytest.raises(ValueError, match='pads its input.*padding="valid"'):
        sliding.over_photo(models.build_fast_cnn(widths=(4, 4, 4)), 32)
    flat = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()])
    with pytest.raises(ValueError, match="fixes the size of the picture"):
        sliding.over_photo(flat, 8)
    bare = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)])
    with pytest.raises(ValueError, match="needs one global pooling"):
        sliding.over_photo(bare, 8)


def test_paths_that_meet_slide_together():
    keras.utils.set_random_seed(0)
    layers = keras.layers
    inputs = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3)(inputs)
    x = layers.Add()([x, layers.ReLU()(x)])
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(x))
    photo = np.random.default_rng(1).uniform(0, 1, (1, 9, 8, 3)).astype("float32")
    found = np.asarray(sliding.over_photo(model, 7)(photo))
    assert found.shape == (1, 3, 2, 4)
    alone = np.asarray(model(photo[:, 2:9, 1:8]))
    assert np.allclose(found[:, 2, 1], alone, atol=1e-5)
