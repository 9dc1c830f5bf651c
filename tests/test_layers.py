"""helpers.layers against Keras, over shapes that nobody listed in advance."""

import time
import types
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import layers
from helpers.quiet import keras

sizes = st.integers(1, 9)
steps = st.tuples(st.integers(1, 4), st.integers(1, 4))
paddings = st.sampled_from(["valid", "same"])
dtypes = st.sampled_from(["float32", "float64"])
CLOSE = {"rtol": 1e-4, "atol": 5e-5}  # float32, and sums of some hundred terms


@st.composite
def windows(draw):
    """Draw an image batch (N, H, W, C) and a window that fits in it."""
    batch, height, width, channels = (draw(st.integers(1, n)) for n in (3, 9, 9, 4))
    window = draw(st.integers(1, height)), draw(st.integers(1, width))
    values = np.random.default_rng(draw(st.integers(0, 999)))
    maps = values.normal(size=(batch, height, width, channels)).astype(draw(dtypes))
    return maps, window, values


def keras_convolution(images, kernels, strides, padding):
    """Ask Keras in float64: in float32, TensorFlow 2.21 with oneDNN gets zeros for some
    unequal strides, as (1, 2) on two 2 x 3 images with one channel and one kernel.
    """
    images, kernels = images.astype("float64"), kernels.astype("float64")
    settings = {"strides": strides, "padding": padding, "data_format": "channels_last"}
    return np.asarray(keras.ops.conv(images, kernels, **settings))


@settings(max_examples=150)
@given(windows(), steps, paddings, st.integers(1, 5))
def test_convolution_equals_keras(drawn, strides, padding, filters):
    images, window, values = drawn
    kernels = values.normal(size=(*window, images.shape[3], filters)).astype(
        images.dtype
    )
    bias = values.normal(size=filters).astype(images.dtype)
    ours = layers.conv2d(images, kernels, bias, strides, padding)
    theirs = keras_convolution(images, kernels, strides, padding)
    assert ours.dtype == images.dtype
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs + bias, **CLOSE)
    by_loop = layers.conv2d_loop(images, kernels, bias, strides, padding)
    np.testing.assert_allclose(by_loop, ours, **CLOSE)
    one = layers.conv2d(images[0], kernels, bias, strides, padding)
    np.testing.assert_allclose(one, ours[0], **CLOSE)


@settings(max_examples=150)
@given(windows(), steps, paddings, st.booleans())
def test_pooling_equals_keras(drawn, strides, padding, default_strides):
    maps, window, _ = drawn
    strides = None if default_strides else strides
    for ours, theirs in (
        (layers.max_pool2d, keras.layers.MaxPooling2D),
        (layers.average_pool2d, keras.layers.AveragePooling2D),
    ):
        pooled = ours(maps, window, strides, padding)
        expected = theirs(window, strides, padding, dtype=str(maps.dtype))(maps)
        assert pooled.dtype == maps.dtype
        np.testing.assert_allclose(pooled, np.asarray(expected), **CLOSE)
        np.testing.assert_allclose(
            ours(maps[0], window, strides, padding), pooled[0], **CLOSE
        )


@settings(max_examples=50)
@given(windows(), st.integers(2, 6))
def test_flatten_dense_softmax_relu_equal_keras(drawn, outputs):
    maps, _, values = drawn
    flat = layers.flatten(maps)
    np.testing.assert_array_equal(
        flat, np.asarray(keras.layers.Flatten(dtype=str(maps.dtype))(maps))
    )
    np.testing.assert_array_equal(flat[0], layers.flatten(maps[0]))
    weights = values.normal(size=(flat.shape[1], outputs)).astype(maps.dtype)
    layer = keras.layers.Dense(outputs, dtype=str(maps.dtype))
    layer.build(flat.shape)
    bias = values.normal(size=outputs).astype(maps.dtype)
    layer.set_weights([weights, bias])
    logits = layers.dense(flat, weights, bias)
    np.testing.assert_allclose(logits, np.asarray(layer(flat)), **CLOSE)
    np.testing.assert_allclose(layers.dense(flat[0], weights, bias), logits[0], **CLOSE)
    scores = layers.softmax(logits)
    np.testing.assert_allclose(scores, np.asarray(keras.ops.softmax(logits)), **CLOSE)
    np.testing.assert_allclose(layers.softmax(logits + 10_000), scores, atol=2e-3)
    np.testing.assert_array_equal(layers.relu(maps), np.asarray(keras.ops.relu(maps)))


@given(st.integers(1, 40), st.integers(1, 11), st.integers(1, 7), paddings)
def test_output_size_counts_the_windows(size, window, strides, padding):
    if padding == "valid" and window > size:
        with pytest.raises(
            ValueError, match=f"window of {window} does not fit in {size}"
        ):
            layers.output_size(size, window, strides, padding)
        return
    image, kernel = np.ones((size, 1, 1)), np.ones((window, 1, 1, 1))
    maps = layers.conv2d(image, kernel, strides=(strides, 1), padding=padding)
    assert maps.shape[0] == layers.output_size(size, window, strides, padding)


def test_a_window_moves_by_one_unless_told():
    assert layers.output_size(5, 3) == 3
    image, kernel = np.ones((5, 5, 1)), np.ones((3, 3, 1, 1))
    for layer in (layers.conv2d, layers.conv2d_loop):
        assert layer(image, kernel).shape == (3, 3, 1)


def test_integers_stay_exact():
    grid = np.arange(49).reshape(7, 7, 1)
    kernel = np.eye(3, dtype=int)[..., None, None]
    maps = layers.conv2d(grid, kernel)
    assert maps.dtype.kind == "i"
    assert maps[0, 0, 0] == 0 + 8 + 16
    assert layers.max_pool2d(-grid, padding="same")[3, 3, 0] == -48


@pytest.mark.parametrize("layer", [layers.conv2d, layers.conv2d_loop])
def test_bytes_do_not_wrap_round(layer):
    image, kernel = np.full((5, 5, 1), 200, "uint8"), np.ones((3, 3, 1, 1), "uint8")
    assert (layer(image, kernel) == 1800).all()
    assert (layer(image > 0, kernel > 0) == 9).all()
    assert layers.dense(image[0, :, 0], kernel[:, 0, 0][[0, 0, 0, 0, 0]]) == 1000
    assert layers.max_pool2d(image).dtype == "uint8"
    assert layers.max_pool2d(image > 0, padding="same").all()
    assert np.allclose(layers.softmax(np.array([0, 1], "uint8")).sum(), 1)


PHOTO = np.zeros((5, 5, 3))
BAD = [
    (lambda: layers.conv2d(PHOTO[..., 0], np.ones((3, 3, 1, 1))), r"not \(5, 5\)"),
    (
        lambda: layers.conv2d(PHOTO, np.ones((3, 3, 3))),
        r"kernels must be .* not \(3, 3, 3\)",
    ),
    (lambda: layers.conv2d(PHOTO, np.ones((3, 3, 2, 1))), "2 channels deep"),
    (
        lambda: layers.conv2d(PHOTO, np.ones((3, 3, 3, 4)), np.ones(3)),
        r"bias must be \(4,\)",
    ),
    (
        lambda: layers.conv2d(PHOTO, np.ones((3, 3, 3, 4)), strides=0),
        "strides .* not 0",
    ),
    (
        lambda: layers.conv2d(PHOTO, np.ones((3, 3, 3, 4)), strides=1.5),
        "strides .* not 1.5",
    ),
    (lambda: layers.conv2d(PHOTO, np.ones((3, 3, 3, 4)), padding="full"), "not 'full'"),
    (
        lambda: layers.conv2d(PHOTO, np.ones((6, 3, 3, 4))),
        "window of 6 does not fit in 5",
    ),
    (lambda: layers.max_pool2d(PHOTO, 0), "pool_size .* not 0"),
    (lambda: layers.max_pool2d(PHOTO, (2, 2, 2)), "pool_size"),
    (lambda: layers.average_pool2d(PHOTO[0]), r"maps must be .* not \(5, 3\)"),
    (lambda: layers.flatten(np.zeros(4)), r"not \(4,\)"),
    (
        lambda: layers.dense(np.zeros((2, 4)), np.zeros((5, 3))),
        r"\(2, 4\) and \(5, 3\)",
    ),
    (
        lambda: layers.dense(np.zeros(4), np.zeros((4, 3)), np.zeros(2)),
        r"bias must be \(3,\)",
    ),
    (lambda: layers.softmax(3.0), "at least one logit"),
]


@pytest.mark.parametrize("call, message", BAD)
def test_a_wrong_argument_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_convolution_of_a_cifar_image_takes_under_20_ms():
    images, kernels = np.ones((32, 32, 3), "float32"), np.ones((3, 3, 3, 32), "float32")
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        layers.conv2d(images, kernels, padding="same")
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.020


MUTATIONS = {
    "a flipped kernel": ("kernels.transpose", "kernels[::-1, ::-1].transpose"),
    "a stride off by one": ("views[:, :: strides[0]", "views[:, :: strides[0] + 1"),
    "padding on the wrong side": (
        "return total // 2, total - total // 2",
        "return total - total // 2, total // 2",
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_caught(name, monkeypatch):
    source = Path(layers.__file__).read_text(encoding="utf-8")
    assert source.count(MUTATIONS[name][0]) == 1
    mutant = types.ModuleType("mutant")
    exec(source.replace(*MUTATIONS[name]), mutant.__dict__)
    monkeypatch.setitem(globals(), "layers", mutant)
    # several distinct failures arrive as a group
    with pytest.raises((AssertionError, ExceptionGroup)):
        test_convolution_equals_keras()
