"""One run on the shipped pictures, split by group anew for each seed.

A run of 21 trains a network from the start; one of 15 trains a linear classifier on the
frozen features of a network that other images have trained.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.record import machine
from helpers import data, experiments, models, pretrained
from helpers.data import Images, sources
from helpers.experiments import sizes, transfer
from helpers.experiments.sizes import Size
from helpers.quiet import keras

LITE0 = Path(__file__).parents[1] / "build" / "pretrained" / "efficientnet_lite0.keras"


@dataclass(frozen=True)
class Frozen:
    """Whose frozen features, and of pictures of which size (rows and columns)."""

    backbone: str  # "CIFAR-10", the network that ships, or "ImageNet"
    size: int


def size_run(settings: Size, count: int, seed: int) -> dict:
    """Train on `count` shipped pictures of one size; judge on others, by group."""
    few, judge = sides(settings.size, count, seed)
    row = experiments.run(settings, few, judge, judge, seed, build=sizes.build)
    classes = len(np.unique(judge.labels))
    network = sizes.build(settings, few.images.shape[1:], classes)
    made = sizes.operations(network, settings.size)
    return {**row, "machine": machine(), "operations": made}


def frozen_run(settings: Frozen, count: int, seed: int) -> dict:
    """Train a linear classifier on the features of the same pictures as `size_run`."""
    few, judge = sides(settings.size, count, seed)
    network = backbone(settings)
    learned, judged = (
        network.predict(side.images, batch_size=100, verbose=0) for side in (few, judge)
    )
    head = transfer.linear(learned, few.labels)
    return {
        "accuracy": round(float(head.score(judged, judge.labels)), 4),
        "train_accuracy": round(float(head.score(learned, few.labels)), 4),
        "parameters": network.count_params(),
        "features": learned.shape[1],
        "machine": machine(),
    }


def sides(size: int, count: int, seed: int) -> tuple[Images, Images]:
    """Draw `count` pictures to learn from, and return those of other groups that judge.

    The pictures that are left decide nothing; those for testing are not looked at.
    """
    found = pictures(size)
    known = np.flatnonzero(data.split_folder(found, seed=0) < 2)
    labels, groups = found.labels[known], found.groups[known]
    side = data.assign_parts(labels, groups, (0.75, 0.25), seed)
    train, judge = (
        Images(found.images[known[side == k]], labels[side == k]) for k in (0, 1)
    )
    return data.split(*train, count, seed)[1], judge


def backbone(settings: Frozen) -> keras.Model:
    """Return a network up to its features; ValueError where it has to be made first."""
    if settings.backbone == "CIFAR-10":
        return transfer.backbone(models.load_trained("cifar10"), settings.size)
    if not LITE0.is_file():
        raise ValueError(f"{LITE0.name} is missing: make pretrained writes it")
    return pretrained.read(LITE0)


@cache
def pictures(size: int):
    """Read the shipped pictures; those of one concept are one group."""
    return data.read_folder(
        sources.PICTURES, lambda file: file.stem.rpartition("-")[0], size
    )
