"""One network for every size: the same weights, and what a size costs."""

from dataclasses import asdict

import numpy as np
import pytest

from helpers import results
from helpers.experiments import sizes
from helpers.experiments.sizes import Size
from helpers.quiet import keras


def test_one_network_takes_every_size():
    model = sizes.build(Size(filters=(4, 8)), (64, 64, 3), 5)
    for size in (10, 32, 48):
        pictures = np.zeros((2, size, size + 3, 3), np.uint8)
        assert model(pictures).shape == (2, 5)
    assert model.count_params() == 4 * (27 + 4) + 8 * (36 + 4) + 5 * 9


@pytest.mark.parametrize("size", [18, 32, 50])
def test_operations_are_two_for_each_weight_and_place(size):
    model = sizes.build(Size(filters=(4, 8)))
    pooled = (size - 2) // 2
    wanted = 2 * 27 * 4 * (size - 2) ** 2 + 2 * 36 * 8 * (pooled - 2) ** 2
    assert sizes.operations(model, size) == wanted


def test_nothing_is_padded():
    convolutions = [
        layer
        for layer in sizes.build().layers
        if isinstance(layer, (keras.layers.Conv2D, keras.layers.MaxPooling2D))
    ]
    assert len(convolutions) == 5
    assert {layer.padding for layer in convolutions} == {"valid"}


def test_the_settings_are_those_that_were_measured_and_name_a_run():
    measured = results.read("experiments")["size"]["32"]["settings"]
    assert asdict(Size()) | {"filters": [*Size().filters]} == measured
    assert len({Size(), Size(32), Size(48)}) == 2


def test_the_network_normalizes_white_to_1_and_knows_ten_classes():
    model = sizes.build()
    assert model.output_shape == (None, 10)
    rescaling, *rest = model.layers
    assert np.all(np.array(rescaling(np.full((1, 2, 2, 3), 255.0))) == 1)
    norms = [n for n in rest if isinstance(n, keras.layers.BatchNormalization)]
    assert [norm.momentum for norm in norms] == [0.9] * 3
