"""One run on the shipped pictures, split by group anew for each seed: notebook 21."""

from functools import cache

import numpy as np

from benchmarks.common import machine
from helpers import data, experiments
from helpers.data import Images, sources
from helpers.experiments import sizes
from helpers.experiments.sizes import Size


def size_run(settings: Size, count: int, seed: int) -> dict:
    """Train on `count` shipped pictures of one size; judge on others, by group.

    The pictures that are left decide nothing; those for testing are not looked at.
    """
    found = pictures(settings.size)
    known = np.flatnonzero(data.split_folder(found, seed=0) < 2)
    labels, groups = found.labels[known], found.groups[known]
    side = data.assign_parts(labels, groups, (0.75, 0.25), seed)
    train, judge = (
        Images(found.images[known[side == k]], labels[side == k]) for k in (0, 1)
    )
    few = data.split(*train, count, seed)[1]
    row = experiments.run(settings, few, judge, judge, seed, build=sizes.build)
    network = sizes.build(settings, few.images.shape[1:], len(found.class_names))
    made = sizes.operations(network, settings.size)
    return {**row, "machine": machine(), "operations": made}


@cache
def pictures(size: int):
    """Read the shipped pictures; those of one concept are one group."""
    return data.read_folder(
        sources.PICTURES, lambda file: file.stem.rpartition("-")[0], size
    )
