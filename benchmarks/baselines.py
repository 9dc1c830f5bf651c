"""What the presets are compared with: two networks that everybody has trained."""

from helpers.data import Images
from helpers.quiet import keras
from helpers.training.parts import Augmented

layers = keras.layers


def build_classic(classes: int = 10) -> keras.Model:
    """Build and compile the usual six-convolution network; 552,874 parameters.

    The VGG-style net with BatchNormalization and Dropout that many student projects
    share: "84 % after 15 epochs". Adam, rate 1e-3 / (1 + 2e-4 step).
    """
    stack = [keras.Input((32, 32, 3)), layers.Rescaling(1 / 255)]
    for filters, drop in ((32, 0.2), (64, 0.3), (128, 0.4)):
        for _ in range(2):
            stack.append(
                layers.Conv2D(
                    filters,
                    3,
                    padding="same",
                    activation="relu",
                    kernel_initializer="he_uniform",
                )
            )
            stack.append(layers.BatchNormalization())
        stack += [layers.MaxPooling2D(2), layers.Dropout(drop)]
    stack += [
        layers.Flatten(),
        layers.Dense(128, activation="relu", kernel_initializer="he_uniform"),
        layers.BatchNormalization(),
        layers.Dropout(0.5),
        layers.Dense(classes, activation="softmax"),
    ]
    model = keras.Sequential(stack, name="classic")
    rate = keras.optimizers.schedules.InverseTimeDecay(1e-3, 1, 2e-4)
    return _compiled(model, rate)


def build_tutorial(classes: int = 10) -> keras.Model:
    """Build and compile the CNN of TensorFlow's tutorial; 122,570 parameters."""
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(classes, activation="softmax"),
        ],
        name="tutorial",
    )
    return _compiled(model, 1e-3)


def _compiled(model: keras.Model, rate) -> keras.Model:
    """Compile with Adam and cross-entropy."""
    model.compile(
        keras.optimizers.Adam(rate), "categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def classic_batches(images: Images, seed: int = 0):
    """Return the classic's epochs: batch 64, shifts of 10 % and random flips."""
    return Augmented(*images, 64, seed=seed, shift=3, flip="random").start


def tutorial_batches(images: Images, seed: int = 0):
    """Return the tutorial's epochs: batch 32, no augmentation."""
    return Augmented(*images, 32, seed=seed, shift=0, flip="none").start
