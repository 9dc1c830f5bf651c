"""Every layer's forward pass in NumPy, channels last; Keras is the reference.

Each function takes one image `(H, W, C)` or a batch `(N, H, W, C)` and keeps float32
and float64. Weighted sums of integers and booleans are int64, so that none wraps round.
"""

import operator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def _pair(name: str, value) -> tuple[int, int]:
    """Return `value` (an int or a pair) as two ints >= 1, or raise."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    try:
        numbers = tuple(operator.index(v) for v in pair)
    except TypeError:
        numbers = ()
    if len(numbers) != 2 or min(numbers) < 1:
        raise ValueError(f"{name} must be an int or a pair of ints >= 1, not {value!r}")
    return numbers


def _numbers(values) -> np.ndarray:
    """Return an array in whose type sums have room: integers and booleans as int64."""
    values = np.asarray(values)
    return values.astype("int64") if values.dtype.kind in "bui" else values


def output_size(
    size: int, window: int, strides: int = 1, padding: str = "valid"
) -> int:
    """Count the places of a sliding window along one axis, in pixels.

    `(size - window) // strides + 1` for "valid", `ceil(size / strides)` for "same", as
    in Keras. Raises ValueError if the window does not fit or an argument is unknown.
    """
    _pair("size", size), _pair("window", window), _pair("strides", strides)
    if padding == "same":
        return -(-size // strides)
    if padding != "valid":
        raise ValueError(f'padding must be "valid" or "same", not {padding!r}')
    if window > size:
        raise ValueError(
            f"a window of {window} does not fit in {size}: "
            'use padding="same" or a larger image'
        )
    return (size - window) // strides + 1


def _same_padding(size: int, window: int, strides: int) -> tuple[int, int]:
    """Split the padding of one axis as Keras does: the odd pixel goes to the end."""
    total = max(
        (output_size(size, window, strides, "same") - 1) * strides + window - size, 0
    )
    return total // 2, total - total // 2


def _pad(maps: np.ndarray, window, strides, padding: str, fill=0) -> np.ndarray:
    """Surround a batch with `fill`; raise if the window does not fit."""
    axes = list(zip(maps.shape[1:3], window, strides, strict=True))
    for size, cells, step in axes:
        output_size(size, cells, step, padding)
    if padding == "valid":
        return maps
    pads = [_same_padding(*axis) for axis in axes]
    return np.pad(maps, [(0, 0), *pads, (0, 0)], constant_values=fill)


def _windows(maps: np.ndarray, window, strides, padding: str, fill=0) -> np.ndarray:
    """Return every window as a view: (N, H, W, C) -> (N, H', W', C, kh, kw)."""
    padded = _pad(maps, window, strides, padding, fill)
    views = sliding_window_view(padded, window, axis=(1, 2))
    return views[:, :: strides[0], :: strides[1]]


def _batch(name: str, maps) -> tuple[np.ndarray, bool]:
    """Return `maps` as a batch (N, H, W, C), and whether it was a single image."""
    maps = np.asarray(maps)
    if maps.ndim not in (3, 4) or 0 in maps.shape[-3:]:
        raise ValueError(
            f"{name} must be (H, W, C) or (N, H, W, C), not {maps.shape}; "
            "a grey image needs a last axis of 1: image[..., None]"
        )
    return (maps[None], True) if maps.ndim == 3 else (maps, False)


def _checked(images, kernels, bias):
    """Return batch, kernels, bias and whether it was one image, or raise."""
    images, single = _batch("images", _numbers(images))
    kernels = _numbers(kernels)
    if kernels.ndim != 4 or 0 in kernels.shape:
        raise ValueError(f"kernels must be (kh, kw, C, F), not {kernels.shape}")
    if kernels.shape[2] != images.shape[3]:
        raise ValueError(
            f"kernels {kernels.shape} are {kernels.shape[2]} channels deep, "
            f"the images {images.shape} have {images.shape[3]}"
        )
    outputs = kernels.shape[3]
    bias = np.zeros(outputs, kernels.dtype) if bias is None else _bias(bias, outputs)
    return images, kernels, bias, single


def conv2d_loop(images, kernels, bias=None, strides=1, padding="valid") -> np.ndarray:
    """Compute `conv2d` one number at a time: slower, and the definition to read."""
    images, kernels, bias, single = _checked(images, kernels, bias)
    (kh, kw, _, filters), (down, right) = kernels.shape, _pair("strides", strides)
    rows = output_size(images.shape[1], kh, down, padding)
    columns = output_size(images.shape[2], kw, right, padding)
    padded = _pad(images, (kh, kw), (down, right), padding)
    maps = np.empty(
        (len(images), rows, columns, filters), np.result_type(images, kernels, bias)
    )
    for n, row, column, f in np.ndindex(maps.shape):
        top, left = row * down, column * right
        window = padded[n, top : top + kh, left : left + kw]
        maps[n, row, column, f] = (window * kernels[..., f]).sum() + bias[f]
    return maps[0] if single else maps


def conv2d(images, kernels, bias=None, strides=1, padding="valid") -> np.ndarray:
    """Slide kernels over an image; each number is a weighted sum plus bias.

    `(N?, H, W, C) images, (kh, kw, C, F) kernels, (F,) bias -> (N?, H', W', F)`. The
    kernel is not flipped (cross-correlation, as in Keras and PyTorch). Raises
    ValueError for shapes that do not match, strides < 1 or an unknown padding.
    """
    images, kernels, bias, single = _checked(images, kernels, bias)
    views = _windows(images, kernels.shape[:2], _pair("strides", strides), padding)
    maps = np.tensordot(views, kernels.transpose(2, 0, 1, 3), axes=3) + bias
    return maps[0] if single else maps


def _bias(bias, outputs: int) -> np.ndarray:
    """Return `bias` as an array if there is one number for each output."""
    bias = _numbers(bias)
    if bias.shape != (outputs,):
        raise ValueError(
            f"bias must be ({outputs},), one number an output, not {bias.shape}"
        )
    return bias


def relu(x) -> np.ndarray:
    """Replace every negative number by 0; any shape, kept."""
    x = np.asarray(x)
    return np.maximum(x, x.dtype.type(0))


def _pool_windows(maps, pool_size, strides, padding, fill):
    """Return the windows (N, H', W', C, kh, kw) and whether it was one image."""
    maps, single = _batch("maps", maps)
    window = _pair("pool_size", pool_size)
    steps = window if strides is None else _pair("strides", strides)
    return _windows(maps, window, steps, padding, fill), single


def max_pool2d(maps, pool_size=2, strides=None, padding="valid") -> np.ndarray:
    """Keep the largest number of each window: `(N?, H, W, C) -> (N?, H', W', C)`.

    `strides=None` means the pool size. Padded cells never win. Raises ValueError as
    `conv2d` does.
    """
    kind = np.asarray(maps).dtype
    lowest = {"f": -np.inf, "b": False}.get(kind.kind)
    lowest = np.iinfo(kind).min if lowest is None else lowest
    windows, single = _pool_windows(maps, pool_size, strides, padding, lowest)
    pooled = windows.max(axis=(-2, -1))
    return pooled[0] if single else pooled


def average_pool2d(maps, pool_size=2, strides=None, padding="valid") -> np.ndarray:
    """Average each window: `(N?, H, W, C) -> (N?, H', W', C)`.

    `strides=None` means the pool size. Padded cells are not counted, as in Keras.
    Raises ValueError as `conv2d` does.
    """
    maps = np.asarray(maps)
    windows, single = _pool_windows(maps, pool_size, strides, padding, 0)
    inside, _ = _pool_windows(np.ones_like(maps), pool_size, strides, padding, 0)
    pooled = windows.sum(axis=(-2, -1)) / inside.sum(axis=(-2, -1))
    return pooled[0] if single else pooled


def flatten(maps) -> np.ndarray:
    """Write an example's numbers in one vector: `(H, W, C) -> (H*W*C,)`.

    Row by row, column by column, the channels of a pixel side by side; a batch
    `(N, H, W, C)` becomes `(N, H*W*C)`. No number is lost or changed.
    """
    maps, single = _batch("maps", maps)
    return maps.reshape(-1) if single else maps.reshape(len(maps), -1)


def dense(x, weights, bias=None) -> np.ndarray:
    """Weigh every input: `(N?, I) x, (I, O) weights, (O,) bias -> (N?, O)`.

    Raises ValueError for shapes that do not match.
    """
    x, weights = _numbers(x), _numbers(weights)
    if x.ndim not in (1, 2) or weights.ndim != 2 or x.shape[-1] != weights.shape[0]:
        raise ValueError(
            f"dense needs x (I,) or (N, I) and weights (I, O), not {x.shape} and "
            f"{weights.shape}; flatten feature maps first"
        )
    return x @ weights if bias is None else x @ weights + _bias(bias, weights.shape[1])


def softmax(logits) -> np.ndarray:
    """Turn logits into probabilities along the last axis: `(N?, K) -> (N?, K)`.

    Subtracts the largest logit first: the result is the same and `exp` cannot overflow.
    """
    logits = _numbers(logits)
    if logits.ndim == 0 or logits.shape[-1] == 0:
        raise ValueError(f"softmax needs at least one logit, not shape {logits.shape}")
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
