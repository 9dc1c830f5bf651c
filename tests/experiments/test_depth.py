"""Stacks of any depth, and that an addition is all that a residual connection adds."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from helpers import experiments, results
from helpers.data import Images
from helpers.experiments import depth
from helpers.experiments.depth import Depth
from helpers.quiet import keras

SMALL = Depth(convolutions=4, filters=8, epochs=2, batch_size=20)
RANDOM = np.random.default_rng(0)
FEW = Images(RANDOM.integers(0, 256, (60, 16, 16, 3), "uint8"), np.arange(60) % 10)


def count(model, kind):
    return sum(isinstance(layer, kind) for layer in model.layers)


@pytest.mark.parametrize("convolutions", [2, 4, 8])
@pytest.mark.parametrize("normalized", [False, True])
def test_depth_is_the_number_of_convolutions_and_a_skip_costs_nothing(
    convolutions, normalized
):
    plain = replace(SMALL, convolutions=convolutions, normalized=normalized)
    models = [depth.build(replace(plain, skip=skip)) for skip in (False, True)]
    for model in models:
        assert count(model, keras.layers.Conv2D) == convolutions + 1
        assert count(model, keras.layers.BatchNormalization) == normalized * (
            convolutions + 1
        )
    assert models[0].count_params() == models[1].count_params()
    assert count(models[1], keras.layers.Add) == convolutions // 2


def test_with_kernels_of_zero_a_residual_stack_hands_its_input_on():
    model = depth.build(replace(SMALL, skip=True))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.kernel.shape[2] == 8:
            layer.kernel.assign(np.zeros(layer.kernel.shape))
    stem = next(x for x in model.layers if isinstance(x, keras.layers.MaxPooling2D))
    last = model.layers[-2]
    both = keras.Model(model.input, [stem.output, last.input])
    before, after = both(FEW.images[:2].repeat(2, 1).repeat(2, 2))
    assert np.array_equal(np.asarray(before), np.asarray(after))


def test_an_odd_number_is_refused():
    with pytest.raises(ValueError, match="an even number, not 3"):
        depth.build(replace(SMALL, convolutions=3))


def test_a_run_is_decided_by_its_seed():
    settings = replace(SMALL, skip=True, normalized=True)
    runs = [
        experiments.run(settings, FEW, FEW, FEW, seed, build=depth.build)
        for seed in (0, 0, 1)
    ]
    assert runs[0]["history"] == runs[1]["history"] != runs[2]["history"]
    assert runs[0]["settings"]["skip"] is True


def test_the_settings_are_those_that_were_measured_and_name_a_run():
    assert (
        asdict(Depth()) == results.read("experiments")["depth"]["8, plain"]["settings"]
    )
    assert len({Depth(), Depth(8), Depth(4)}) == 2


def test_the_stack_is_as_large_as_counted_by_hand_at_half_the_side():
    model = depth.build(Depth())
    assert model.input_shape == (None, 32, 32, 3) and model.output_shape == (None, 10)
    wanted = (27 * 32 + 32) + 8 * (9 * 32 * 32 + 32) + (32 * 10 + 10)
    assert model.count_params() == wanted
    kinds = keras.layers.Rescaling, keras.layers.Conv2D
    rescaling, first, *stack = (x for x in model.layers if isinstance(x, kinds))
    assert np.all(np.array(rescaling(np.full((1, 2, 2, 3), 255.0))) == 1)
    assert first.output.shape[1:3] == (32, 32)
    assert {layer.output.shape[1:3] for layer in stack} == {(16, 16)}


def test_what_is_normalized_has_no_biases_and_a_quiet_start_is_at_0():
    model = depth.build(replace(SMALL, normalized=True, quiet_start=True))
    kinds = keras.layers.Conv2D, keras.layers.BatchNormalization
    convolutions, norms = ([x for x in model.layers if isinstance(x, k)] for k in kinds)
    assert not any(layer.use_bias for layer in convolutions)
    assert {layer.momentum for layer in norms} == {0.9}
    still = [not np.any(layer.kernel.numpy()) for layer in convolutions]
    assert still == [False, False, True, False, True]


@pytest.mark.parametrize("convolutions", [-2, 0, 1, 9])
def test_no_pairs_are_refused(convolutions):
    with pytest.raises(ValueError, match=f"an even number, not {convolutions}"):
        depth.build(replace(SMALL, convolutions=convolutions))
