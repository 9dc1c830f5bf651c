"""Diagrams show every shape and every number they are given."""

import numpy as np
import pytest

from helpers import plots


def texts(ax) -> list[str]:
    return [t.get_text() for t in ax.texts]


def test_network_writes_every_shape_and_connects_what_is_fully_connected():
    shapes = [(8, 8, 3), (4, 4, 16), (8,), (3,)]
    ax = plots.network(shapes, ["image", "conv", "flatten", "dense"])
    assert texts(ax)[::2] == ["image", "conv", "flatten", "dense"]
    assert texts(ax)[1::2] == ["8 x 8\nx 3", "4 x 4\nx 16", "8", "3"]
    assert len(ax.lines) == 8 * 3 and len(ax.patches) == 2 * 3 + 8 + 3
    heights = [np.ptp(p.get_xy()[:, 1]) for p in ax.patches[:4:3]]
    assert heights[0] == pytest.approx(2 * heights[1])


def test_a_long_vector_is_a_bar_without_a_dot_for_each_number():
    ax = plots.network([(2048,), (10,)], ["flatten", "dense"])
    assert "2,048" in texts(ax) and len(ax.patches) == 1 + 10


def test_flattened_puts_each_number_at_its_index():
    block = np.arange(24).reshape(2, 3, 4) * 10
    ax = plots.flattened(block, list("abcd"))
    lower = sorted(t.get_position()[0] for t in ax.texts if t.get_position()[1] == 0.5)
    vector = {
        t.get_position()[0]: t.get_text()
        for t in ax.texts
        if t.get_position()[1] == 0.5
    }
    assert lower == [index + 0.5 for index in range(24)]
    assert [vector[x] for x in lower] == [str(n) for n in block.ravel()]
    ends = [line.get_xydata() for line in ax.lines]
    assert [end[1][0] for end in ends] == lower, "each line ends where its number lands"
    heights = [end[0][1] for end in ends]
    assert len(set(heights[:12])) == 1 and heights[0] == heights[12] + 1, "by rows"


def test_way_back_writes_both_numbers_of_each_layer():
    ax = plots.way_back(["conv", "loss"], [6, 0.25], [-0.125, 1])
    assert {"conv", "loss", "6", "0.25", "-0.125", "1"} <= set(texts(ax))
    with pytest.raises(IndexError):
        plots.way_back(["conv", "loss"], [6], [1, 2])


def test_tangent_draws_slope_and_gap():
    x = np.linspace(-1, 2, 4)
    ax = plots.tangent(x, x**2, (1, 1), 2, (2, 4), ylabel="loss")
    curve, touching, through, gap = ax.lines[:4]
    assert list(touching.get_ydata()) == list(1 + 2 * (x - 1))
    assert list(through.get_ydata()) == list(1 + 3 * (x - 1))
    assert list(gap.get_ydata()) == [3, 4]
    labels = [t.get_text() for t in ax.get_legend().get_texts()]
    assert labels[0] == "loss" and labels[3] == "gap 1.000"
    assert "slope 2.00" in labels[1] and "slope 3.00" in labels[2]
