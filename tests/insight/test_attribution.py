"""helpers.insight: what it says of a network must be so of the network."""

import numpy as np
import pytest

from helpers import insight, models
from helpers.quiet import keras

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (12, 32, 32, 3), "uint8")


@pytest.fixture(scope="module", params=["cnn", "fast_cnn", "strided", "loaded"])
def model(request):
    if request.param == "loaded":  # Keras builds such a model in another way
        return models.load_trained("digits", "cnn")
    keras.utils.set_random_seed(0)
    if request.param == "cnn":
        return models.build_cnn()
    if request.param == "fast_cnn":
        return models.build_fast_cnn(widths=(8, 8, 8))
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(4, 5, strides=2, padding="same", activation="relu"),
            keras.layers.AveragePooling2D(3, strides=2),
            keras.layers.Conv2D(4, 2, padding="valid"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(10, activation="softmax"),
        ],
        name="strided",
    )


def test_feature_maps_are_those_of_the_layers(model):
    name = insight.convolutions(model)[0]
    x = IMAGES[:2].astype("float32")
    for layer in model.layers:
        x = layer(x)
        if layer.name == name:
            break
    found = insight.feature_maps(model, IMAGES[:2], name)
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(x), atol=1e-4)


def test_the_receptive_field_is_what_a_number_depends_on(model):
    """Change pixels one row at a time: those that matter are the field's, no others."""
    for name in insight.convolutions(model):
        size, step, start = insight.receptive_field(model, name)
        images = np.repeat(IMAGES[:1], 33, axis=0)
        for row in range(32):
            images[row + 1, row] = 255 - images[row + 1, row]
        maps = insight.feature_maps(model, images, name)
        for place in range(maps.shape[1]):
            moved = np.abs(maps[1:, place] - maps[0, place]).max(axis=(1, 2)) > 0
            first = start + place * step
            field = range(max(first, 0), min(first + size, 32))
            matter = np.flatnonzero(moved)
            assert set(matter) <= set(field)
            # ReLU and max pooling may hide a row or two, not the field
            assert len(matter) >= len(field) // 2


def test_the_strongest_come_first(model):
    name = insight.convolutions(model)[-1]
    maps = insight.feature_maps(model, IMAGES, name)
    found, places = insight.strongest(model, IMAGES, name, 2, count=5)
    peaks = maps[..., 2].max(axis=(1, 2))
    assert found.tolist() == np.argsort(-peaks, kind="stable")[:5].tolist()
    for image, (row, column) in zip(found, places, strict=True):
        assert maps[image, row, column, 2] == peaks[image]


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
        drop = insight.occlusion(model, image, 0, size=6, step=step)
        row, column = np.unravel_index(drop.argmax(), drop.shape)
        assert 4 <= row < 12 and 20 <= column < 28
        assert np.isfinite(drop).all() and abs(drop[25:, :12]).max() < 1e-6
        np.testing.assert_allclose(
            insight.occlusion(model, image, 1, size=6, step=step), -drop, atol=1e-6
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
    bright, dark = (insight.grad_cam(model, image, label) for label in (0, 1))
    assert bright.shape == (32, 32) and bright.max() == dark.max() == 1
    assert bright[:, :14].min() > 0.9 and bright[:, 18:].max() < 0.1
    assert dark[:, 18:].min() > 0.9 and dark[:, :14].max() < 0.1


def test_a_softmax_of_its_own_changes_nothing():
    ends = {
        "within": [keras.layers.Dense(4, activation="softmax")],
        "Softmax": [keras.layers.Dense(4), keras.layers.Softmax()],
        "Activation": [keras.layers.Dense(4), keras.layers.Activation("softmax")],
    }
    heats = []
    for end in ends.values():
        first = [keras.Input((32, 32, 3)), keras.layers.Conv2D(3, 5)]
        model = keras.Sequential([*first, keras.layers.Flatten(), *end])
        random = np.random.default_rng(2)
        model.set_weights([random.normal(size=w.shape) for w in model.get_weights()])
        heats.append(insight.grad_cam(model, IMAGES[0], 3))
    assert heats[0].max() == 1
    assert np.allclose(heats[0], heats[1:], atol=1e-5)


def test_a_layer_without_maps_is_named(model):
    last = model.layers[-1].name
    for call in (
        lambda: insight.strongest(model, IMAGES, last, 0),
        lambda: insight.grad_cam(model, IMAGES[0], 3, last),
    ):
        with pytest.raises(ValueError, match=f"{last} has no maps; the convolutions"):
            call()


def test_grad_cam_takes_every_model(model):
    heat = insight.grad_cam(model, IMAGES[0], 3)
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
        lambda one: insight.feature_maps(one, IMAGES[:3]),
        lambda one: insight.grad_cam(one, IMAGES[0], 3),
        lambda one: insight.occlusion(one, IMAGES[0], 3, step=8),
    ):
        np.testing.assert_allclose(look(mine), look(model), atol=1e-4)


def test_a_certain_answer_has_a_map_too():
    """At a probability of 1 its own slope is 0; the logit's is not."""
    model = models.load_trained("digits", "cnn")
    weights = model.layers[-1].get_weights()
    model.layers[-1].set_weights([100 * weights[0], weights[1]])
    label = int(model.predict(IMAGES[:1], verbose=0).argmax())
    assert model.predict(IMAGES[:1], verbose=0).max() == 1
    assert insight.grad_cam(model, IMAGES[0], label).max() == 1


def test_grad_cam_reads_the_logits(model):
    x = insight._opened(model, None).predict(IMAGES[:4], verbose=0)[1]
    logits = keras.ops.convert_to_numpy(insight._logits(model.layers[-1], x))
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    found = model.predict(IMAGES[:4], verbose=0)
    np.testing.assert_allclose(e / e.sum(axis=1, keepdims=True), found, atol=1e-5)


def test_the_receptive_field_counts_dilation_and_refuses_what_it_does_not_know():
    layers = keras.layers
    chain = [keras.Input((32, 32, 3)), layers.Conv2D(2, 3, dilation_rate=2)]
    assert insight.receptive_field(keras.Sequential(chain))[0] == 5
    chain += [layers.UpSampling2D(2), layers.Conv2D(2, 3)]
    with pytest.raises(ValueError, match="known for UpSampling2D"):
        insight.receptive_field(keras.Sequential(chain))
    for wide in (layers.Conv2D(2, (1, 5)), layers.MaxPooling2D(2, strides=(1, 2))):
        with pytest.raises(ValueError, match="not square"):
            oblong = [chain[0], wide, layers.Conv2D(2, 3)]
            insight.receptive_field(keras.Sequential(oblong))
    with pytest.raises(ValueError, match="not square"):
        oblong = [keras.Input((32, 24, 3)), layers.Conv2D(2, 3)]
        insight.receptive_field(keras.Sequential(oblong))
    inputs = keras.Input((32, 32, 3))
    paths = [layers.Conv2D(2, n, padding="same")(inputs) for n in (3, 5)]
    with pytest.raises(ValueError, match="no keras.Sequential"):
        insight.receptive_field(keras.Model(inputs, layers.add(paths)))


def test_a_randomized_network_is_another_with_the_same_shape(model):
    one, again = insight.randomized(model, 1), insight.randomized(model, 1)
    pairs = list(zip(model.get_weights(), one.get_weights(), strict=True))
    assert all(a.shape == b.shape for a, b in pairs)
    assert not all(np.array_equal(a, b) for a, b in pairs)
    for a, b in zip(one.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_the_nearest_is_itself():
    features = RANDOM.normal(size=(20, 5))
    found = insight.nearest(features, 3 * features[[7, 2]], count=4)
    assert found[:, 0].tolist() == [7, 2] and found.shape == (2, 4)
    cosine = features @ features[7] / np.linalg.norm(features, axis=1)
    assert found[0].tolist() == np.argsort(-cosine)[:4].tolist()


DENSE = models.build_dense_baseline()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda m: insight.convolutions(DENSE), "no Conv2D layer, only: .*flatten"),
        (lambda m: insight.feature_maps(m, IMAGES, "conv_99"), "'conv_99'; there are:"),
        (lambda m: insight.feature_maps(m, IMAGES[:, :20]), r"\(12, 20, 32, 3\)"),
        (lambda m: insight.feature_maps(m, IMAGES[0]), "batch of images"),
        (lambda m: insight.receptive_field(m, m.layers[-1].name), "sees all pixels"),
        (lambda m: insight.grad_cam(m, IMAGES[0], 0, m.layers[-1].name), "are: conv2d"),
        (lambda m: insight.strongest(m, IMAGES, m.layers[2].name, 999), "not 999"),
        (lambda m: insight.occlusion(m, IMAGES[0], 0, size=40), "square of 40"),
        (lambda m: insight.nearest(np.ones((2, 3)), np.ones(3)), r"queries \(Q, F\)"),
    ],
)
def test_bad_input_is_told_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call(models.build_cnn())
