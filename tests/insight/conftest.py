"""Networks to look into."""

import pytest

from helpers import models
from helpers.quiet import keras


def residual():
    """Build a small functional network: two skips, one of them a 1 x 1 projection."""
    layers = keras.layers
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    inner = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(x))
    x = layers.ReLU()(layers.Add()([x, inner]))
    inner = layers.Conv2D(8, 3, strides=2, padding="same")(x)
    x = layers.Conv2D(8, 1, strides=2)(x) + layers.ReLU()(inner)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(10, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="residual")


@pytest.fixture(
    scope="module", params=["cnn", "fast_cnn", "strided", "loaded", "residual"]
)
def model(request):
    if request.param == "loaded":  # Keras builds such a model in another way
        return models.load_trained("digits", "cnn")
    keras.utils.set_random_seed(0)
    if request.param == "cnn":
        return models.build_cnn()
    if request.param == "fast_cnn":
        return models.build_fast_cnn(widths=(8, 8, 8))
    if request.param == "residual":
        return residual()
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(4, 5, strides=2, padding="same", activation="relu"),
            keras.layers.AveragePooling2D(3, strides=2),
            keras.layers.Conv2D(4, 2, padding="valid"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(10, activation="softmax"),
        ],
        name="strided",
    )
