"""One run of each kind that notebooks compare.

A run of 12 trains on a few images of CIFAR-10's training split and is judged on 4,000
validation images; the other 1,000 draw its curve and stop it early. A run of 13 is like
it, but that with folds the fold left out takes the place of those 1,000. A run of 15
trains on eight classes, then in several ways on a few images of the other two. One of
18 has a batch size and a rate of its own, one of 20 a depth, or is a ResNet or notebook
9's CNN. Those on the shipped pictures are in `picture_runs`.
"""

import time
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np

from benchmarks.common import forward_flop
from benchmarks.record import machine
from helpers import data, experiments, models
from helpers.data import Images
from helpers.experiments import Settings, depth, resnet, transfer, tuning
from helpers.experiments.depth import Depth
from helpers.experiments.resnet import Resnet, Training
from helpers.quiet import keras
from helpers.training import parts, presets, resume


@dataclass(frozen=True)
class Transfer:
    """What notebook 15 compares: new classes, images of each, rates of fine-tuning."""

    classes: tuple[int, int] = (4, 7)
    counts: tuple[int, ...] = (20, 100, 500)
    learning_rates: tuple[float, ...] = (0.0001, 0.001)
    scratch_learning_rate: float = 0.001
    scratch_steps: int = 600  # as many as the head and fine-tuning have together
    head_learning_rate: float = 0.003


@dataclass(frozen=True)
class Shuffled:
    """A run on images whose pixels change places, the same in all images, or not."""

    settings: Settings
    shuffled: bool


@dataclass(frozen=True)
class Folds:
    """Runs of cross-validation: as many as folds times repeats, one a seed."""

    settings: Settings
    folds: int = 5
    repeats: int = 2


@dataclass(frozen=True)
class Batch:
    """A run by SGD with momentum: the learning rate warms up, then decays."""

    batch_size: int
    learning_rate: float
    warmup: int = 0
    epochs: int = 8


def one_run(settings: Settings, count: int, seed: int) -> dict:
    """Train on `count` images, drawn class by class with the seed."""
    train, stop, judge = image_parts()
    few = data.split(*train, count, seed)[1]
    return experiments.run(settings, few, stop, judge, seed)


def shuffled_run(settings: Shuffled, count: int, seed: int) -> dict:
    """Train as `one_run` does, on images whose pixels have other places."""
    train, stop, judge = image_parts()
    few = data.split(*train, count, seed)[1]
    if settings.shuffled:
        few, stop, judge = (tuning.shuffle(part, seed) for part in (few, stop, judge))
    return experiments.run(settings.settings, few, stop, judge, seed)


def fold_run(settings: Folds, count: int, seed: int) -> dict:
    """Train on all folds but one, which draws the curve; the same for all settings."""
    train, _, judge = image_parts()
    few = data.split(*train, count, seed=0)[1]
    pairs = tuning.folds(few.labels, settings.folds, settings.repeats, seed=0)
    learned, held_out = (
        Images(few.images[at], few.labels[at]) for at in list(pairs)[seed]
    )
    return experiments.run(settings.settings, learned, held_out, judge, seed)


def batch_run(settings: Batch, count: int, seed: int) -> dict:
    """Train with batch normalization on whole batches only; judge at the end."""
    train, _, judge = image_parts()
    few = data.split(*train, count, seed)[1]
    steps = count // settings.batch_size
    rate = keras.optimizers.schedules.CosineDecay(
        0.0 if settings.warmup else settings.learning_rate,
        (settings.epochs - settings.warmup) * steps,
        warmup_target=settings.learning_rate if settings.warmup else None,
        warmup_steps=settings.warmup * steps,
    )
    keras.utils.set_random_seed(seed)
    model = experiments.build(experiments.NORMALIZED)
    model.compile(
        keras.optimizers.SGD(rate, momentum=0.9),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    random = np.random.default_rng(seed)
    for _ in range(settings.epochs):
        order = random.permutation(count)[: steps * settings.batch_size]
        model.fit(
            few.images[order],
            few.labels[order],
            batch_size=settings.batch_size,
            shuffle=False,
            verbose=0,
        )
    loss, accuracy = model.evaluate(*judge, batch_size=500, verbose=0)
    steps *= settings.epochs
    return {"accuracy": round(accuracy, 4), "loss": round(loss, 4), "steps": steps}


def depth_run(
    settings: Depth | Training, count: int, seed: int, build=depth.build
) -> dict:
    """Train a stack on `count` images, drawn class by class with the seed."""
    train, stop, judge = image_parts()
    few = data.split(*train, count, seed)[1]
    row = experiments.run(settings, few, stop, judge, seed, build=build)
    return {**row, "machine": machine()}


def resnet_run(settings: Training, count: int, seed: int) -> dict:
    """Train a ResNet, or with the bare settings the CNN of notebook 9, as `depth_run`.

    `operations` are those of one image, forward; `cpu_seconds` take building and
    judging in.
    """
    image_parts()  # read before the clock starts
    build = resnet.build if isinstance(settings, Resnet) else plain_cnn
    start = time.process_time()
    row = depth_run(settings, count, seed, build)
    seconds = round(time.process_time() - start, 1)
    made = forward_flop(build(settings), 32)
    return {**row, "cpu_seconds": seconds, "operations": made}


def plain_cnn(settings: Training, *shape) -> keras.Model:
    """Build the CNN of notebook 9, which has no settings."""
    return models.build_cnn(*shape)


def transfer_run(settings: Transfer, count: int, seed: int) -> dict:
    """Train on the other classes, then on few images of these, in every way."""
    images = data.load_images("cifar10")
    old = [c for c in range(10) if c not in settings.classes]
    source, recipe = transfer.only(images.train, old), presets.PRESETS["84 %"]
    keras.utils.set_random_seed(seed)
    model = presets.build(recipe, source, len(old))
    batches = presets.batches(recipe, source, len(old), seed)
    resume.fit(model, batches, recipe.epochs, bar=False)
    checked = transfer.only(images.validation, old)
    row = {"old classes": transfer.accuracy(model, checked), "accuracy": {}}
    row["old classes after"] = {}
    new = transfer.only(images.train, settings.classes)
    judge = transfer.only(images.validation, settings.classes)
    for each in settings.counts:
        few = data.split(*new, 2 * each, seed)[1]
        fresh = models.build_fast_cnn(judge.images.shape[1:], 2, recipe.widths)
        parts.whiten(fresh, few.images)
        transfer.tune(
            fresh, few, settings.scratch_learning_rate, settings.scratch_steps
        )
        ways = chain([("from scratch", fresh)], on_features(settings, model, few))
        for way, tuned in ways:  # each is judged before the next one trains
            value = round(transfer.accuracy(tuned, judge), 4)
            row["accuracy"].setdefault(way, []).append(value)
            old = round(transfer.accuracy(model, checked), 4)
            row["old classes after"].setdefault(way, []).append(old)
    return row


def on_features(settings: Transfer, model, few):
    """Yield a head on the frozen body of `model`, then fine-tuned at each rate.

    The body is the model's own; it is as before in the end.
    """
    body, kept = transfer.backbone(model), model.get_weights()
    transfer.freeze(body)
    tuned = transfer.tune(transfer.with_head(body), few, settings.head_learning_rate)
    yield "frozen", tuned
    head = tuned.layers[-1].get_weights()
    transfer.freeze(body, keras.layers.BatchNormalization)
    for rate in settings.learning_rates:
        model.set_weights(kept)
        tuned.layers[-1].set_weights(head)
        yield f"fine-tuned, {rate:g}", transfer.tune(tuned, few, rate)
    model.set_weights(kept)


@cache
def image_parts():
    """Load the training images, those that stop a run and those that judge it."""
    images = data.load_images("cifar10")
    return images.train, *data.split(*images.validation, 4000)
