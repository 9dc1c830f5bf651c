"""Plots draw into the Axes they are given, compute nothing and never show."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers import plots

IMAGES = np.zeros((7, 8, 8, 3), dtype=np.uint8)
INTO_ONE_AXES = {
    "grid": lambda ax: plots.grid(np.eye(3), ax, "title", window=(0, 0, 2, 2)),
    "image": lambda ax: plots.image(IMAGES[0], ax, "title"),
    "grey image": lambda ax: plots.image(IMAGES[0, ..., :1], ax, "title"),
    "kernel": lambda ax: plots.kernel(np.ones((3, 3)) / 9, ax, "title"),
    "curves": lambda ax: plots.curves({"a": [1, 2]}, ax=ax, title="title"),
    "bars": lambda ax: plots.bars([1, 2], ["a", "b"], ax, "title"),
    "confusion": lambda ax: plots.confusion([[1, 0], [2, 3]], "ab", ax, "title"),
    "points": lambda ax: plots.points({"a": [1, 2], "b": [3]}, ax, "title"),
    "intervals": lambda ax: plots.points(
        {"a": [1, 2]}, ax, "title", intervals={"a": (0.5, 2.5)}
    ),
    "scatter": lambda ax: plots.scatter(np.eye(2), [0, 11], ax, "title"),
    "frontier": lambda ax: plots.frontier(
        {"a": ([1, 9], [0.1, 0.2])}, {"b": ([4], [0.3])}, ax, "title"
    ),
    "network": lambda ax: plots.network([(4, 4, 3), (9,)], "ab", ax, "title"),
    "flattened": lambda ax: plots.flattened(np.ones((2, 2, 2)), "ab", ax, "title"),
    "way back": lambda ax: plots.way_back("ab", [1, 2], [3, 4], ax, "title"),
    "tangent": lambda ax: plots.tangent([0, 1], [0, 1], (0, 0), 1, (1, 1), ax, "title"),
    "reliability": lambda ax: plots.reliability([0.5], [0.4], [9], ax, "title"),
}


@pytest.mark.parametrize("name", INTO_ONE_AXES)
def test_draws_into_the_given_axes_or_makes_one(name):
    _, (ax, other) = plt.subplots(1, 2)
    figures = plt.get_fignums()
    assert INTO_ONE_AXES[name](ax) is ax
    assert plt.get_fignums() == figures
    assert ax.get_title() == "title" and not other.has_data()
    assert INTO_ONE_AXES[name](None) is not ax
    assert len(plt.get_fignums()) == len(figures) + 1
