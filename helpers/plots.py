"""Draw arrays: numbers in, Axes out. Nothing is computed here and nothing is shown.

Every function draws into `ax` (a new figure's where it is None) and returns it; the
notebook says `plt.show()`. The colours read in grey and for colour-blind eyes.
"""

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator

COUNT_MAP = "Greys"  # counts and scores: white is the least
SIGNED_MAP = "PuOr"  # weights and gradients: white is zero
LABEL = {"fontsize": 7, "color": "0.4"}
ACCENT = "#d55e00"  # vermilion of the colour-blind-safe palette of Okabe and Ito


def _axes(ax, size=(3.2, 3.2)):
    """Return `ax`, or the Axes of a new figure of `size` inches."""
    return plt.subplots(figsize=size, layout="constrained")[1] if ax is None else ax


def side_by_side(
    draw: Callable, arrays: Sequence, titles: Sequence[str], size=2.6, **settings
) -> np.ndarray:
    """Draw each array with `draw` in its own Axes, in one row: K arrays -> (K,) Axes.

    `size` is the width of one Axes in inches; `settings` go to every `draw`.
    """
    figure, axes = plt.subplots(
        1, len(arrays), figsize=(size * len(arrays), size), layout="constrained"
    )
    for ax, array, title in zip(np.atleast_1d(axes), arrays, titles, strict=True):
        draw(array, ax=ax, title=title, **settings)
    return np.atleast_1d(axes)


def grid(values, ax=None, title="", window=None, signed=False, reach=None) -> plt.Axes:
    """Draw a small `(H, W)` array as squares with their numbers in them.

    `window=(row, column, height, width)` frames a part. `signed=True` takes colours
    whose white is zero; `reach` is the number with the strongest colour (the largest
    where it is None). Not-a-number draws an empty square.
    """
    values, ax = np.asarray(values), _axes(ax)
    reach = reach or np.nanmax(np.abs(values), initial=1)
    low, cmap = (-reach, SIGNED_MAP) if signed else (0, COUNT_MAP)
    # light colours only, so that black numbers stay readable
    ax.imshow(values, cmap=cmap, vmin=low * 2, vmax=reach * 2)
    for (row, column), value in np.ndenumerate(values):
        if not np.isnan(value):
            # inside its square whatever the layout, which need not measure it
            style = {"ha": "center", "va": "center", "fontsize": 9, "in_layout": False}
            ax.text(column, row, f"{value + 0:g}", **style)  # no "-0"
    # as text, which is drawn much faster than ticks: live figures wait for it
    ax.set(xticks=[], yticks=[])
    across, down = ax.get_xaxis_transform(), ax.get_yaxis_transform()
    for column in range(values.shape[1]):
        style = {"ha": "center", "va": "top", "transform": across, **LABEL}
        ax.text(column, -0.02, column, **style)
    for row in range(values.shape[0]):
        style = {"ha": "right", "va": "center", "transform": down, **LABEL}
        ax.text(-0.02, row, row, **style)
    bottom, right = (n - 0.5 for n in values.shape)
    lines = {"color": "0.7", "linewidth": 0.5, "zorder": 1}
    ax.vlines(np.arange(-0.5, right + 1), -0.5, bottom, **lines)
    ax.hlines(np.arange(-0.5, bottom + 1), -0.5, right, **lines)
    ax.set(xlim=(-0.5, right), ylim=(bottom, -0.5))
    if window is not None:
        frame(ax, *window, linewidth=3)
    ax.set_title(title, fontsize=10)
    return ax


def frame(ax, row: int, column: int, height: int, width: int, linewidth=1.5) -> None:
    """Draw a frame around a part of an image: its first row and column, its size."""
    style = {"fill": False, "color": ACCENT, "linewidth": linewidth}
    ax.add_patch(Rectangle((column - 0.5, row - 0.5), width, height, **style))


def image(pixels, ax=None, title="", **settings) -> plt.Axes:
    """Draw an image without ticks: `(H, W)` grey, `(H, W, 1)` or `(H, W, 3)` colour.

    Grey values are stretched from the least to the largest unless `vmin`, `vmax` say
    otherwise; images of up to 64 pixels keep sharp squares; `settings` go to `imshow`.
    """
    pixels, ax = np.asarray(pixels), _axes(ax)
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    crisp = {"interpolation": "nearest"} if max(pixels.shape[:2]) <= 64 else {}
    ax.imshow(pixels, **{"cmap": "gray", **crisp, **settings})
    ax.set_axis_off()
    ax.set_title(title, fontsize=10)
    return ax


def kernel(weights, ax=None, title="") -> plt.Axes:
    """Draw a `(kh, kw)` kernel with its weights; white is zero, orange is negative."""
    return grid(np.round(weights, 2), ax, title, signed=True)


def window_step(picture, detector, feature_map, row: int, column: int, axes=None):
    """Draw one step of a sliding window: the picture framed, its products, the map.

    `(H, W) picture, (kh, kw) detector, (H', W') feature_map` -> three Axes. The map is
    shown up to the square that the step fills; the others stay empty.
    """
    picture, detector = np.asarray(picture), np.asarray(detector)
    if axes is None:
        axes = plt.subplots(1, 3, figsize=(8.4, 3))[1]  # a layout costs time live
    height, width = detector.shape
    products = picture[row : row + height, column : column + width] * detector
    order = np.arange(np.size(feature_map)).reshape(np.shape(feature_map))
    filled = np.where(order <= order[row, column], feature_map, np.nan)
    grid(picture, axes[0], f"window at ({row}, {column})", (row, column, height, width))
    grid(products, axes[1], f"products, sum {products.sum():g}", signed=True)
    grid(filled, axes[2], "feature map", (row, column, 1, 1))
    return axes


def curves(values: dict, x=None, ax=None, title="", xlabel="", ylabel="") -> plt.Axes:
    """Draw named lines `{name: (N,) values}` over `x` (0 to N - 1 where it is None).

    Line styles differ as well as colours, so that they read in grey.
    """
    ax, styles = _axes(ax, (6, 3.4)), ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1))]
    for k, (name, line) in enumerate(values.items()):
        positions = range(len(line)) if x is None else x
        colour = sns.color_palette("colorblind")[k % 10]
        ax.plot(positions, line, ls=styles[k % 5], label=name, color=colour, lw=2)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    ax.grid(color="0.9")
    ax.legend(frameon=False)
    return ax


def bars(values, labels, ax=None, title="", xlabel="") -> plt.Axes:
    """Draw one horizontal bar and its number for each of N values, the first on top."""
    ax = _axes(ax, (6, 0.4 * len(values) + 0.8))
    drawn = ax.barh(labels, values, color=sns.color_palette("colorblind")[0])
    ax.bar_label(drawn, fmt="{:,.4g}" if max(values) <= 1 else "{:,.0f}", padding=3)
    ax.invert_yaxis()
    ax.margins(x=0.15)
    ax.set(title=title, xlabel=xlabel)
    sns.despine(ax=ax)
    return ax


def gallery(images, titles=None, columns=10, size=0.9, heading="") -> np.ndarray:
    """Draw N images in rows of `columns`: `(N, H, W, 3)` -> N Axes in a new figure.

    `titles` are N short strings above the images, `heading` stands above all.
    """
    rows = -(-len(images) // columns)
    height = size * (1.35 if titles is not None else 1.05)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(size * columns, height * rows + (0.4 if heading else 0)),
        layout="constrained",
        squeeze=False,
    )
    for k, ax in enumerate(axes.flat):
        if k < len(images):
            image(images[k], ax)
            ax.set_title("" if titles is None else titles[k], fontsize=8)
        else:
            ax.set_axis_off()
    figure.suptitle(heading, fontsize=11)
    return axes.flat[: len(images)]


def confusion(matrix, class_names, ax=None, title="") -> plt.Axes:
    """Draw a `(K, K)` confusion matrix of counts: rows the truth, columns the answer.

    Colours show each row's shares, so that classes of different size compare.
    """
    matrix, ax = np.asarray(matrix), _axes(ax, (6.4, 5.6))
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    names = list(class_names)
    sns.heatmap(
        shares, ax=ax, annot=matrix, fmt="d", cmap="Blues", vmin=0, vmax=1, square=True,
        xticklabels=names, yticklabels=names, cbar=False, annot_kws={"fontsize": 8},
    )  # fmt: skip
    ax.set(title=title, xlabel="network says", ylabel="truth")
    return ax


def reliability(confidence, accuracy, count, ax=None, title="") -> plt.Axes:
    """Draw a reliability diagram from `evaluation.reliability`: three (bins,) arrays.

    A dot for each bin, as large as the bin is full; on the dashed line a confidence of
    70 % is right in 70 % of the cases. Empty bins are left out.
    """
    ax = _axes(ax, (4.4, 4.4))
    area = 20 + 380 * np.asarray(count) / max(np.max(count), 1)
    ax.plot([0, 1], [0, 1], "--", color="0.5", label="as sure as right")
    ax.scatter(confidence, accuracy, s=area, color=ACCENT, alpha=0.8, label="bins")
    ax.set(
        title=title, xlabel="confidence", ylabel="share right",
        xlim=(0, 1.03), ylim=(0, 1.03), aspect="equal",
    )  # fmt: skip
    ax.grid(color="0.9")
    ax.set_axisbelow(True)
    ax.legend(frameon=False, loc="lower right")
    return ax


def strips(batches, titles, size=0.95, heading="") -> np.ndarray:
    """Draw each batch of N images as an upright strip: K of (N, H, W, 3) -> (K,) Axes.

    `titles` stand above the strips, `heading` above all; `size` is a strip's width in
    inches.
    """
    longest = max(len(batch) for batch in batches)
    figure, axes = plt.subplots(
        1,
        len(batches),
        figsize=(size * len(batches), size * longest + 0.6),
        layout="constrained",
        squeeze=False,
    )
    for ax, batch, title in zip(axes[0], batches, titles, strict=True):
        image(np.concatenate(batch), ax, title, interpolation="nearest")
    figure.suptitle(heading, fontsize=11)
    return axes[0]


def points(groups: dict, ax=None, title="", xlabel="", intervals=None) -> plt.Axes:
    """Draw one row of dots for each group, the first on top, its median a tick.

    `{name: (N,) values}`, any N: dots, not bars, since a bar hides the spread.
    `intervals={name: (low, high)}` draws these in place of the tick.
    """
    ax = _axes(ax, (7.0, 0.6 + 0.32 * len(groups)))
    for row, (name, values) in enumerate(groups.items()):
        ax.plot(values, [row] * len(values), "o", color="0.3", alpha=0.6)
        if intervals is None:
            ax.plot(np.median(values), row, "|", color="0.0", markersize=16)
        else:
            ax.plot(intervals[name], [row + 0.3] * 2, color=ACCENT, linewidth=3)
    ax.set_yticks(range(len(groups)), groups)
    ax.invert_yaxis()
    ax.grid(axis="x", color="0.9")
    ax.set(title=title, xlabel=xlabel)
    return ax


def frontier(lines: dict, dots: dict, ax=None, title="") -> plt.Axes:
    """Draw accuracy against seconds on a logarithmic axis.

    `lines` and `dots` are `{name: ((N,) seconds, (N,) accuracies)}`: a network judged
    after each epoch, and runs judged at their end.
    """
    ax = _axes(ax, (7.5, 4.2))
    for (name, pair), style in zip(lines.items(), ("-", "--", ":"), strict=False):
        ax.plot(*pair, style, marker=".", color="0.5", label=name)
    for (name, pair), marker in zip(dots.items(), "os^Dv*", strict=False):
        ax.plot(*pair, marker, color="0.1", label=name)
    ax.grid(color="0.9")
    ax.set(xscale="log", title=title, xlabel="seconds", ylabel="accuracy")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter("")
    ax.legend()
    return ax


def scatter(places, labels, ax=None, title="") -> plt.Axes:
    """Draw N points as the numbers of their classes: `(N, 2) places, (N,) labels`.

    Ten colours repeat; the numbers tell classes apart in grey too.
    """
    places, labels, ax = np.asarray(places), np.asarray(labels), _axes(ax, (6, 5.2))
    for number in np.unique(labels):
        colour = sns.color_palette("colorblind")[number % 10]
        settings = {"color": colour, "marker": f"${number}$", "linewidths": 0.3}
        ax.scatter(*places[labels == number].T, s=36, **settings)
    ax.set(title=title, xticks=[], yticks=[])
    return ax


def trials(places, values, axes=None, title="", names=("", "", "")) -> np.ndarray:
    """Draw a search over two knobs: `(N, 2) places, (N,) values` -> two Axes.

    Above, where the trials lie, the darker the better; below, their values over the
    first knob alone, on a logarithmic axis. `names`: of both knobs and of the value.
    """
    if axes is None:
        size = {"figsize": (4.6, 5.6), "layout": "constrained"}
        axes = plt.subplots(2, 1, sharex=True, **size)[1]
    (first, second), (upper, lower) = np.transpose(places), axes
    style = {"cmap": COUNT_MAP, "edgecolor": "0.4", "s": 70}
    upper.scatter(first, second, c=values, **style)
    lower.plot(first, values, "o", color="0.3", alpha=0.6)
    upper.set(title=title, ylabel=names[1], xscale="log")
    lower.set(xlabel=names[0], ylabel=names[2], xscale="log")
    for ax in axes:
        ax.grid(color="0.9")
        ax.set_axisbelow(True)
    return axes
