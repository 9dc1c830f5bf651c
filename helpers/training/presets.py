"""Recipes of fast training, each named by what it reaches on CIFAR-10's test set.

Chosen on the validation split by `benchmarks/search.py`; what they reach and cost is
measured by `benchmarks/bench.py` and stored in `benchmarks/results`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from helpers import models
from helpers.data import Images
from helpers.quiet import keras
from helpers.training import bfloat16, optimizer, parts


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run but its seed; a part is left out by its value."""

    widths: tuple[int, ...] = (32, 64, 128)
    epochs: int = 2
    sizes: tuple[int, ...] = ()  # image size in the first epochs; later 32
    batch_size: int = 250
    activation: str = "relu"
    whitening: bool = True  # False: an ordinary, trained first convolution
    identity: bool = True
    learning_rate: float = 1.5  # peak for a batch of 1,024; grows with the batch
    momentum: float = 0.85
    bias_factor: float = 64.0  # 1: biases step like all others
    muon: float = 0.1  # peak rate of kernels; 0: SGD as for the rest
    muon_momentum: float = 0.6
    weight_decay: float = 0.0089
    smoothing: float = 0.2
    shift: int = 2
    flip: str = "alternating"
    cutout: int = 0  # side of the grey square in each image
    lookahead: bool = False
    views: int = 1  # at test time: 1, 2 or 6


def for_few(recipe: Recipe, count: int) -> Recipe:
    """Return the recipe for a training set of `count` images.

    Fewer than 10,000 (the digits) are seen in at least 50 steps an epoch, 4 epochs.
    """
    if count >= 10_000:
        return recipe
    batch_size = min(recipe.batch_size, max(count // 50, 1))
    return replace(recipe, batch_size=batch_size, epochs=max(recipe.epochs, 4))


def build(
    recipe: Recipe, images: Images, classes: int = 10, precision: str = "float32"
) -> keras.Model:
    """Build, whiten and compile the network of a recipe for these training images.

    `precision` "bfloat16" trains faster on processors that multiply it; on others this
    prints why not and stays with "float32". ValueError for another word.
    """
    if precision not in bfloat16.PRECISIONS:
        raise ValueError(f'precision must be "float32" or "bfloat16": {precision!r}')
    shape = (None, None, images.images.shape[3])
    model = models.build_fast_cnn(shape, classes, recipe.widths, recipe.activation)
    if recipe.whitening:
        parts.whiten(model, images.images)
    else:
        model.get_layer("whitening").trainable = True
    if recipe.identity:
        parts.identity_init(model)
    if precision == "bfloat16":
        model = bfloat16.where_it_helps(model)
    peak = recipe.learning_rate * recipe.batch_size / 1024
    model.compile(
        optimizer.FastSGD(
            optimizer.LinearWarmupDecay(peak, steps(recipe, images)),
            bias_factor=recipe.bias_factor,
            muon=recipe.muon / peak,
            muon_momentum=recipe.muon_momentum,
            momentum=recipe.momentum,
            weight_decay=recipe.weight_decay,
        ),
        keras.losses.CategoricalCrossentropy(label_smoothing=recipe.smoothing),
        metrics=["accuracy"],
    )
    return model


def callbacks(recipe: Recipe, images: Images) -> list:
    """Return what `fit` needs beside the batches: lookahead, if the recipe has it."""
    return [optimizer.Lookahead(steps(recipe, images))] if recipe.lookahead else []


def steps(recipe: Recipe, images: Images) -> int:
    """Count the steps of a whole run on these training images."""
    return len(images.labels) // recipe.batch_size * recipe.epochs


def batches(
    recipe: Recipe, images: Images, classes: int = 10, seed: int = 0
) -> Callable[[int], parts.Augmented]:
    """Return the function that gives the batches of an epoch, for `resume.fit`."""

    augmented = parts.Augmented(
        *images,
        recipe.batch_size,
        classes,
        seed=seed,
        shift=recipe.shift,
        flip=recipe.flip,
        cutout=recipe.cutout,
    )
    sizes = dict(enumerate(recipe.sizes))
    return lambda epoch: augmented.start(epoch, sizes.get(epoch))


PRESETS = {
    "84 %": Recipe(widths=(32, 80, 128), sizes=(24,), learning_rate=1.5),
    "90 %": Recipe(
        widths=(64, 128, 128), epochs=4, sizes=(24,), learning_rate=1.5, views=2
    ),
    "93 %": Recipe(
        widths=(64, 256, 256),
        epochs=8,
        sizes=(24, 24, 24),
        batch_size=500,
        learning_rate=1.5,
        views=2,
    ),
    "94 %": Recipe(
        widths=(64, 256, 256),
        epochs=11,
        sizes=(24, 24, 24),
        batch_size=500,
        learning_rate=1.5,
        activation="gelu",
        cutout=8,
        views=6,
    ),
}
