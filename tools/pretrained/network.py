"""EfficientNet-Lite0 in Keras, and the weights of PyTorch's in it.

Tan and Le, arXiv 1905.11946; the Lite networks leave out squeeze-and-excitation and
take ReLU6, so that phones can compute them in whole numbers.
"""

import numpy as np

from helpers.quiet import keras

EPSILON = 1e-3  # of batch normalization
STEM, HEAD, CLASSES = 32, 1280, 1000
STAGES = (  # repeats, kernel size, strides of the first, expansion, filters
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def build() -> keras.Model:
    """Build it, uncompiled: `(N, H, W, 3) images in 0..255 -> (N, 1000)` logits.

    H and W are any; the layer "features" gives what the head takes, `(N, 1280)`. Each
    layer with weights has PyTorch's name for it.
    """
    inputs = keras.Input((None, None, 3))
    x = keras.layers.Rescaling(1 / 128, -127 / 128)(inputs)
    x = _convolve(x, "_conv_stem", "_bn0", STEM, 3, 2)
    number = 0
    for repeats, kernel_size, strides, expansion, filters in STAGES:
        for k in range(repeats):
            first = strides if k == 0 else 1
            name = f"_blocks.{number}."
            x = _block(x, name, kernel_size, first, expansion, filters)
            number += 1
    x = _convolve(x, "_conv_head", "_bn1", HEAD)
    x = keras.layers.GlobalAveragePooling2D(name="features")(x)
    outputs = keras.layers.Dense(CLASSES, name="_fc")(x)
    return keras.Model(inputs, outputs, name="efficientnet_lite0")


def _block(x, name, kernel_size, strides, expansion, filters):
    """Widen, convolve each channel alone, narrow; add what came in where it fits."""
    came, depth = x, x.shape[-1]
    if expansion > 1:
        convolution, normalization = f"{name}_expand_conv", f"{name}_bn0"
        x = _convolve(x, convolution, normalization, expansion * depth)
    x = keras.layers.DepthwiseConv2D(
        kernel_size,
        strides,
        padding="same",
        use_bias=False,
        name=f"{name}_depthwise_conv",
    )(x)
    x = _normalize(x, f"{name}_bn1")
    x = keras.layers.ReLU(6)(x)
    x = _convolve(x, f"{name}_project_conv", f"{name}_bn2", filters, linear=True)
    return keras.layers.Add()([x, came]) if strides == 1 and depth == filters else x


def _convolve(x, name, normalization, filters, size=1, strides=1, linear=False):
    x = keras.layers.Conv2D(
        filters, size, strides, padding="same", use_bias=False, name=name
    )(x)
    x = _normalize(x, normalization)
    return x if linear else keras.layers.ReLU(6)(x)


def _normalize(x, name):
    return keras.layers.BatchNormalization(epsilon=EPSILON, name=name)(x)


def fill(model: keras.Model, tensors: dict[str, np.ndarray]) -> None:
    """Give the layers PyTorch's weights; ValueError where names or shapes differ."""
    left = {n: t for n, t in tensors.items() if not n.endswith("num_batches_tracked")}
    for layer in model.layers:
        if not layer.weights:
            continue
        theirs = [left.pop(name, None) for name in _names(layer)]
        if any(tensor is None for tensor in theirs):
            raise ValueError(f"the weights of {layer.name} are missing")
        layer.set_weights([_turned(layer, tensor) for tensor in theirs])
    if left:
        raise ValueError(f"no layer takes {', '.join(sorted(left))}")


def _names(layer) -> list[str]:
    """List PyTorch's names of a layer's weights, in Keras's order."""
    kinds = ["weight"]
    if isinstance(layer, keras.layers.BatchNormalization):
        kinds = ["weight", "bias", "running_mean", "running_var"]
    elif isinstance(layer, keras.layers.Dense):
        kinds = ["weight", "bias"]
    return [f"{layer.name}.{kind}" for kind in kinds]


def _turned(layer, tensor: np.ndarray) -> np.ndarray:
    """Put the axes of PyTorch's weights into Keras's order."""
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return tensor.transpose(2, 3, 0, 1)  # (C, 1, h, w) -> (h, w, C, 1)
    if tensor.ndim == 4:
        return tensor.transpose(2, 3, 1, 0)  # (F, C, h, w) -> (h, w, C, F)
    return tensor.T
