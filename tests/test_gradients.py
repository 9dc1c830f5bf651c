"""helpers.gradients against two judges, over shapes that nobody listed in advance.

numeric_gradient, in float64 and away from ties and kinks, to 1e-6; TensorFlow's
gradient tape to 1e-4, ties and all.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import gradients, layers
from helpers.quiet import keras

tf = pytest.importorskip("tensorflow")
steps = st.tuples(st.integers(1, 3), st.integers(1, 3))
paddings = st.sampled_from(["valid", "same"])
quick = settings(max_examples=60)


@st.composite
def batches(draw):
    """Draw a batch (N, H, W, C), a window that fits in it, and a source of numbers."""
    shape = tuple(draw(st.integers(1, n)) for n in (2, 6, 6, 3))
    window = draw(st.integers(1, shape[1])), draw(st.integers(1, shape[2]))
    random = np.random.default_rng(draw(st.integers(0, 999)))
    return apart(random, shape), window, random


def apart(random, shape) -> np.ndarray:
    """Return numbers of both signs, no two of them and none and 0 within 0.05."""
    count = int(np.prod(shape))
    values = random.permutation(count) - count // 2 + 0.5
    return values.reshape(shape) / 5


def numeric(layer, weights, *arguments):
    """Return the numeric gradient of sum(weights * layer(...)) by each argument."""
    found = []
    for i in range(len(arguments)):

        def loss(x, i=i):
            return (weights * layer(*arguments[:i], x, *arguments[i + 1 :])).sum()

        # straight lines between the kinks: the larger the step, the less is rounded
        found.append(gradients.numeric_gradient(loss, arguments[i], 1e-3))
    return found


def taped(layer, weights, *arguments):
    """Return TensorFlow's gradient of the same by each argument."""
    arguments = [tf.constant(a) for a in arguments]
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        loss = tf.reduce_sum(weights * layer(*arguments))
    return [g.numpy() for g in tape.gradient(loss, arguments)]


def agree(ours, theirs, tolerance):
    for one, other in zip(ours, theirs, strict=True):
        assert one.dtype == np.float64
        assert gradients.relative_error(one, other) < tolerance


@quick
@given(batches(), steps, paddings, st.integers(1, 3), st.booleans())
def test_convolution(drawn, strides, padding, filters, single):
    images, window, random = drawn
    images = images[0] if single else images
    kernels = random.normal(size=(*window, images.shape[-1], filters))
    bias = random.normal(size=filters)

    def ours(images, kernels, bias):
        return layers.conv2d(images, kernels, bias, strides, padding)

    def theirs(images, kernels, bias):
        images = images[None] if single else images
        out = keras.ops.conv(images, kernels, strides, padding, "channels_last")
        return (out[0] if single else out) + bias

    d_out = random.normal(size=ours(images, kernels, bias).shape)
    found = gradients.conv2d_backward(d_out, images, kernels, strides, padding)
    agree(found, numeric(ours, d_out, images, kernels, bias), 1e-6)
    if strides[0] == strides[1]:  # TensorFlow has no gradient for unequal ones
        agree(found, taped(theirs, d_out, images, kernels, bias), 1e-4)


POOLS = {
    "max": (layers.max_pool2d, gradients.max_pool2d_backward, keras.ops.max_pool),
    "average": (
        layers.average_pool2d,
        gradients.average_pool2d_backward,
        keras.ops.average_pool,
    ),
}


@pytest.mark.parametrize("kind", POOLS)
@quick
@given(batches(), steps, paddings, st.booleans(), st.booleans())
def test_pooling(kind, drawn, strides, padding, default, single):
    maps, window, random = drawn
    maps = maps[0] if single else maps
    settings = (window, None if default else strides, padding)
    forward, backward, keras_pool = POOLS[kind]
    d_out = random.normal(size=forward(maps, *settings).shape)
    found = backward(d_out, maps, *settings)
    agree([found], numeric(lambda x: forward(x, *settings), d_out, maps), 1e-6)

    def theirs(x):
        out = keras_pool(x[None] if single else x, *settings, "channels_last")
        return out[0] if single else out

    few = random.integers(0, 3, maps.shape).astype("float64")  # full of ties
    for x in (maps, few):
        agree([backward(d_out, x, *settings)], taped(theirs, d_out, x), 1e-4)


@quick
@given(batches(), st.integers(1, 5), st.booleans())
def test_the_layers_without_windows(drawn, outputs, single):
    maps, _, random = drawn
    maps = maps[0] if single else maps
    d_maps = random.normal(size=maps.shape)
    agree(
        [gradients.relu_backward(d_maps, maps)],
        numeric(layers.relu, d_maps, maps),
        1e-6,
    )
    agree(
        [gradients.relu_backward(d_maps, maps)],
        taped(keras.ops.relu, d_maps, maps),
        1e-4,
    )
    x = layers.flatten(maps)
    d_x = random.normal(size=x.shape)
    agree(
        [gradients.flatten_backward(d_x, maps)],
        numeric(layers.flatten, d_x, maps),
        1e-6,
    )
    weights = random.normal(size=(x.shape[-1], outputs))
    bias = random.normal(size=outputs)
    d_out = random.normal(size=layers.dense(x, weights, bias).shape)
    found = gradients.dense_backward(d_out, x, weights)
    agree(found, numeric(layers.dense, d_out, x, weights, bias), 1e-6)

    def theirs(x, weights, bias):
        out = tf.matmul(x[None] if single else x, weights) + bias
        return out[0] if single else out

    agree(found, taped(theirs, d_out, x, weights, bias), 1e-4)


def residual(x, first, second, projection, strides):
    """Return a residual pair of convolutions, and what its way back needs."""
    before = layers.conv2d(x, first, strides=strides, padding="same")
    hidden = layers.relu(before)
    shortcut = x if projection is None else layers.conv2d(x, projection, None, strides)
    y = shortcut + layers.conv2d(hidden, second, padding="same")
    return layers.relu(y), (before, hidden, y)


def residual_backward(d_out, kept, x, first, second, projection, strides):
    """Return the gradients by x and by all kernels: two ways back, added up."""
    before, hidden, y = kept
    d_y = gradients.relu_backward(d_out, y)
    d_hidden, d_second, _ = gradients.conv2d_backward(d_y, hidden, second, 1, "same")
    d_before = gradients.relu_backward(d_hidden, before)
    d_f, d_first, _ = gradients.conv2d_backward(d_before, x, first, strides, "same")
    if projection is None:
        return d_y + d_f, d_first, d_second
    d_short, d_projection, _ = gradients.conv2d_backward(d_y, x, projection, strides)
    return d_short + d_f, d_first, d_second, d_projection


def residual_model(shape, kernels, strides):
    """Return the same in Keras: a functional model with an addition."""
    entry = keras.Input(shape, dtype="float64")
    options = {"use_bias": False, "dtype": "float64"}
    sizes = [(kernel.shape[3], kernel.shape[:2]) for kernel in kernels]
    convolutions = [
        keras.layers.Conv2D(*size, strides=step, padding="same", **options)
        for size, step in zip(sizes, (strides, 1, strides), strict=False)
    ]
    inner = convolutions[0](entry)
    inner = convolutions[1](keras.layers.ReLU(dtype="float64")(inner))
    shortcut = convolutions[2](entry) if len(kernels) == 3 else entry
    y = keras.layers.Add(dtype="float64")([shortcut, inner])
    model = keras.Model(entry, keras.layers.ReLU(dtype="float64")(y))
    for convolution, kernel in zip(convolutions, kernels, strict=True):
        convolution.kernel.assign(kernel)
    return model, [convolution.kernel.value for convolution in convolutions]


@settings(max_examples=20, deadline=None)
@given(batches(), st.integers(1, 4), st.integers(1, 3), st.booleans())
def test_a_residual_block(drawn, filters, strides, fits):
    x, window, random = drawn
    channels = x.shape[3]
    strides, filters = (1, channels) if fits else (strides, filters)
    shapes = [(*window, channels, filters), (*window, filters, filters)]
    shapes += [] if fits else [(1, 1, channels, filters)]
    kernels = [random.normal(size=shape) for shape in shapes]
    ours, kept = residual(x, *kernels[:2], None if fits else kernels[2], strides)
    model, variables = residual_model(x.shape[1:], kernels, strides)
    d_out = random.normal(size=ours.shape)
    with tf.GradientTape() as tape:
        tape.watch(start := tf.constant(x))
        theirs = model(start)
        loss = tf.reduce_sum(theirs * d_out)
    np.testing.assert_allclose(ours, theirs, atol=1e-9)
    arguments = x, *kernels[:2], None if fits else kernels[2], strides
    found = residual_backward(d_out, kept, *arguments)
    agree(found, [g.numpy() for g in tape.gradient(loss, [start, *variables])], 1e-9)


@quick
@given(st.integers(1, 4), st.integers(1, 6), st.integers(0, 999), st.booleans())
def test_softmax_with_cross_entropy(count, classes, seed, single):
    random = np.random.default_rng(seed)
    logits = random.normal(0, 3, (count, classes))
    labels = random.integers(0, classes, count)
    judge = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    expected = float(judge(labels, logits))
    assert gradients.cross_entropy(logits, labels) == pytest.approx(expected, abs=1e-5)
    if single:
        logits, labels = logits[0], labels[0]
    found = gradients.cross_entropy_backward(logits, labels)
    slope = gradients.numeric_gradient(
        lambda x: gradients.cross_entropy(x, labels), logits
    )
    np.testing.assert_allclose(found, slope, rtol=1e-6, atol=1e-9)

    def theirs(x):
        rows, targets = (x[None], labels[None]) if single else (x, labels)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, rows)
        return tf.reduce_mean(losses)

    np.testing.assert_allclose(found, taped(theirs, 1.0, logits)[0], atol=1e-6)


def test_cross_entropy_stays_finite():
    assert gradients.cross_entropy(np.array([1e4, -1e4]), 1) == 2e4
    assert np.isfinite(gradients.cross_entropy_backward(np.array([1e4, -1e4]), 1)).all()


def test_the_numeric_gradient_of_a_known_function():
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    kept = x.copy()
    found = gradients.numeric_gradient(lambda x: (x**3).sum(), x)
    np.testing.assert_allclose(found, 3 * x**2, rtol=1e-8)
    assert np.array_equal(x, kept)


def test_relative_error():
    assert gradients.relative_error([1.0, 2.0], [1.0, 2.0]) == 0
    assert gradients.relative_error([2.0], [-2.0]) == 2
    assert gradients.relative_error([0.0], [0.0]) == 0
    assert gradients.relative_error([1e-9, 4.0], [0.0, 3.0]) == 0.25
    assert gradients.relative_error([1e-9], [2e-9]) == 0.5  # relative, however small


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: gradients.relative_error([1], [1, 2]), "cannot be compared"),
        (lambda: gradients.numeric_gradient(lambda x: x, [1, 2]), "one number"),
        (lambda: gradients.relu_backward(np.ones(3), np.ones(2)), r"d_out .*\(2,\)"),
        (
            lambda: gradients.conv2d_backward(
                np.ones((5, 5, 1)), np.ones((5, 5, 1)), np.ones((3, 3, 1, 1))
            ),
            r"d_out .*\(3, 3, 1\), not \(5, 5, 1\)",
        ),
        (
            lambda: gradients.max_pool2d_backward(
                np.ones((2, 2, 1)), np.ones((5, 6, 1))
            ),
            r"d_out .*\(2, 3, 1\)",
        ),
        (lambda: gradients.cross_entropy(np.ones((2, 3)), [0]), "2 rows, labels 1"),
        (lambda: gradients.cross_entropy(np.ones((2, 3)), [0.5, 1]), "be integers"),
        (lambda: gradients.cross_entropy(np.ones((2, 3)), [0, 3]), r"in 0\.\.2 for 3"),
        (
            lambda: gradients.dense_backward(np.ones(2), np.ones(3), np.ones((4, 2))),
            "dense",
        ),
    ],
)
def test_bad_input_is_told_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_max_pooling_of_whole_numbers():
    maps = np.arange(4).reshape(2, 2, 1)
    found = gradients.max_pool2d_backward(np.ones((1, 1, 1)), maps)
    assert found[..., 0].tolist() == [[0, 0], [0, 1]]
    found = gradients.max_pool2d_backward(np.ones((1, 1, 1)), -maps - 1, 3, 3, "same")
    assert found[..., 0].tolist() == [[1, 0], [0, 0]]  # padding never wins


@pytest.mark.parametrize("kind", POOLS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_of_pooling_keeps_the_type(kind, dtype):
    """A pass in float32 stays in float32, or it would take twice the memory."""
    maps = np.arange(36, dtype=dtype).reshape(6, 6, 1)
    d_out = np.ones((3, 3, 1), dtype)
    assert POOLS[kind][1](d_out, maps).dtype == dtype
