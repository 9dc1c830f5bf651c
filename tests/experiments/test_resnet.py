"""A small ResNet: what it costs, where it projects, and that it trains as the CNN."""

from dataclasses import asdict

import numpy as np
import pytest

from benchmarks.common import forward_flop
from helpers import experiments, models, results
from helpers.experiments import resnet
from helpers.experiments.resnet import Resnet, Training
from helpers.quiet import keras
from tools import train_models

SMALL = Resnet(widths=(4, 6), pairs=2)


def convolutions(model):
    return [x for x in model.layers if isinstance(x, keras.layers.Conv2D)]


@pytest.mark.parametrize(
    ("settings", "times"), [(Resnet(), 1), (Resnet(widths=(104, 152, 304)), 10)]
)
def test_the_widths_cost_what_is_said(settings, times):
    network = resnet.build(settings)
    wanted = times * forward_flop(models.build_cnn(), 32)
    assert 0.95 * wanted < forward_flop(network, 32) < 1.05 * wanted


def test_its_operations_are_those_counted_by_hand():
    first = 2 * 27 * 4 * 32 * 32
    stage = 4 * 2 * 36 * 4 * 16 * 16  # all at 16 x 16
    narrowed = 2 * (36 * 6 + 3 * 54 * 6 + 4 * 6) * 8 * 8  # the last is the projection
    wanted = first + stage + narrowed + 2 * 6 * 10
    assert forward_flop(resnet.build(SMALL), 32) == wanted


def test_it_projects_where_shapes_differ_and_nowhere_else():
    model = resnet.build(SMALL)
    kernels = [layer.kernel.shape for layer in convolutions(model)]
    assert len(kernels) == 1 + 2 * 2 * 2 + 1
    projections = [x for x in convolutions(model) if x.kernel_size == (1, 1)]
    found = [(layer.kernel.shape, layer.strides) for layer in projections]
    assert found == [((1, 1, 4, 6), (2, 2))]
    assert model.layers[-2].input.shape == (None, 8, 8, 6)
    assert not any(layer.use_bias for layer in convolutions(model))
    norms = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    assert len(norms) == len(kernels)


def test_with_kernels_of_zero_a_pair_hands_on_what_is_not_below_zero():
    entry = keras.Input((4, 4, 3))
    model = keras.Model(entry, resnet.pair(entry, 3))
    for layer in convolutions(model):
        layer.kernel.assign(np.zeros(layer.kernel.shape))
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 3)).astype("float32")
    assert np.array_equal(np.asarray(model(x)), np.maximum(x, 0))


def test_it_is_trained_as_the_cnn_of_notebook_9():
    recipe = train_models.RECIPE | {"epochs": train_models.EPOCHS["cifar10"]["cnn"]}
    assert recipe.pop("optimizer") == "Adam, cosine decay"
    for settings in (Training(), Resnet()):
        assert recipe.items() <= asdict(settings).items()


def test_adamw_without_decay_is_adam():
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), "uint8")
    labels, ends = np.arange(40) % 10, []
    settings = Training(epochs=2, batch_size=20)
    for ours in (True, False):
        keras.utils.set_random_seed(0)
        model = experiments.compiled(models.build_cnn((8, 8, 3)), settings, 40)
        if not ours:
            decay = keras.optimizers.schedules.CosineDecay(0.001, 4)
            model.compile(keras.optimizers.Adam(decay), model.loss)
        model.fit(images, labels, batch_size=20, epochs=2, verbose=0)
        ends.append(model.get_weights())
    for one, other in zip(*ends, strict=True):
        assert np.array_equal(one, other)


def test_the_settings_are_those_that_were_measured_and_name_a_run():
    measured = results.read("experiments")["resnet"]
    assert asdict(Training()) == measured["CNN"]["settings"]
    own = asdict(Resnet()) | {"widths": [*Resnet().widths]}
    assert own == measured["ResNet"]["settings"]
    for kind in (Training, Resnet):
        assert len({kind(), kind(8), kind(4)}) == 2


def test_it_takes_white_as_1_and_starts_as_written():
    model = resnet.build(Resnet())
    assert model.input_shape == (None, 32, 32, 3) and model.output_shape == (None, 10)
    rescaling = model.layers[1]
    assert np.all(np.array(rescaling(np.full((1, 2, 2, 3), 255.0))) == 1)
    norms = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    assert {layer.momentum for layer in norms} == {0.9}


@pytest.mark.parametrize(
    ("filters", "strides", "projects"), [(3, 1, 0), (3, 2, 1), (5, 1, 1), (5, 2, 1)]
)
def test_a_pair_projects_another_number_of_maps_or_another_side(
    filters, strides, projects
):
    entry = keras.Input((8, 8, 3))
    model = keras.Model(entry, resnet.pair(entry, filters, strides))
    sizes = [layer.kernel_size for layer in convolutions(model)]
    assert sorted(sizes) == [(1, 1)] * projects + [(3, 3)] * 2
    assert model.output_shape == (None, 8 // strides, 8 // strides, filters)
