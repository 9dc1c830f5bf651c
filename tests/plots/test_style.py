"""Text in figures is readable on a projector and in a dark theme; in one place."""

import base64
import io
import re
from html import unescape

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Text
from nbconvert import HTMLExporter
from PIL import Image

from helpers import plots
from helpers.plots.style import DPI, SMALL
from tests.notebooks.reading import PAGES, PATHS, code, each, read
from tests.plots.test_axes import IMAGES, INTO_ONE_AXES

SEVERAL_AXES = {
    "side by side": lambda: plots.side_by_side(plots.image, IMAGES[:2], "ab"),
    "gallery": lambda: plots.gallery(IMAGES, list("abcdefg"), heading="heading"),
    "strips": lambda: plots.strips([IMAGES[:2]], "a", heading="heading"),
    "window step": lambda: plots.window_step(np.eye(3), np.eye(2), np.eye(2), 0, 0),
    "trials": lambda: plots.trials([(0.1, 1)], [0.5], names=("a", "b", "c")),
}
DRAWN = {**{name: lambda f=f: f(None) for name, f in INTO_ONE_AXES.items()}}
DRAWN |= SEVERAL_AXES


@pytest.mark.parametrize("name", DRAWN)
def test_no_text_is_small_and_the_ground_is_white(name):
    DRAWN[name]()
    figure = plt.gcf()
    figure.canvas.draw()
    shown = [t for t in figure.findobj(Text) if t.get_text() and t.get_visible()]
    # the title of these Axes is "title", so there is text in every one
    sizes = {t.get_text(): t.get_fontsize() for t in shown}
    assert sizes and min(sizes.values()) >= SMALL, sizes
    assert figure.dpi == DPI and SMALL * DPI / 72 >= 15, "pixels"
    assert figure.get_facecolor() == (1, 1, 1, 1), "opaque white"


def test_the_notebooks_own_figures_follow():
    for key, value in plots.STYLE.items():
        assert matplotlib.rcParams[key] == value


def test_titles_of_figures_and_of_axes_are_alike_and_larger_than_their_text():
    figure, axes = plt.subplots()
    titles = figure.suptitle("all"), axes.set_title("one")
    assert [title.get_fontsize() for title in titles] == [11, 11]
    assert axes.text(0, 0, "text").get_fontsize() == 10


@each(PATHS)
def test_stored_figures_have_a_white_opaque_ground(path):
    for cell in code(read(path)):
        for output in cell.outputs:
            if png := output.get("data", {}).get("image/png"):
                stored = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA")
                assert stored.getpixel((0, 0)) == (255, 255, 255, 255), cell.id


@each(PATHS)
def test_no_notebook_sets_a_smaller_size(path):
    for cell in code(read(path)):
        assert "fontsize" not in cell.source and "rcParams" not in cell.source, cell.id


@each(PAGES[:1])
def test_nbconverts_classic_template_writes_the_alt_text(path):
    html, _ = HTMLExporter(template_name="classic").from_filename(path)
    written = re.findall(r'<img[^>]*?alt="([^"]*)"', html)
    alts = [c.metadata["alt"] for c in code(read(path)) if "alt" in c.metadata]
    in_text = [a for c in read(path).cells for a in re.findall(r"!\[(.*?)\]", c.source)]
    figures = [unescape(text) for text in written]
    assert [text for text in figures if text not in in_text] == alts
