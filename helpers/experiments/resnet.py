"""A small ResNet, trained as notebook 9 trains its CNN: what notebook 20 compares.

He and others (2015), https://arxiv.org/abs/1512.03385: stages of residual pairs, each
but the first at half the side; here behind the first convolution and pooling of
`depth`. The widths are chosen by what they cost.
"""

from dataclasses import dataclass

from helpers.experiments.depth import STEM_POOL
from helpers.quiet import keras


@dataclass(frozen=True)
class Training:
    """How notebook 9 trains its CNN."""

    epochs: int = 8
    batch_size: int = 64
    learning_rate: float = 0.001  # of AdamW, at the start; cosine decay to 0
    weight_decay: float = 0.0  # so AdamW is Adam
    patience: int = 0


@dataclass(frozen=True)
class Resnet(Training):
    """What decides a run but its images and its seed.

    These widths cost as many operations as notebook 9's CNN; (104, 152, 304) cost ten
    times as many.
    """

    widths: tuple[int, ...] = (32, 48, 96)  # filters, a number for each stage
    pairs: int = 2  # of convolutions in each stage


def build(settings: Resnet, input_shape=(32, 32, 3), classes=10) -> keras.Model:
    """Build the network, uncompiled: `(N, H, W, C) uint8 -> (N, classes)`.

    A first convolution and a pooling, the stages, global average pooling, dense.
    """
    inputs = keras.Input(input_shape)
    maps = keras.layers.Rescaling(1 / 255)(inputs)
    maps = keras.layers.ReLU()(_convolution(maps, settings.widths[0]))
    maps = keras.layers.MaxPooling2D(STEM_POOL)(maps)
    for stage, filters in enumerate(settings.widths):
        for number in range(settings.pairs):
            maps = pair(maps, filters, strides=2 if stage and not number else 1)
    maps = keras.layers.GlobalAveragePooling2D()(maps)
    scores = keras.layers.Dense(classes, activation="softmax")(maps)
    return keras.Model(inputs, scores, name="resnet")


def pair(maps, filters: int, strides: int = 1):
    """Apply two convolutions, add what went in, projected where shapes differ; ReLU."""
    inner = keras.layers.ReLU()(_convolution(maps, filters, 3, strides))
    inner = _convolution(inner, filters)
    if strides > 1 or maps.shape[-1] != filters:
        maps = _convolution(maps, filters, 1, strides)
    return keras.layers.ReLU()(keras.layers.Add()([maps, inner]))


def _convolution(maps, filters: int, kernel_size: int = 3, strides: int = 1):
    """Apply a convolution without biases and batch normalization."""
    maps = keras.layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(maps)
    return keras.layers.BatchNormalization(momentum=0.9)(maps)
