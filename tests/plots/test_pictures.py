"""Plots draw into the Axes they are given, compute nothing and never show."""

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt

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
    "reliability": lambda ax: plots.reliability([0.5], [0.4], [9], ax, "title"),
}


@pytest.fixture(autouse=True)
def nothing_is_shown(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a helper called plt.show()"))
    yield
    plt.close("all")


@pytest.mark.parametrize("name", INTO_ONE_AXES)
def test_draws_into_the_given_axes_or_makes_one(name):
    _, (ax, other) = plt.subplots(1, 2)
    figures = plt.get_fignums()
    assert INTO_ONE_AXES[name](ax) is ax
    assert plt.get_fignums() == figures
    assert ax.get_title() == "title" and not other.has_data()
    assert INTO_ONE_AXES[name](None) is not ax
    assert len(plt.get_fignums()) == len(figures) + 1


def texts(ax) -> list[str]:
    return [t.get_text() for t in ax.texts if t.get_fontsize() != 7]  # not the axes'


def test_grid_writes_every_number_and_leaves_nan_empty():
    ax = plots.grid([[1, np.nan], [-2.5, -0.0]])
    assert texts(ax) == ["1", "-2.5", "0"]
    assert [t.get_text() for t in ax.texts][3:] == ["0", "1", "0", "1"]


def test_signed_grid_has_white_at_zero():
    drawn = plots.grid([[-1, 4]], signed=True).get_images()[0]
    assert drawn.norm.vmin == -drawn.norm.vmax


def test_window_step_fills_the_map_up_to_the_step():
    picture, detector = np.eye(4, dtype=int), np.eye(2, dtype=int)
    feature_map = np.array([[2, 0, 0], [0, 2, 0], [0, 0, 2]])
    axes = plots.window_step(picture, detector, feature_map, 1, 1)
    assert texts(axes[2]) == ["2", "0", "0", "0", "2"]
    assert axes[1].get_title().endswith("sum 2")


def test_side_by_side_and_gallery_place_every_array():
    assert len(plots.side_by_side(plots.image, IMAGES[:3], "abc")) == 3
    with pytest.raises(ValueError):
        plots.side_by_side(plots.image, IMAGES[:3], "ab")
    axes = plots.gallery(IMAGES, [str(k) for k in range(7)], columns=3, heading="h")
    assert [ax.get_title() for ax in axes] == [str(k) for k in range(7)]


def test_strips_stack_each_batch():
    axes = plots.strips([IMAGES[:2], IMAGES[:3]], ["a", "b"], heading="h")
    assert [ax.get_images()[0].get_array().shape[0] for ax in axes] == [16, 24]


def test_confusion_writes_the_counts():
    assert texts(plots.confusion([[5, 1], [0, 7]], ["cat", "dog"])) == list("5107")


def test_points_has_a_row_a_group_and_marks_the_median():
    ax = plots.points({"first": [1, 2, 9], "second": [4]})
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]
    dots, median = ax.lines[:2]
    assert list(dots.get_xdata()) == [1, 2, 9] and list(median.get_xdata()) == [2]
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first row is on top"


def test_frontier_draws_time_logarithmically_and_names_everything():
    ax = plots.frontier({"slow": ([1, 9], [0.1, 0.2])}, {"quick": ([4], [0.3])})
    assert ax.get_xscale() == "log"
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["slow", "quick"]


def test_trials_show_places_and_values_over_the_first_knob():
    places = [(0.001, 0.5), (0.1, 0.25)]
    above, below = plots.trials(places, [0.2, 0.4], None, "t", ("a", "b", "c"))
    drawn = above.collections[0]
    assert drawn.get_offsets().tolist() == [[0.001, 0.5], [0.1, 0.25]]
    assert list(drawn.get_array()) == [0.2, 0.4]
    assert list(below.lines[0].get_ydata()) == [0.2, 0.4]
    assert above.get_xscale() == below.get_xscale() == "log"
    assert [below.get_xlabel(), above.get_ylabel(), below.get_ylabel()] == list("abc")
