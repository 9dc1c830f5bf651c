"""What is drawn is what was looked at: every place, size, colour and word."""

import matplotlib.pyplot as plt
import pytest

from helpers import plots
from tests.plots import drawings
from tests.plots.described import described

# what others draw with
ALONE = {"frame", "side_by_side"}


@pytest.fixture(scope="module")
def drawn():
    return drawings.all_described()


@pytest.mark.parametrize("name", drawings.DRAWINGS)
def test_a_drawing_is_the_one_that_was_looked_at(drawn, name):
    advice = "look at it: python -m tests.plots.drawings FOLDER"
    assert drawn[name] == drawings.read().get(name), advice


def test_nothing_is_kept_that_is_not_drawn():
    assert list(drawings.read()) == list(drawings.DRAWINGS)


def test_another_drawing_is_another_text():
    drawings.DRAWINGS["bars"]()
    figure = plt.gcf()
    before = described(figure)
    figure.axes[0].patches[0].set_width(1501)
    assert described(figure) != before


def test_every_function_has_a_drawing():
    named = " ".join(drawings.DRAWINGS).replace(" ", "_")
    functions = [n for n in plots.__all__ if callable(getattr(plots, n))]
    left = [n for n in functions if n.removesuffix("_step") not in named]
    assert set(left) <= ALONE
