"""A model becomes steps and numbers, or a sentence that names what is in the way."""

import numpy as np
import pytest

from helpers import models
from helpers.experiments import transfer
from helpers.explorer.network import describe
from helpers.quiet import keras

L = keras.layers


def sequential(*layers):
    return keras.Sequential([keras.Input((8, 8, 3)), *layers])


def test_steps_of_the_cnn():
    model = models.build_cnn()
    steps, numbers = describe(model)
    kinds = [step["kind"] for step in steps]
    assert kinds[:5] == ["rescaling", "conv2d", "activation", "pooling", "conv2d"]
    assert kinds[-5:] == ["flatten", "dense", "activation", "dense", "activation"]
    assert steps[-1]["function"] == "softmax" and steps[-1]["shape"] == [10]
    assert sum(s.get("parameters", 0) for s in steps) == model.count_params()
    halves = sum(2 * w.size for w in model.get_weights() if w.ndim > 1)
    vectors = sum(4 * w.size for w in model.get_weights() if w.ndim == 1)
    assert len(numbers) == halves + vectors


def test_kernels_are_16_bit_and_vectors_32():
    model = sequential(L.Flatten(), L.Dense(2))
    model.layers[1].set_weights([np.full((192, 2), 1 / 3), np.full(2, 1 / 3)])
    steps, numbers = describe(model)
    kernel, bias = steps[1]["kernel"], steps[1]["bias"]
    assert kernel == {"shape": [192, 2], "at": 8, "half": True}
    assert bias == {"shape": [2], "at": 0, "half": False}
    assert (np.frombuffer(numbers, "<f2", 384, 8) == np.float16(1 / 3)).all()
    assert (np.frombuffer(numbers, "<f4", 2) == np.float32(1 / 3)).all()


def test_a_model_inside_a_model_is_laid_open():
    backbone = transfer.backbone(models.build_fast_cnn())
    steps, _ = describe(transfer.with_head(backbone, 3))
    assert steps[-1]["shape"] == [3] and len(steps) > 20


REFUSED = {
    "kind LayerNormalization; it knows Activation, ": [L.LayerNormalization()],
    "cannot compute mish, the activation of ": [L.Conv2D(2, 3, activation="mish")],
    r"with dilation_rate=\(2, 2\), only with": [L.Conv2D(2, 2, dilation_rate=2)],
    "with groups=3, only with 1": [L.Conv2D(3, 2, groups=3)],
    "with negative_slope=0.1, only with 0.0": [L.ReLU(negative_slope=0.1)],
    "is applied to maps: put Flatten before it": [L.Dense(2)],
    "has a scale for each channel: give it one": [L.Rescaling([1.0, 2.0, 3.0])],
    "with keepdims=True, only with False": [L.GlobalMaxPooling2D(keepdims=True)],
    "with axis=1, only with -1 or 3": [L.BatchNormalization(axis=1)],
}


@pytest.mark.parametrize("said", REFUSED)
def test_a_layer_that_the_page_cannot_compute_is_named(said):
    model = sequential(*REFUSED[said])
    with pytest.raises(ValueError, match=said) as caught:
        describe(model)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e5])
def test_weights_that_are_no_numbers_are_refused(value):
    model = sequential(L.Flatten(), L.Dense(2, name="last"))
    kernel, bias = model.layers[1].get_weights()
    kernel[3, 1] = value
    model.layers[1].set_weights([kernel, bias])
    with pytest.raises(ValueError, match="the weights of last hold (nan|inf|1)"):
        describe(model)


def test_the_steps_of_a_skip_connection_name_their_inputs():
    inputs = keras.Input((8, 8, 3))
    x = L.Conv2D(3, 3, padding="same", activation="relu")(inputs)
    steps, _ = describe(keras.Model(inputs, L.Flatten()(L.Add()([inputs, x]) + x)))
    kinds = [(step["kind"], step["inputs"]) for step in steps]
    assert kinds[:2] == [("conv2d", [0]), ("activation", [1])]
    assert kinds[2:] == [("add", [0, 2]), ("add", [3, 2]), ("flatten", [4])]


def joined(join):
    inputs = keras.Input((8, 8, 3))
    return keras.Model(inputs, join(inputs))


class Doubled(keras.Sequential):
    def call(self, x, training=None, mask=None):
        return 2 * super().call(x)


@pytest.mark.parametrize(
    "build, said",
    [
        (lambda: joined(lambda x: L.Concatenate()([x, x])), "kind Concatenate; it"),
        (lambda: joined(lambda x: L.ReLU()(x) + 1), "adds a number: the page adds"),
        (lambda: joined(lambda x: x + L.MaxPooling2D(8)(x)), "adds unlike shapes"),
        (
            lambda: Doubled([keras.Input((8, 8, 3)), L.ReLU()], name="own"),
            "own is more than its layers: the page cannot follow it",
        ),
    ],
)
def test_a_model_that_the_page_cannot_follow_gets_a_sentence(build, said):
    with pytest.raises(ValueError, match=said) as caught:
        describe(build())
    assert "\n" not in str(caught.value)
