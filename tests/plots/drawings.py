"""Drawings of `helpers.plots` that were looked at, and what is in them, as text.

`python -m tests.plots.drawings FOLDER` writes each as a picture into a folder, to be
looked at, and `drawings.txt` anew. Pixels would differ between versions of Matplotlib;
places, sizes, colours and words of what is drawn do not.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from helpers import plots
from tests.plots.described import described

KEPT = Path(__file__).with_name("drawings.txt")
RAMP = np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5
X = np.linspace(-1, 2, 7)
TWO = {"one": [1.0, 0.5, 0.25], "other": [2.0, 1.0, 3.0]}
SIX = {str(n): [n, n + 1] for n in range(6)}
SHAPES = [(8, 8, 3), (4, 6, 16), (1, 1, 4), (16,), (17,), (3,), (2,)]
NAMES = "image conv pool flatten dense dense scores".split()
TIMES = ([10, 100], [0.5, 0.8]), ([20], [0.9]), ([40, 50], [0.85, 0.86])
DRAWINGS = {
    "grid": lambda: plots.grid([[1, np.nan, 0.25], [-2.5, -0.0, 3]], title="t"),
    "grid, framed": lambda: plots.grid(np.eye(4), None, "t", (1, 2, 2, 1), True, 4),
    "grid, bare": lambda: plots.grid([[0, 9]], indices=False),
    "kernel": lambda: plots.kernel([[0.126, -1], [0, 0.5]], title="t"),
    "image": lambda: plots.image(RAMP, title="t"),
    "image, grey": lambda: plots.image(RAMP[..., :1], vmin=0, vmax=255),
    "image, 64 and more": lambda: plots.side_by_side(
        plots.image, [np.eye(64), np.eye(65)], "ab", 1.5, cmap="Blues"
    ),
    "window": lambda: plots.window_step(
        np.arange(12).reshape(3, 4), np.eye(2), np.arange(6).reshape(2, 3), 1, 1
    ),
    "gallery": lambda: plots.gallery([RAMP] * 5, list("abcde"), 3, 1.5, "heading"),
    "gallery, bare": lambda: plots.gallery([RAMP] * 12),
    "strips": lambda: plots.strips([[RAMP] * 2, [RAMP] * 3], "ab", 1.5, "heading"),
    "curves": lambda: plots.curves(TWO, [5, 6, 8], None, "t", "x", "y"),
    "curves, six": lambda: plots.curves(SIX),
    "bars": lambda: plots.bars([1500, 20], ["a", "b"], None, "t", "x"),
    "bars, parts": lambda: plots.bars([0.25, 0.12345], ["a", "b"]),
    "bars, percents": lambda: plots.bars([0.25, 96.21, 3], ["a", "b", "c"]),
    "confusion": lambda: plots.confusion([[3, 1], [0, 8]], ["cat", "dog"], title="t"),
    "confusion, none": lambda: plots.confusion([[0.5, 0.25], [0, 0]], "ab"),
    "reliability": lambda: plots.reliability(
        [0.2, 0.9], [0.25, 0.5], [10, 40], title="t"
    ),
    "reliability, empty": lambda: plots.reliability([0.5], [0.5], [0]),
    "points": lambda: plots.points({"a": [1, 2, 6], "b": [4]}, None, "t", "x"),
    "points, intervals": lambda: plots.points({"a": [1, 2]}, intervals={"a": (0, 3)}),
    "frontier": lambda: plots.frontier(
        {"usual": TIMES[0]}, {"ours": TIMES[1], "b": TIMES[2]}, None, "t"
    ),
    "scatter": lambda: plots.scatter(
        [(0, 1), (2, 3), (4, 9)], [1, 1, 12], None, "t", {1: "cat", 12: "dog"}
    ),
    "scatter, bare": lambda: plots.scatter([(0, 1), (2, 3)], [0.0, 3.0]),
    "trials": lambda: plots.trials(
        [(0.1, 1), (0.01, 9)], [0.5, 0.7], None, "t", ("a", "b", "c")
    ),
    "network": lambda: plots.network(SHAPES, NAMES, title="t"),
    "flattened": lambda: plots.flattened(
        np.arange(12).reshape(2, 3, 2) / 4, "ab", title="t"
    ),
    "way back": lambda: plots.way_back(
        ["conv", "ReLU", "loss"], [6, -0.0, 0.25], [-0.12345, 1, 2], title="t"
    ),
    "tangent": lambda: plots.tangent(
        X, X**3, (0.5, 0.125), 0.75, (2, 8), None, "t", "weight", "loss"
    ),
}


def all_described(folder: Path | None = None) -> dict[str, list[str]]:
    """Draw everything; return it as text by name, as pictures too if asked."""
    found = {}
    for name, draw in DRAWINGS.items():
        draw()
        figure = plt.gcf()
        found[name] = described(figure)
        if folder:
            figure.savefig(folder / f"{name}.png")
        plt.close(figure)
    return found


def read() -> dict[str, list[str]]:
    """Return what `drawings.txt` says of each drawing."""
    parts = KEPT.read_text(encoding="utf-8").split("\n\n")
    blocks = [part.strip("\n").split("\n") for part in parts]
    return {head.strip("[]"): lines for head, *lines in blocks}


if __name__ == "__main__":
    found = all_described(Path(sys.argv[1]))
    blocks = ["\n".join([f"[{name}]", *lines]) for name, lines in found.items()]
    KEPT.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
