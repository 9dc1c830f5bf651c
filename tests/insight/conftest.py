"""Networks to look into."""

import pytest

from helpers import models
from helpers.quiet import keras


@pytest.fixture(scope="module", params=["cnn", "fast_cnn", "strided", "loaded"])
def model(request):
    if request.param == "loaded":  # Keras builds such a model in another way
        return models.load_trained("digits", "cnn")
    keras.utils.set_random_seed(0)
    if request.param == "cnn":
        return models.build_cnn()
    if request.param == "fast_cnn":
        return models.build_fast_cnn(widths=(8, 8, 8))
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
