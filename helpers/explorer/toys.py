"""Small pages to touch, without a trained network, and how a notebook shows a page."""

import html
import os
from pathlib import Path

from helpers.explorer.document import document, put

SCRIPTS = ("layers.js", "arithmetic.js", "figures.js", "toys.js")
TITLES = {
    "kernel": "A kernel over a picture",
    "pooling": "A shift under max pooling",
    "softmax": "Three scores through softmax",
    "descent": "Gradient descent, step by step",
    "network": "A picture through a whole network",
}


class Shown:
    """A page as the output of a cell; `save` writes it to a file."""

    def __init__(self, text: str, height: int = 560):
        self.text, self.height = text, height

    def _repr_html_(self) -> str:
        """Return a frame that holds the page itself, so that no address is needed."""
        return (
            f'<iframe srcdoc="{html.escape(self.text)}" title="a page to touch" '
            f'width="100%" height="{self.height}" style="border: 0"></iframe>'
        )

    def save(self, path: str | os.PathLike) -> Path:
        """Write the page to a file that opens by a double click; return its path."""
        return put(Path(path), self.text)


def toy(name: str) -> Shown:
    """Return a small page to touch: the last line of a cell shows it.

    `name` is a key of `TITLES`: a kernel editor on the X ("kernel", notebook 2), shifts
    under pooling ("pooling", 4), softmax of three sliders ("softmax", 6), gradient
    descent with its tangent ("descent", 7), notebook 6's network on a picture that you
    draw ("network"). ValueError for another name.
    """
    if name not in TITLES:
        raise ValueError(f"there is no toy {name!r}; there are: {', '.join(TITLES)}")
    return Shown(document("toy.html", SCRIPTS, name, TITLES[name]))


def show(path: str | os.PathLike, height: int = 720) -> Shown:
    """Show a page that `write` wrote as the output of a cell."""
    return Shown(Path(path).read_text(encoding="utf-8"), height)
