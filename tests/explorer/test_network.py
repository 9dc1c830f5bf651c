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


def test_parameters_stand_where_they_are_used_and_outputs_where_layers_end():
    model = sequential(
        L.Conv2D(2, 3, activation="relu"), L.BatchNormalization(), L.Flatten(),
        L.Dense(4), L.Softmax(),
    )  # fmt: skip
    steps, _ = describe(model)
    kinds = ["conv2d", "activation", "normalization", "flatten", "dense", "activation"]
    assert [step["kind"] for step in steps] == kinds
    counts = [step.get("parameters") for step in steps]
    assert counts == [3 * 9 * 2 + 2, None, 4 * 2, 0, 72 * 4 + 4, 0]
    assert [step.get("ends", False) for step in steps] == [False] + [True] * 5


def test_what_does_nothing_in_prediction_is_a_step_all_the_same():
    steps, _ = describe(sequential(L.RandomFlip(), L.Dropout(0.5), L.Identity()))
    assert [step["kind"] for step in steps] == ["idle"] * 3


def test_vectors_begin_at_multiples_of_4_behind_an_odd_kernel():
    steps, numbers = describe(sequential(L.Conv2D(1, 1, bias_initializer="ones")))
    assert [steps[0][part]["at"] for part in ("kernel", "bias")] == [0, 8]
    assert len(numbers) == 12 and np.frombuffer(numbers, "<f4", 1, 8) == [1]


def test_three_layers_are_added():
    steps, _ = describe(joined(lambda x: L.Add()([x, L.ReLU()(x), L.Softmax()(x)])))
    assert steps[-1]["inputs"] == [0, 1, 2]


def test_a_softmax_over_rows_is_refused():
    with pytest.raises(ValueError, match="with axis=1, only with -1"):
        describe(sequential(L.Softmax(axis=1)))


class Almost(keras.Sequential):
    by = 1.0

    def call(self, x, training=None, mask=None):
        return self.by * super().call(x)


def test_rounding_makes_no_other_model_and_a_thousandth_does():
    model = Almost([keras.Input((8, 8, 3)), L.Conv2D(2, 3)])
    model.by = 1 + 1e-5
    assert [step["kind"] for step in describe(model)[0]] == ["conv2d"]
    model.by = 1 + 1e-3
    with pytest.raises(ValueError, match="is more than its layers"):
        describe(model)


class Fussy(keras.Sequential):
    def call(self, x, training=None, mask=None):
        if not isinstance(x, keras.KerasTensor):
            raise ValueError("give me\nsomething else")
        return super().call(x)


def test_a_model_that_refuses_images_gets_a_sentence():
    model = Fussy([keras.Input((8, 8, 3)), L.ReLU()], name="own")
    with pytest.raises(ValueError, match="^own is more than its layers: the page"):
        describe(model)
