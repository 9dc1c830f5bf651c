"""Diagrams: a network's layers, a flattened block, the way back, a slope."""

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.patches import Circle, Polygon, Rectangle

from helpers.plots.pictures import CENTRED, axes_for
from helpers.plots.style import ACCENT, SMALL

FACES = "0.92", "0.82", "0.72"  # front, top and side of a block


def network(shapes, names, ax=None, title="") -> plt.Axes:
    """Draw what each of K layers puts out: K shapes, K names -> one Axes.

    `(H, W, C)` is a block, as high as its maps and the thicker the more there are;
    `(N,)` is a row of dots up to 16 numbers and a bar above. Lines between two vectors
    are full connections. Below each stands its shape.
    """
    ax = axes_for(ax, (0.6 + 0.82 * len(shapes), 2.6))
    tallest = max((shape[0] for shape in shapes if len(shape) == 3), default=1)
    before = None
    for k, (shape, name) in enumerate(zip(shapes, names, strict=True)):
        if len(shape) == 3:
            heights = _block(ax, k, shape, tallest)
        else:
            heights = _vector(ax, k, shape[0])
            _connect(ax, k, before, heights)
        before = heights if len(shape) == 1 else None
        ax.text(k, 0.75, name, **CENTRED)
        text = " x ".join(str(n) for n in shape[:2]) + f"\nx {shape[-1]}"
        ax.text(k, -0.8, text if len(shape) == 3 else f"{shape[0]:,}", **CENTRED)
    ax.set(xlim=(-0.6, len(shapes) - 0.4), ylim=(-1, 0.9), title=title)
    ax.set_axis_off()
    return ax


def _block(ax, x, shape, tallest) -> None:
    """Draw a block of maps around `x`: its height by the maps, its width by C."""
    height, width = max(shape[0] / tallest, 0.08), 0.05 * np.log2(1 + shape[2])
    slant = 0.22 * max(shape[1] / tallest, 0.08)
    left, low = x - (width + slant) / 2, -(height + slant) / 2
    right, high, edge = left + width, low + height, {"ec": "0.3", "lw": 0.8}
    up = np.array([slant, slant])
    corners = np.array([(left, low), (right, low), (right, high), (left, high)])
    top = [corners[3], corners[2], corners[2] + up, corners[3] + up]
    side = [corners[1], corners[2], corners[2] + up, corners[1] + up]
    for face, colour in zip((corners, top, side), FACES, strict=True):
        ax.add_patch(Polygon(face, fc=colour, **edge))


def _vector(ax, x, length) -> np.ndarray:
    """Draw N numbers around `x` as dots or as a bar; return the dots' heights."""
    if length > 16:
        bar = np.array([(-0.05, -0.5), (0.05, -0.5), (0.05, 0.5), (-0.05, 0.5)])
        ax.add_patch(Polygon(bar + (x, 0), fc=FACES[1], ec="0.3", lw=0.8))
        return np.array([0.5, -0.5])
    heights = (np.arange(length) - (length - 1) / 2) * -min(0.12, 1 / length)
    for height in heights:
        ax.add_patch(Circle((x, height), 0.04, fc="white", ec="0.3", zorder=3))
    return heights


def _connect(ax, x, before, heights) -> None:
    """Draw a line from each of the vector before to each of this one."""
    for start in () if before is None else before:
        for end in heights:
            ax.plot([x - 1, x], [start, end], color="0.6", lw=0.6, zorder=1)


def flattened(block, names, ax=None, title="") -> plt.Axes:
    """Draw a block and its flattened vector: `(H, W, C)` and the names of C channels.

    Above, one map a channel; below, the vector with its indices. A number keeps its
    channel's colour, and a line leads from its square to where it lands.
    """
    block = np.asarray(block)
    height, width, channels = block.shape
    ax = axes_for(ax, (0.75 * block.size, 0.75 * (height + 3)))
    step = block.size / channels
    for index, (row, column, channel) in enumerate(np.ndindex(block.shape)):
        left = channel * step + (step - width) / 2
        upper, lower = (left + column + 0.5, height + 1.9 - row), (index + 0.5, 0.5)
        colour = sns.color_palette("pastel")[channel % 10]
        for x, y in (upper, lower):
            square = Rectangle((x - 0.5, y - 0.5), 1, 1, fc=colour, ec="0.4")
            ax.add_patch(square)
            ax.text(x, y, f"{block[row, column, channel]:g}", **CENTRED)
        line = {"color": colour, "lw": 2, "zorder": 0}
        ax.plot([upper[0], lower[0]], [upper[1], 1], **line)
        ax.text(index + 0.5, -0.25, index, **{**CENTRED, "color": "0.35"})
    for channel, name in enumerate(names):
        ax.text((channel + 0.5) * step, height + 2.7, name, **CENTRED)
    ax.text(-0.1, -0.25, "index", ha="right", va="center", fontsize=SMALL)
    ax.set(
        xlim=(-1, block.size + 0.1),
        ylim=(-0.6, height + 3),
        title=title,
        aspect="equal",
    )
    ax.set_axis_off()
    return ax


def way_back(names, forward, backward, ax=None, title="") -> plt.Axes:
    """Draw K layers as boxes with one number forward and one gradient back each.

    Above the arrow that leaves a box stands `forward`, a number of its output; below,
    `backward`, the gradient of the loss with respect to it (the upstream gradient).
    """
    ax = axes_for(ax, (1.5 * len(names), 1.9))
    box = {"boxstyle": "round,pad=0.4", "fc": FACES[0], "ec": "0.3"}
    arrow = {"arrowstyle": "->", "lw": 1.5}
    for k, name in enumerate(names):
        ax.text(k, 0, name, bbox=box, **CENTRED)
        for way, number, height, colour in (
            ((k + 0.34, k + 0.74), forward[k], 0.18, "0"),
            ((k + 0.74, k + 0.34), backward[k], -0.18, ACCENT),
        ):
            ends = [(place, height / 2) for place in way]
            arrows = {**arrow, "color": colour}
            ax.annotate("", ends[1], ends[0], arrowprops=arrows)
            middle = (k + 0.54, 2.2 * height)
            ax.text(*middle, f"{number + 0:.3g}", color=colour, **CENTRED)
    style = {"fontsize": SMALL, "in_layout": False}
    ax.text(-0.45, 0.75, "forward: one number of each output", **style)
    note = "back: its gradient, by how much the loss rises for each unit more"
    ax.text(-0.45, -0.85, note, color=ACCENT, **style)
    ax.set(xlim=(-0.5, len(names) - 0.15), ylim=(-1, 1), title=title)
    ax.set_axis_off()
    return ax


def tangent(x, y, at, slope, to, ax=None, title="", xlabel="", ylabel="") -> plt.Axes:
    """Draw a curve, its tangent at a point, and the line through a second point.

    `(N,) x, (N,) y`; `at` and `to` are points `(x, y)` of the curve, `slope` is that of
    the tangent. The gap is what the tangent misses at `to`.
    """
    ax, x = axes_for(ax, (6.4, 4)), np.asarray(x)
    rise = (to[1] - at[1]) / (to[0] - at[0])
    reached = at[1] + slope * (to[0] - at[0])
    ax.plot(x, y, color="0", lw=2, label=ylabel)
    line = {"color": "#0072b2", "lw": 2}
    ax.plot(x, at[1] + slope * (x - at[0]), **line, label=f"tangent, slope {slope:.2f}")
    label = f"through both dots, slope {rise:.2f}"
    ax.plot(x, at[1] + rise * (x - at[0]), "--", color="0.5", label=label)
    gap = f"gap {to[1] - reached:.3f}"
    ax.plot([to[0]] * 2, [reached, to[1]], color=ACCENT, lw=4, label=gap)
    ax.plot(*np.transpose([at, to]), "o", color="0", markersize=8)
    ax.grid(color="0.9")
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    ax.legend(frameon=False)
    return ax
