"""What is said of a network's answers must be so of the network."""

import numpy as np
import pytest

from helpers import models
from helpers.insight import activations, attribution, receptive
from helpers.quiet import keras

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (12, 32, 32, 3), "uint8")


def test_feature_maps_are_those_of_the_layers(model):
    name = activations.convolutions(model)[0]
    x = IMAGES[:2].astype("float32")
    for layer in model.layers:
        if not isinstance(layer, keras.layers.InputLayer):
            x = layer(x)
        if layer.name == name:
            break
    found = activations.feature_maps(model, IMAGES[:2], name)
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(x), atol=1e-4)


def test_the_strongest_come_first(model):
    name = activations.convolutions(model)[-1]
    maps = activations.feature_maps(model, IMAGES, name)
    found, places = activations.maximally_activating(model, IMAGES, name, 2, count=5)
    peaks = maps[..., 2].max(axis=(1, 2))
    assert found.tolist() == np.argsort(-peaks, kind="stable")[:5].tolist()
    for image, (row, column) in zip(found, places, strict=True):
        assert maps[image, row, column, 2] == peaks[image]


def test_a_layer_without_maps_is_named(model):
    last = model.layers[-1].name
    for call in (
        lambda: activations.maximally_activating(model, IMAGES, last, 0),
        lambda: attribution.grad_cam(model, IMAGES[0], 3, last),
    ):
        with pytest.raises(ValueError, match=f"{last} has no maps; the convolutions"):
            call()


def test_the_nearest_is_itself():
    features = RANDOM.normal(size=(20, 5))
    found = activations.nearest(features, 3 * features[[7, 2]], count=4)
    assert found[:, 0].tolist() == [7, 2] and found.shape == (2, 4)
    cosine = features @ features[7] / np.linalg.norm(features, axis=1)
    assert found[0].tolist() == np.argsort(-cosine)[:4].tolist()


DENSE = models.build_dense_baseline()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda m: activations.convolutions(DENSE), "no Conv2D layer, only: .*flatten"),
        (
            lambda m: activations.feature_maps(m, IMAGES, "conv_99"),
            "'conv_99'; there are:",
        ),
        (lambda m: activations.feature_maps(m, IMAGES[:, :20]), r"\(12, 20, 32, 3\)"),
        (lambda m: activations.feature_maps(m, IMAGES[0]), "batch of images"),
        (lambda m: receptive.receptive_field(m, m.layers[-1].name), "sees all pixels"),
        (
            lambda m: attribution.grad_cam(m, IMAGES[0], 0, m.layers[-1].name),
            "are: conv2d",
        ),
        (
            lambda m: activations.maximally_activating(
                m, IMAGES, m.layers[2].name, 999
            ),
            "not 999",
        ),
        (lambda m: attribution.occlusion(m, IMAGES[0], 0, size=40), "square of 40"),
        (
            lambda m: activations.nearest(np.ones((2, 3)), np.ones(3)),
            r"queries \(Q, F\)",
        ),
    ],
)
def test_bad_input_is_told_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call(models.build_cnn())


def test_the_last_convolution_is_taken_untold_and_what_the_last_layer_gets(model):
    last = activations.convolutions(model)[-1]
    assert activations.layer_named(model, None).name == last
    features = activations.opened(model, None).outputs[1]
    last = model.layers[-1]
    wanted = last.kernel.shape[0] if hasattr(last, "kernel") else 10  # a Softmax alone
    assert features.shape == (None, wanted)


def test_no_image_is_lost_between_the_parts_and_nothing_is_dropped():
    layers = keras.layers
    stack = [keras.Input((4, 4, 1)), layers.Dropout(0.5), layers.Conv2D(1, 1)]
    model = keras.Sequential([*stack, layers.Flatten()])
    images = RANDOM.integers(1, 256, (501, 4, 4, 1), "uint8")
    wanted = images * float(model.layers[1].kernel.numpy().item())
    found = activations.feature_maps(model, images)
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_a_channel_that_is_not_there_is_told_which_are():
    model = models.build_cnn()
    name = activations.convolutions(model)[1]
    assert model.get_layer(name).output.shape == (None, 16, 16, 64)
    for channel in (-1, 64):
        says = f"^{name} has channels 0 to 63, not {channel}$"
        with pytest.raises(ValueError, match=says):
            activations.maximally_activating(model, IMAGES, name, channel)
    for channel in (0, 63):
        found, _ = activations.maximally_activating(model, IMAGES, name, channel)
        assert len(found) == 8


def test_features_of_nothing_but_zeros_are_neither_like_nor_unlike():
    features = [[-1, 0], [0, 0], [2, 0]]
    assert activations.nearest(features, [[1, 0]]).tolist() == [[2, 1, 0]]
