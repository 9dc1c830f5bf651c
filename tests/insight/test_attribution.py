"""Maps of where a network looks, of networks whose reason is known."""

import numpy as np
import pytest

from helpers import models
from helpers.insight import activations, attribution
from helpers.quiet import keras

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (12, 32, 32, 3), "uint8")


class Counter(keras.layers.Layer):
    """Two classes: the share of bright red in one corner, and the rest."""

    def call(self, x):
        share = keras.ops.mean(keras.ops.cast(x[:, 4:12, 20:28, 0], "float32"), (1, 2))
        share = share[:, None] / 255
        return keras.ops.concatenate([share, 1 - share], axis=1)


def test_occlusion_finds_the_corner_that_decides():
    inputs = keras.Input((32, 32, 3))
    model = keras.Model(inputs, Counter()(inputs))
    image = np.zeros((32, 32, 3), "uint8")
    image[4:12, 20:28, 0] = 255
    for step in (1, 3, 5):
        drop = attribution.occlusion(model, image, 0, size=6, step=step)
        row, column = np.unravel_index(drop.argmax(), drop.shape)
        assert 4 <= row < 12 and 20 <= column < 28
        assert np.isfinite(drop).all() and abs(drop[25:, :12]).max() < 1e-6
        np.testing.assert_allclose(
            attribution.occlusion(model, image, 1, size=6, step=step), -drop, atol=1e-6
        )


def test_grad_cam_finds_the_half_that_decides():
    """A network that counts bright pixels for class 0, dark ones for class 1."""
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(2, 1, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    kernel = np.array([[1, -1]] * 3, "float32")[None, None] / 765
    model.set_weights(
        [kernel, np.array([-0.5, 0.5], "float32"), 4 * np.eye(2), np.zeros(2)]
    )
    image = np.zeros((32, 32, 3), "uint8")
    image[:, :16] = 255
    bright, dark = (attribution.grad_cam(model, image, label) for label in (0, 1))
    assert bright.shape == (32, 32) and bright.max() == dark.max() == 1
    assert bright[:, :14].min() > 0.9 and bright[:, 18:].max() < 0.1
    assert dark[:, 18:].min() > 0.9 and dark[:, :14].max() < 0.1


def test_a_softmax_of_its_own_changes_nothing():
    ends = {
        "within": [keras.layers.Dense(4, activation="softmax")],
        "Softmax": [keras.layers.Dense(4), keras.layers.Softmax()],
        "Activation": [keras.layers.Dense(4), keras.layers.Activation("softmax")],
        "none": [keras.layers.Dense(4)],
    }
    heats = []
    for end in ends.values():
        first = [keras.Input((32, 32, 3)), keras.layers.Conv2D(3, 5)]
        model = keras.Sequential([*first, keras.layers.Flatten(), *end])
        random = np.random.default_rng(2)
        model.set_weights([random.normal(size=w.shape) for w in model.get_weights()])
        heats.append(attribution.grad_cam(model, IMAGES[0], 3))
    assert heats[0].max() == 1
    assert np.allclose(heats[0], heats[1:], atol=1e-5)


def test_grad_cam_takes_every_model(model):
    heat = attribution.grad_cam(model, IMAGES[0], 3)
    assert heat.shape == (32, 32) and 0 <= heat.min() and heat.max() in (0, 1)


@pytest.mark.parametrize("kind", ["cnn", "fast_cnn"])
def test_a_students_own_file_gives_the_same(kind, tmp_path):
    """The same layers as a functional model, saved and loaded."""
    model = models.load_trained("digits", kind)
    x = inputs = keras.Input((32, 32, 3))
    for layer in keras.models.clone_model(model).layers:
        x = layer(x)
    mine = keras.Model(inputs, x)
    mine.set_weights(model.get_weights())
    mine.save(tmp_path / "mine.keras")
    mine = keras.saving.load_model(tmp_path / "mine.keras")
    for look in (
        lambda one: activations.feature_maps(one, IMAGES[:3]),
        lambda one: attribution.grad_cam(one, IMAGES[0], 3),
        lambda one: attribution.occlusion(one, IMAGES[0], 3, step=8),
    ):
        np.testing.assert_allclose(look(mine), look(model), atol=1e-4)


def test_a_certain_answer_has_a_map_too():
    """At a probability of 1 its own slope is 0; the logit's is not."""
    model = models.load_trained("digits", "cnn")
    weights = model.layers[-1].get_weights()
    model.layers[-1].set_weights([100 * weights[0], weights[1]])
    label = int(model.predict(IMAGES[:1], verbose=0).argmax())
    assert model.predict(IMAGES[:1], verbose=0).max() == 1
    assert attribution.grad_cam(model, IMAGES[0], label).max() == 1


def test_grad_cam_reads_the_logits(model):
    x = activations.opened(model, None).predict(IMAGES[:4], verbose=0)[1]
    logits = keras.ops.convert_to_numpy(attribution._logits(model.layers[-1], x))
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    found = model.predict(IMAGES[:4], verbose=0)
    np.testing.assert_allclose(e / e.sum(axis=1, keepdims=True), found, atol=1e-5)


def test_a_randomized_network_is_another_with_the_same_shape(model):
    one, again = attribution.randomized(model, 1), attribution.randomized(model, 1)
    pairs = list(zip(model.get_weights(), one.get_weights(), strict=True))
    assert all(a.shape == b.shape for a, b in pairs)
    assert not all(np.array_equal(a, b) for a, b in pairs)
    for a, b in zip(one.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(a, b)


def flat(*between):
    """Build a network whose maps are as large as its images, 6 x 8."""
    stack = [keras.Input((6, 8, 3)), *between, keras.layers.Conv2D(2, 1)]
    return keras.Sequential(
        [*stack, keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    )


def test_grad_cam_is_what_its_formula_says():
    keras.utils.set_random_seed(3)
    model = flat(keras.layers.Dropout(0.5))  # which drops nothing here
    image = RANDOM.integers(0, 256, (6, 8, 3), "uint8")
    maps = activations.feature_maps(model, image[None])[0]
    for label in range(3):
        slopes = model.layers[-1].kernel.numpy()[:, label].reshape(6, 8, 2)
        heat = np.maximum((maps * slopes.mean(axis=(0, 1))).sum(axis=-1), 0)
        found = attribution.grad_cam(model, image, label)
        np.testing.assert_allclose(found, heat / (heat.max() or 1), atol=1e-4)


def test_a_layer_without_maps_is_refused():
    model = flat()
    dense, convolution = model.layers[-1].name, model.layers[0].name
    says = f"^{dense} has no maps; the convolutions are: {convolution}$"
    with pytest.raises(ValueError, match=says):
        attribution.grad_cam(model, np.zeros((6, 8, 3), "uint8"), 1, dense)


def test_where_nothing_speaks_for_a_class_the_map_is_0():
    model = flat()
    model.layers[0].set_weights([np.ones((1, 1, 3, 2)), np.zeros(2)])
    model.layers[-1].set_weights([-np.ones((96, 3)), np.zeros(3)])
    heat = attribution.grad_cam(model, np.full((6, 8, 3), 9, "uint8"), 1)
    assert heat.shape == (6, 8) and (heat == 0).all()


def test_untold_a_square_of_8_moves_by_2_and_the_seed_is_0():
    model = models.build_cnn()
    found = attribution.occlusion(model, IMAGES[0], 3)
    wanted = attribution.occlusion(model, IMAGES[0], 3, size=8, step=2)
    np.testing.assert_array_equal(found, wanted)
    one, other = attribution.randomized(model), attribution.randomized(model, 0)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
