"""What notebooks compare, and how their runs are summed up."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from statistics import fmean, median
from typing import NamedTuple

import numpy as np

from benchmarks.picture_runs import Frozen, frozen_run, size_run
from benchmarks.runs import (
    Batch,
    Folds,
    Shuffled,
    Transfer,
    batch_run,
    depth_run,
    fold_run,
    one_run,
    resnet_run,
    shuffled_run,
    transfer_run,
)
from helpers.experiments import Settings, change
from helpers.experiments.depth import Depth
from helpers.experiments.resnet import Resnet, Training
from helpers.experiments.sizes import Size

PICTURES = "the shipped pictures, by group"


def run_summary(runs: list[dict]) -> dict:
    """Sum up runs of the same settings from several seeds."""
    lines = {}
    for measure in runs[0]["history"]:
        epochs = zip(*(run["history"][measure] for run in runs), strict=False)
        lines[measure] = [round(fmean(values), 3) for values in epochs]
    return {
        "parameters": runs[0]["parameters"],
        **{key: [run[key] for run in runs] for key in ("accuracy", "loss")},
        "train_accuracy": [run["history"]["accuracy"][-1] for run in runs],
        "epochs": [len(run["history"]["loss"]) for run in runs],
        "seconds": median(run["seconds"] for run in runs),
        "history": lines,  # means, as far as all runs go
    }


def curves_summary(runs: list[dict]) -> dict:
    """Sum up runs and keep every run's curve, by which other runs could be stopped."""
    curves = [run["history"]["val_accuracy"] for run in runs]
    keys = "parameters", "accuracy", "loss", "seconds"
    return {**{k: run_summary(runs)[k] for k in keys}, "val_accuracy": curves}


def fold_summary(runs: list[dict]) -> dict:
    """Sum up runs of cross-validation: judged by the fold left out, and by others."""
    folds = [run["history"]["val_accuracy"][-1] for run in runs]
    return {"fold accuracy": folds, "accuracy": [run["accuracy"] for run in runs]}


def batch_summary(runs: list[dict]) -> dict:
    """Sum up runs of one batch size and rate."""
    accuracy = [run["accuracy"] for run in runs]
    return {"steps": runs[0]["steps"], "accuracy": accuracy}


def transfer_summary(runs: list[dict]) -> dict:
    """Put the runs side by side: `{way: one list a seed, one accuracy a count}`."""
    keys = "accuracy", "old classes after"
    sums = {k: {way: [run[k][way] for run in runs] for way in runs[0][k]} for k in keys}
    return {"old classes": [run["old classes"] for run in runs], **sums}


def depth_summary(runs: list[dict]) -> dict:
    """Sum up runs of one depth, and name where they were done."""
    machines = sorted({run["machine"] for run in runs})
    return {**run_summary(runs), "machine": "; ".join(machines)}


def size_summary(runs: list[dict]) -> dict:
    """Sum up runs on pictures of one size, and what one picture costs."""
    told = {"operations": runs[0]["operations"], "data": PICTURES}
    return {**depth_summary(runs), **told}


def frozen_summary(runs: list[dict]) -> dict:
    """Sum up linear classifiers on one network's features of one size."""
    return {
        **{key: runs[0][key] for key in ("parameters", "features")},
        **{key: [run[key] for run in runs] for key in ("accuracy", "train_accuracy")},
        "machine": "; ".join(sorted({run["machine"] for run in runs})),
        "data": PICTURES,
    }


def resnet_summary(runs: list[dict]) -> dict:
    """Sum up runs of notebook 9's CNN or a ResNet, and what one image costs."""
    seconds = median(run["cpu_seconds"] for run in runs)
    judged = "CIFAR-10, evaluated on 4,000 validation images"
    return {**size_summary(runs), "cpu_seconds": seconds, "data": judged}


class Study(NamedTuple):
    """Settings to compare, each from the same seeds on the same images."""

    settings: dict
    seeds: int
    images: int  # to train on
    run: Callable = one_run
    summary: Callable = run_summary


NONE = Settings()
BEST_THREE = change(NONE, batch_normalization=0.9, shift=0.1, flip=1)
REGULARIZATION = {
    "none": NONE,
    "early stopping": change(NONE, patience=5),
    "weight decay": change(NONE, weight_decay=0.1),
    "dropout": change(NONE, dropout=0.5),
    "batch normalization": change(NONE, batch_normalization=0.9),
    "noise": change(NONE, noise=0.1),
    "crop": change(NONE, crop=0.25),
    "shift": change(NONE, shift=0.1),
    "flip": change(NONE, flip=1),
    "the best three": BEST_THREE,
    "and dropout too": change(BEST_THREE, dropout=0.5),
    "the best three, longer": change(BEST_THREE, epochs=120),
}
LONGER = change(BEST_THREE, epochs=15)
ARCHITECTURE = {
    "as it is": LONGER,
    "a quarter of the filters": change(LONGER, filters=(8, 16, 32)),
    "half the filters": change(LONGER, filters=(16, 32, 64)),
    "twice the filters": change(LONGER, filters=(64, 128, 256)),
    "as it is, lower rate": change(LONGER, learning_rate=0.0003),
    "twice, lower rate": change(LONGER, filters=(64, 128, 256), learning_rate=0.0003),
    "two convolutions a block": change(LONGER, depth=2),
    "one block less": change(LONGER, filters=(32, 64)),
    "one block more": change(LONGER, filters=(32, 64, 128, 128)),
    "kernel 1 x 1": change(LONGER, kernel_size=1),
    "kernel 5 x 5": change(LONGER, kernel_size=5),
}
SHORT = change(NONE, batch_normalization=0.9, flip=1, epochs=16)
GRID = product((0.00001, 0.0001, 0.001, 0.01), (0.001, 0.01, 0.1, 1.0))
RNG = np.random.default_rng(0)
DRAWN = zip(10 ** RNG.uniform(-5, -2, 16), 10 ** RNG.uniform(-3, 0, 16), strict=True)
SEARCH = {
    f"{way} {number}": change(
        SHORT, learning_rate=float(rate), weight_decay=float(decay)
    )
    for way, points in (("grid", GRID), ("random", DRAWN))
    for number, (rate, decay) in enumerate(points)
}
PLAIN = change(NONE, batch_normalization=0.9, epochs=15)
SHUFFLED = {
    f"{name}{', shuffled' if shuffled else ''}": Shuffled(settings, shuffled)
    for name, settings in (("CNN", PLAIN), ("dense", change(PLAIN, filters=())))
    for shuffled in (False, True)
}
FOLDS = {
    "kernel 3 x 3": Folds(LONGER),
    "kernel 5 x 5": Folds(change(LONGER, kernel_size=5)),
}
BATCHES = {
    f"{size}, {way}": Batch(size, 0.01 * factor, int(way == "linear, warm-up"))
    for size in (32, 128, 512, 1024)
    for way, factor in {
        "a third": 0.3,
        "same": 1,
        "three times": 3,
        "root": (size / 32) ** 0.5,
        "linear": size / 32,
        "linear, warm-up": size / 32,
    }.items()
    if (size == 32) == (way in ("a third", "three times")) or way == "same"
}
STACKS = {
    "plain": Depth(),
    "residual": Depth(skip=True),
    "plain, normalized": Depth(normalized=True),
    "residual, normalized": Depth(skip=True, normalized=True),
    "residual, quiet start": Depth(skip=True, quiet_start=True),
}
DEPTH = {
    f"{convolutions}, {name}": replace(stack, convolutions=convolutions)
    for name, stack in STACKS.items()
    for convolutions in (4, 8, 16, 32)
}
SIZES = {str(size): Size(size) for size in (32, 48, 64)}
SIZES["64, one block more"] = Size(64, filters=(32, 64, 128, 128))
FROZEN = {
    f"{name}, {size}": Frozen(name, size)
    for name, size in product(("CIFAR-10", "ImageNet"), (32, 64, 128))
}
RESNET = {"CNN": Training(), "ResNet": Resnet()}
STUDIES = {
    "regularization": Study(REGULARIZATION, seeds=10, images=1000),
    "more images": Study({"none": NONE}, seeds=10, images=2000),
    "architecture": Study(ARCHITECTURE, seeds=5, images=4000),
    "search": Study(SEARCH, seeds=5, images=1000, summary=curves_summary),
    "shuffled pixels": Study(SHUFFLED, seeds=5, images=4000, run=shuffled_run),
    "folds": Study(FOLDS, 10, 2000, fold_run, fold_summary),
    "batch size": Study(BATCHES, 5, 8000, batch_run, batch_summary),
    "depth": Study(DEPTH, 5, 20_000, depth_run, depth_summary),
    "size": Study(SIZES, 5, 800, size_run, size_summary),
    "transfer": Study(
        {"deer and horse": Transfer()}, 5, 36_000, transfer_run, transfer_summary
    ),
    "frozen features": Study(FROZEN, 10, 800, frozen_run, frozen_summary),
    "resnet": Study(RESNET, 5, 5000, resnet_run, resnet_summary),
}
