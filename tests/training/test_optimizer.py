"""Steps that learn fast: each does what its description says."""

import numpy as np
import pytest

from helpers.quiet import keras
from helpers.training import optimizer

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("start, top, end", [(0.2, 0.23, 0.07), (0.2, 0.1, 0.0)])
def test_triangle(start, top, end):
    rate = optimizer.LinearWarmupDecay(3.0, 200, start, top, end)
    found = [float(keras.ops.convert_to_numpy(rate(step))) for step in range(201)]
    corners = [0, 200 * top, 200], [3 * start, 3, 3 * end]
    np.testing.assert_allclose(found, np.interp(range(201), *corners), atol=1e-5)
    again = optimizer.LinearWarmupDecay.from_config(rate.get_config())
    assert float(keras.ops.convert_to_numpy(again(50))) == found[50]


def small_network(optimizer_):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            keras.layers.Conv2D(4, 3, use_bias=False),
            keras.layers.BatchNormalization(scale=False),
            keras.layers.Flatten(),
            keras.layers.Dense(3, use_bias=False),
        ]
    )
    model.compile(optimizer_, "mse")
    return model


def trained(optimizer_, steps=4):
    model = small_network(optimizer_)
    random = np.random.default_rng(1)
    x, y = random.normal(size=(8, 6, 6, 2)), random.normal(size=(8, 3))
    for _ in range(steps):
        model.train_on_batch(x, y)
    return model.get_weights()


def test_without_its_extras_fast_sgd_is_sgd():
    settings = {"momentum": 0.8, "weight_decay": 0.01}
    plain = keras.optimizers.SGD(0.1, nesterov=True, **settings)
    plain.exclude_from_weight_decay(var_names=["beta"])
    fast = optimizer.FastSGD(0.1, bias_factor=1, **settings)
    for a, b in zip(trained(plain), trained(fast), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_bias_factor_steps_biases_alone_further():
    with pytest.raises(ValueError, match="muon needs momentum"):
        optimizer.FastSGD(0.1, momentum=0.0, muon=0.1)
    one = trained(optimizer.FastSGD(0.01, bias_factor=1), steps=1)
    many = trained(optimizer.FastSGD(0.01, bias_factor=64), steps=1)
    np.testing.assert_allclose(many[1], 64 * one[1], rtol=1e-4)  # beta starts at 0
    np.testing.assert_allclose(many[0], one[0], atol=1e-7)
    np.testing.assert_allclose(many[-1], one[-1], atol=1e-7)


@pytest.mark.parametrize("shape", [(18, 4), (216, 64), (36, 9)])
def test_orthogonal_brings_singular_values_near_one(shape):
    matrix = RANDOM.normal(size=shape).astype("float32")
    found = keras.ops.convert_to_numpy(optimizer.orthogonal(matrix, iterations=5))
    u, _, v = np.linalg.svd(matrix, full_matrices=False)
    values = np.diag(u.T @ found @ v.T)  # same directions, other lengths
    assert 0.5 < values.min() and values.max() < 1.3
    np.testing.assert_allclose(u * values @ v, found, atol=1e-3)


def test_muon_keeps_the_length_and_steps_in_all_directions():
    before = small_network("sgd").get_weights()[0]
    rate = 0.05
    after = trained(optimizer.FastSGD(0.1, muon=rate / 0.1), steps=1)[0]
    scaled = before * (2 / np.linalg.norm(before))  # 4 filters: length 2
    step = ((scaled - after) / rate).reshape(-1, 4)
    values = np.linalg.svd(step, compute_uv=False)
    assert 0.2 < values.min() and values.max() < 1.3


def test_fast_sgd_survives_its_config():
    first = optimizer.FastSGD(0.1, muon=0.3, momentum=0.7, weight_decay=0.01)
    again = optimizer.FastSGD.from_config(first.get_config())
    assert again.get_config() == first.get_config()


def test_lookahead_pulls_back_to_the_slow_average():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.set_weights([np.array([[1.0]])])
    x, y = np.ones((4, 1)), np.zeros((4, 1))
    model.fit(
        x, y, batch_size=1, shuffle=False, verbose=0,
        callbacks=[optimizer.Lookahead(steps=4, every=2)],
    )  # fmt: skip
    w = slow = 1.0
    for step in range(1, 5):
        w -= 0.1 * 2 * w
        if step == 1:
            slow = w
        if step % 2 == 0:
            keep = 0.95**2 * (step / 4) ** 3
            w = slow = keep * slow + (1 - keep) * w
    np.testing.assert_allclose(model.get_weights()[0], w, rtol=1e-5)


def test_untold_the_rate_rises_from_a_fifth_for_a_tenth_of_all_steps_and_falls_to_0():
    rate = optimizer.LinearWarmupDecay(3.0, 100)
    found = [float(keras.ops.convert_to_numpy(rate(step))) for step in (0, 10, 55, 100)]
    np.testing.assert_allclose(found, [0.6, 3, 1.5, 0], atol=1e-6)


def test_the_length_of_a_gradient_does_not_matter_to_its_direction():
    matrix = RANDOM.normal(size=(18, 4)).astype("float32")
    small, found = (optimizer.orthogonal(m) for m in (matrix / 1000, matrix))
    np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, (small, found)), 1e-2)


def test_optimizer_and_schedule_come_back_from_what_keras_stores():
    rate = optimizer.LinearWarmupDecay(3.0, 100, end=0.5)
    stored = keras.saving.serialize_keras_object(optimizer.FastSGD(rate, muon=0.1))
    again = keras.saving.deserialize_keras_object(stored)
    assert type(again) is optimizer.FastSGD and again.muon == 0.1
    assert again.get_config()["learning_rate"]["config"] == rate.get_config()
