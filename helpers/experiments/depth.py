"""Stacks of convolutions of one width, plain or with residual connections.

He and others (2015), "Deep residual learning for image recognition",
https://arxiv.org/abs/1512.03385: in a plain stack accuracy falls with depth, on the
training images too; with an addition around every two convolutions it does not.
"""

from dataclasses import dataclass

from helpers.quiet import keras

STEM_POOL = 2  # a smaller image for the stack, so that depth alone is what costs


@dataclass(frozen=True)
class Depth:
    """What decides a run but its images and its seed; all depths have one width."""

    convolutions: int = 8  # in the stack, behind the first one; an even number
    skip: bool = False
    normalized: bool = False
    quiet_start: bool = False  # the second kernels of all pairs start at 0
    filters: int = 32
    epochs: int = 15
    batch_size: int = 128
    learning_rate: float = 0.001  # of AdamW, at the start; cosine decay to 0
    weight_decay: float = 0.0
    patience: int = 0


def build(settings: Depth, input_shape=(32, 32, 3), classes=10) -> keras.Model:
    """Build the network, uncompiled: `(N, H, W, C) uint8 -> (N, classes)`.

    A first convolution and a pooling, then pairs of convolutions at one size; global
    average pooling; dense. ValueError unless the number of convolutions is even.
    """
    if settings.convolutions < 2 or settings.convolutions % 2:
        raise ValueError(
            f"convolutions come in pairs: an even number, not {settings.convolutions}"
        )
    inputs = keras.Input(input_shape)
    maps = keras.layers.Rescaling(1 / 255)(inputs)
    maps = keras.layers.ReLU()(_convolution(settings, maps))
    maps = keras.layers.MaxPooling2D(STEM_POOL)(maps)
    for _ in range(settings.convolutions // 2):
        maps = pair(settings, maps)
    maps = keras.layers.GlobalAveragePooling2D()(maps)
    scores = keras.layers.Dense(classes, activation="softmax")(maps)
    return keras.Model(inputs, scores, name="stack")


def pair(settings: Depth, maps):
    """Apply two convolutions; with `skip` add what went in before the last ReLU."""
    inner = keras.layers.ReLU()(_convolution(settings, maps))
    inner = _convolution(settings, inner, settings.quiet_start)
    if settings.skip:
        inner = keras.layers.Add()([maps, inner])
    return keras.layers.ReLU()(inner)


def _convolution(settings: Depth, maps, at_zero: bool = False):
    """Apply a convolution, normalized or with a bias; its kernel may start at 0."""
    maps = keras.layers.Conv2D(
        settings.filters,
        3,
        padding="same",
        use_bias=not settings.normalized,
        kernel_initializer="zeros" if at_zero else "he_normal",
    )(maps)
    if settings.normalized:
        maps = keras.layers.BatchNormalization(momentum=0.9)(maps)
    return maps
