"""Every layer's backward pass in NumPy; held to finite differences and to TensorFlow.

Each takes `d_out`, the gradient of the loss with respect to what the layer of the same
name in `helpers.layers` put out, then that layer's own arguments, and returns the
gradients of its inputs. Shapes and conventions are those of `layers`.
"""

import numpy as np

from helpers import inputs, layers


def numeric_gradient(function, x, step: float = 1e-5) -> np.ndarray:
    """Estimate the gradient of `function` at `x` by finite differences of `step`.

    Each number of `x` is moved up and down and `function(x)`, a number, is watched:
    central differences in float64: the error falls with the square of `step`. Returns
    an array shaped as `x`, which stays as it was; slow, two calls a number. Raises
    ValueError if `function` does not return one number.
    """
    x = np.array(x, dtype="float64")
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        kept, values = x[place], []
        for moved in (kept + step, kept - step):
            x[place] = moved
            value = np.asarray(function(x.copy()))
            if value.size != 1:
                raise ValueError(
                    f"the function must return one number, not shape {value.shape}: "
                    "take a sum or a loss"
                )
            values.append(value.item())
        x[place] = kept
        gradient[place] = (values[0] - values[1]) / (2 * step)
    return gradient


def relative_error(one, other) -> float:
    """Compare two arrays: the largest difference by the largest number in either.

    0 means equal, 2 opposite. Raises ValueError for different shapes.
    """
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        raise ValueError(f"shapes {one.shape} and {other.shape} cannot be compared")
    largest = max(np.abs(one).max(initial=0), np.abs(other).max(initial=0))
    return float(np.abs(one - other).max(initial=0) / largest) if largest else 0.0


def _gradient(d_out, shape) -> np.ndarray:
    """Return `d_out` as an array if it is shaped as the layer's output, or raise."""
    d_out = np.asarray(d_out)
    if d_out.shape != tuple(shape):
        raise ValueError(
            f"d_out must be shaped as the layer's output, {tuple(shape)}, "
            f"not {d_out.shape}"
        )
    return d_out


def _add_back(pieces, shape, strides, padding) -> np.ndarray:
    """Add the pieces of all windows where each was cut: the way back of a window.

    `(N, H', W', kh, kw, C) pieces -> shape (N, H, W, C)`. What falls on the padding is
    dropped.
    """
    _, rows, columns, *window, _ = pieces.shape
    pads = [
        layers._same_padding(*axis) if padding == "same" else (0, 0)
        for axis in zip(shape[1:3], window, strides, strict=True)
    ]
    height, width = (n + sum(pad) for n, pad in zip(shape[1:3], pads, strict=True))
    padded = np.zeros((shape[0], height, width, shape[3]), pieces.dtype)
    (down, right), (top, left) = strides, (pad[0] for pad in pads)
    for row, column in np.ndindex(*window):
        below, beside = row + rows * down, column + columns * right
        padded[:, row:below:down, column:beside:right] += pieces[:, :, :, row, column]
    return padded[:, top : top + shape[1], left : left + shape[2]]


def conv2d_backward(d_out, images, kernels, strides=1, padding="valid") -> tuple:
    """Return `d_images, d_kernels, d_bias`, each shaped as what it belongs to.

    A kernel's gradient: the windows it saw, weighed with `d_out`. An image's: the
    kernel, laid down at every place, weighed with `d_out`. Raises ValueError as
    `layers.conv2d` does, and for a `d_out` of another shape.
    """
    images, kernels, _, single = layers._checked(images, kernels, None)
    strides = layers._pair("strides", strides)
    views = layers._windows(images, kernels.shape[:2], strides, padding)
    shape = (*views.shape[:3], kernels.shape[3])
    d_out = _gradient(d_out, shape[single:]).reshape(shape)
    d_kernels = np.tensordot(views, d_out, axes=((0, 1, 2), (0, 1, 2)))
    pieces = np.tensordot(d_out, kernels, axes=(3, 3))
    d_images = _add_back(pieces, images.shape, strides, padding)
    d_bias = d_out.sum(axis=(0, 1, 2))
    return (
        d_images[0] if single else d_images,
        d_kernels.transpose(1, 2, 0, 3),
        d_bias,
    )


def relu_backward(d_out, x) -> np.ndarray:
    """Let the gradient through where `x` was above 0, and nowhere else."""
    x = np.asarray(x)
    return _gradient(d_out, x.shape) * (x > 0)


def _pool_backward(d_out, maps, share, pool_size, strides, padding, fill):
    """Give each window's gradient to its cells by `share(windows)`, and add up."""
    windows, single = layers._pool_windows(maps, pool_size, strides, padding, fill)
    steps = layers._pair("strides", pool_size if strides is None else strides)
    shape = windows.shape[single:4]
    d_out = _gradient(d_out, shape).reshape(windows.shape[:4])
    pieces = (share(windows) * d_out[..., None, None]).transpose(0, 1, 2, 4, 5, 3)
    batch = maps.shape if maps.ndim == 4 else (1, *maps.shape)
    return _add_back(pieces, batch, steps, padding).reshape(maps.shape)


def max_pool2d_backward(
    d_out, maps, pool_size=2, strides=None, padding="valid"
) -> np.ndarray:
    """Give each window's gradient to its largest number: the first, at a tie.

    Raises ValueError as `layers.max_pool2d` does, and for a `d_out` of another shape.
    """

    def winner(windows):
        flat = windows.reshape(*windows.shape[:4], -1)
        first = flat.argmax(axis=-1)[..., None] == np.arange(flat.shape[-1])
        return first.reshape(windows.shape)

    maps = np.asarray(maps)
    maps = maps if maps.dtype.kind == "f" else maps.astype("float64")
    return _pool_backward(d_out, maps, winner, pool_size, strides, padding, -np.inf)


def average_pool2d_backward(
    d_out, maps, pool_size=2, strides=None, padding="valid"
) -> np.ndarray:
    """Share each window's gradient equally among its numbers, padding not counted.

    Raises ValueError as `layers.average_pool2d` does, and for a `d_out` of another
    shape.
    """

    def equal(windows):
        return windows / windows.sum(axis=(-2, -1), keepdims=True)

    d_out = np.asarray(d_out)
    ones = np.ones(np.shape(maps), np.result_type(d_out, "float32"))
    return _pool_backward(d_out, ones, equal, pool_size, strides, padding, 0)


def flatten_backward(d_out, maps) -> np.ndarray:
    """Put each number's gradient back in its place: shaped as `maps`."""
    maps = np.asarray(maps)
    return _gradient(d_out, layers.flatten(maps).shape).reshape(maps.shape)


def dense_backward(d_out, x, weights) -> tuple:
    """Return `d_x, d_weights, d_bias`, each shaped as what it belongs to.

    Raises ValueError as `layers.dense` does, and for a `d_out` of another shape.
    """
    x, weights = np.asarray(x), np.asarray(weights)
    d_out = _gradient(d_out, layers.dense(x, weights).shape)
    rows, d_rows = np.atleast_2d(x), np.atleast_2d(d_out)
    return d_out @ weights.T, rows.T @ d_rows, d_rows.sum(axis=0)


def _labels(logits, labels) -> tuple[np.ndarray, np.ndarray]:
    """Return logits (N, K) and labels (N,), or raise."""
    rows = np.atleast_2d(layers._numbers(logits))
    labels = inputs.class_numbers(np.atleast_1d(labels), rows.shape[1])
    if len(labels) != len(rows):
        raise ValueError(f"logits have {len(rows)} rows, labels {len(labels)}")
    return rows, labels


def cross_entropy(logits, labels) -> float:
    """Return the mean loss: minus the log of the probability of the right class.

    `(N?, K) logits, (N?,) labels -> a number`, through softmax, as Keras's
    `SparseCategoricalCrossentropy(from_logits=True)`; finite for any logits.
    """
    rows, labels = _labels(logits, labels)
    shifted = rows - rows.max(axis=1, keepdims=True)
    right = np.take_along_axis(shifted, labels[:, None], axis=1)[:, 0]
    return float((np.log(np.exp(shifted).sum(axis=1)) - right).mean())


def cross_entropy_backward(logits, labels) -> np.ndarray:
    """Return the gradient of `cross_entropy` by the logits: probability minus target.

    `(N?, K) logits, (N?,) labels -> (N?, K)`; divided by N, since the loss is a mean.
    """
    rows, labels = _labels(logits, labels)
    target = labels[:, None] == np.arange(rows.shape[1])
    return ((layers.softmax(rows) - target) / len(rows)).reshape(np.shape(logits))
