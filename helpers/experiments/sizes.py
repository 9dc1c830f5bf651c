"""One network for pictures of any size: what notebook 21 compares and slides.

No padding, and global average pooling where others flatten: the number of parameters
does not depend on the size of the picture.
"""

import math
from dataclasses import dataclass

from helpers.quiet import keras


@dataclass(frozen=True)
class Size:
    """What decides a run but its pictures and its seed; all sizes have one network."""

    size: int = 32  # of the pictures, rows and columns
    filters: tuple[int, ...] = (32, 64, 128)
    epochs: int = 20
    batch_size: int = 32
    learning_rate: float = 0.002  # of AdamW, at the start; cosine decay to 0
    weight_decay: float = 0.0
    patience: int = 0


def build(settings: Size = Size(), input_shape=(32, 32, 3), classes=10) -> keras.Model:
    """Build the network, uncompiled: `(N, H, W, C) uint8 -> (N, classes)`, any H and W.

    Convolutions of 3 x 3 without padding, each normalized, with pooling between them;
    of `input_shape` only the channels count. With three convolutions H and W are at
    least 18.
    """
    stack = [
        keras.Input((None, None, input_shape[-1])),
        keras.layers.Rescaling(1 / 255),
    ]
    for number, filters in enumerate(settings.filters):
        if number:
            stack.append(keras.layers.MaxPooling2D(2))
        stack.append(keras.layers.Conv2D(filters, 3, use_bias=False))
        stack += [keras.layers.BatchNormalization(momentum=0.9), keras.layers.ReLU()]
    stack += [
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(classes, activation="softmax"),
    ]
    return keras.Sequential(stack, name="any_size")


def operations(model: keras.Model, size: int) -> int:
    """Count multiplications and additions of all convolutions for one picture.

    Two a weight and place, as in notebook 14; `size` are rows and columns in pixels.
    The model is Sequential or branches; no layer of it is used twice.
    """
    found = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    to_them = keras.Model(model.inputs[0], [layer.output for layer in found])
    shapes = to_them.compute_output_shape((1, size, size, model.input_shape[-1]))
    return sum(
        2 * math.prod(layer.kernel.shape) * rows * columns
        for layer, (_, rows, columns, _) in zip(found, shapes, strict=True)
    )
