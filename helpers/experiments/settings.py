"""A CNN with switches, and one run of it: what notebooks 12 and 13 compare."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace

from helpers import inputs
from helpers.data import Images
from helpers.quiet import keras


@dataclass(frozen=True)
class Settings:
    """Everything that decides a run but its images and its seed; 0 switches a part off.

    The network: blocks of `depth` convolutions and a pooling, one block for each number
    of `filters`; flatten; dense.
    """

    filters: tuple[int, ...] = (32, 64, 128)
    depth: int = 1
    kernel_size: int = 3
    dense: int = 64
    epochs: int = 40
    batch_size: int = 32
    learning_rate: float = 0.001  # of Adam, at the start; cosine decay to 0
    dropout: float = 0.0  # share of numbers dropped before each dense layer
    batch_normalization: float = 0.0  # momentum of its moving statistics
    weight_decay: float = 0.0  # decoupled: AdamW
    flip: float = 0.0  # 1: mirror left and right, or not, at random
    shift: float = 0.0  # up to this share of the side, each way
    noise: float = 0.0  # standard deviation, where white is 1
    crop: float = 0.0  # enlarge a window, anywhere, smaller by up to this share
    patience: int = 0  # epochs without a better validation loss before stopping


NORMALIZED = Settings(batch_normalization=0.9)


def change(settings: Settings, **changes) -> Settings:
    """Return other settings; ValueError for a setting that there is none of."""
    known = [field.name for field in fields(Settings)]
    for name in changes:
        if name not in known:
            raise ValueError(f"no setting {name!r}; there are: {', '.join(known)}")
    return replace(settings, **changes)


def build(settings: Settings, input_shape=(32, 32, 3), classes=10) -> keras.Model:
    """Build the network, uncompiled: `(N, H, W, C) uint8 -> (N, classes)`."""
    stack = [keras.Input(input_shape), keras.layers.Rescaling(1 / 255)]
    stack += augmentation(settings)
    for filters in settings.filters:
        for _ in range(settings.depth):
            stack += _convolution(settings, filters)
        stack.append(keras.layers.MaxPooling2D(2))
    stack.append(keras.layers.Flatten())
    for units, activation in ((settings.dense, "relu"), (classes, "softmax")):
        if settings.dropout:
            stack.append(keras.layers.Dropout(settings.dropout))
        stack.append(keras.layers.Dense(units, activation=activation))
    return keras.Sequential(stack, name="cnn_with_switches")


def augmentation(settings: Settings) -> list[keras.layers.Layer]:
    """Return the layers that change images of 0..1 in training and only there."""
    stack = []
    if settings.flip:
        stack.append(keras.layers.RandomFlip("horizontal"))
    if shift := settings.shift or settings.crop / 2:
        stack.append(keras.layers.RandomTranslation(shift, shift, "reflect"))
    if settings.crop:
        stack.append(keras.layers.RandomZoom((-settings.crop, 0), fill_mode="reflect"))
    if settings.noise:
        stack.append(keras.layers.GaussianNoise(settings.noise))
    return stack


def _convolution(settings: Settings, filters: int) -> list[keras.layers.Layer]:
    """Return a convolution with its activation, normalized between them or not."""
    momentum = settings.batch_normalization
    stack = [
        keras.layers.Conv2D(
            filters, settings.kernel_size, padding="same", use_bias=not momentum
        )
    ]
    if momentum:
        stack.append(keras.layers.BatchNormalization(momentum=momentum))
    return [*stack, keras.layers.ReLU()]


def compiled(model: keras.Model, settings: Settings, count: int) -> keras.Model:
    """Compile a model for a run on `count` images; return it."""
    steps = settings.epochs * -(-count // settings.batch_size)
    rate = keras.optimizers.schedules.CosineDecay(settings.learning_rate, steps)
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def run(
    settings: Settings,
    train: Images,
    validation: Images,
    held_out: Images,
    seed: int,
    build: Callable[..., keras.Model] = build,
) -> dict:
    """Train once and return what was measured, as JSON can hold it.

    `build` makes the network of such settings, image shape and number of classes.
    `validation` draws the curve and decides where `patience` stops; `held_out` is
    looked at once, at the end: `accuracy` and `loss`. `history` holds a list for each
    measure, one number an epoch; `seconds` is the wall time of `fit`. ValueError for
    labels that are no class numbers and for images that are scaled already.
    """
    classes = inputs.count_classes(train.labels)
    train = Images(*inputs.pairs(*train, classes))
    validation = Images(*inputs.pairs(*validation, classes))
    held_out = Images(*inputs.pairs(*held_out, classes))
    keras.utils.set_random_seed(seed)
    model = build(settings, train.images.shape[1:], classes)
    compiled(model, settings, len(train.labels))
    stopping = keras.callbacks.EarlyStopping(
        patience=settings.patience, restore_best_weights=True
    )
    start = time.perf_counter()
    past = model.fit(
        *train,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        validation_data=validation,
        callbacks=[stopping] if settings.patience else [],
        verbose=0,
    ).history
    seconds = time.perf_counter() - start
    loss, accuracy = model.evaluate(*held_out, batch_size=500, verbose=0)
    return {
        "settings": asdict(settings),
        "seed": seed,
        "accuracy": round(accuracy, 4),
        "loss": round(loss, 4),
        "parameters": model.count_params(),
        "seconds": round(seconds, 1),
        "history": {k: [round(v, 4) for v in line] for k, line in past.items()},
    }
