"""Charts: curves, bars, dots and matrices of what was measured."""

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.ticker import LogLocator

from helpers.plots.pictures import axes_for
from helpers.plots.style import ACCENT, COUNT_MAP, SMALL


def curves(values: dict, x=None, ax=None, title="", xlabel="", ylabel="") -> plt.Axes:
    """Draw named lines `{name: (N,) values}` over `x` (0 to N - 1 where it is None).

    Line styles differ as well as colours, so that they read in grey.
    """
    ax, styles = axes_for(ax, (6, 3.4)), ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1))]
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
    ax = axes_for(ax, (6, 0.4 * len(values) + 0.8))
    drawn = ax.barh(labels, values, color=sns.color_palette("colorblind")[0])
    whole = all(float(value).is_integer() for value in values)
    fmt = "{:,.0f}" if whole else "{:,.4g}" if max(values) <= 1 else "{:,.1f}"
    ax.bar_label(drawn, fmt=fmt, padding=3)
    ax.invert_yaxis()
    ax.margins(x=0.15)
    ax.set(title=title, xlabel=xlabel)
    sns.despine(ax=ax)
    return ax


def confusion(matrix, class_names, ax=None, title="") -> plt.Axes:
    """Draw a `(K, K)` confusion matrix, a row for each true class: counts or fractions.

    Columns are predicted classes. Colours show each row's shares, so that classes of
    different size compare.
    """
    matrix, ax = np.asarray(matrix), axes_for(ax, (6.4, 5.6))
    sums, names = matrix.sum(axis=1, keepdims=True), list(class_names)
    shares = matrix / np.where(sums > 0, sums, 1)
    whole = (matrix == np.round(matrix)).all()  # counts, if as floats
    numbers, form = (matrix.astype(int), "d") if whole else (matrix, ".2f")
    sns.heatmap(
        shares, ax=ax, annot=numbers, fmt=form, cmap="Blues", vmin=0, vmax=1,
        square=True, xticklabels=names, yticklabels=names, cbar=False,
        annot_kws={"fontsize": SMALL},
    )  # fmt: skip
    ax.set(title=title, xlabel="predicted class", ylabel="true class")
    return ax


def reliability(confidence, accuracy, count, ax=None, title="") -> plt.Axes:
    """Draw a reliability diagram from `evaluation.reliability`: three (bins,) arrays.

    A dot for each bin, as large as the bin is full; on the dashed line a confidence of
    70 % is right in 70 % of the cases. Empty bins are left out.
    """
    ax = axes_for(ax, (4.4, 4.4))
    area = 20 + 380 * np.asarray(count) / max(np.max(count), 1)
    ax.plot([0, 1], [0, 1], "--", color="0.5", label="perfect calibration")
    ax.scatter(confidence, accuracy, s=area, color=ACCENT, alpha=0.8, label="bins")
    ax.set(
        title=title, xlabel="confidence", ylabel="accuracy",
        xlim=(0, 1.03), ylim=(0, 1.03), aspect="equal",
    )  # fmt: skip
    ax.grid(color="0.9")
    ax.set_axisbelow(True)
    ax.legend(frameon=False, loc="lower right")
    return ax


def points(groups: dict, ax=None, title="", xlabel="", intervals=None) -> plt.Axes:
    """Draw one row of dots for each group, the first on top, its mean a tick.

    `{name: (N,) values}`, any N: dots, not bars, since a bar hides the spread.
    `intervals={name: (low, high)}` draws these in place of the tick.
    """
    ax = axes_for(ax, (7.0, 0.6 + 0.32 * len(groups)))
    for row, (name, values) in enumerate(groups.items()):
        ax.plot(values, [row] * len(values), "o", color="0.3", alpha=0.6)
        if intervals is None:
            ax.plot(np.mean(values), row, "|", color="0.0", markersize=18, mew=2)
        else:
            ax.plot(intervals[name], [row + 0.3] * 2, color=ACCENT, linewidth=3)
    ax.set_yticks(range(len(groups)), groups)
    ax.set_ylim(len(groups) - 0.4, -0.6)  # no dot is cut by the frame
    ax.grid(axis="x", color="0.9")
    ax.set(title=title, xlabel=xlabel)
    return ax


def frontier(lines: dict, dots: dict, ax=None, title="") -> plt.Axes:
    """Draw accuracy against seconds on a logarithmic axis.

    `lines` and `dots` are `{name: ((N,) seconds, (N,) accuracies)}`: a network judged
    after each epoch, and runs judged at their end.
    """
    ax = axes_for(ax, (7.5, 4.2))
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


def scatter(places, labels, ax=None, title="", names=None) -> plt.Axes:
    """Draw N points as the numbers of their classes: `(N, 2) places, (N,) labels`.

    Ten colours repeat; the numbers tell classes apart in grey too. `names`, one for
    each class, stand at the medians of their points.
    """
    places, labels, ax = np.asarray(places), np.asarray(labels), axes_for(ax, (6, 5.2))
    for number in np.unique(labels):
        colour = sns.color_palette("colorblind")[int(number) % 10]
        settings = {"color": colour, "marker": f"${number:g}$", "linewidths": 0.3}
        ax.scatter(*places[labels == number].T, s=36, **settings)
        if names is not None:
            box = {"boxstyle": "round,pad=0.2", "fc": "white", "ec": colour}
            middle = np.median(places[labels == number], axis=0)
            ax.text(*middle, f"{number} {names[number]}", ha="center", bbox=box)
    ax.set(title=title, xticks=[], yticks=[])
    return ax


def trials(places, values, axes=None, title="", names=("", "", "")) -> np.ndarray:
    """Draw a search over two hyperparameters: `(N, 2) places, (N,) values` -> two Axes.

    Above, where the trials lie, the darker the better; below, their values over the
    first alone, on a logarithmic axis. `names`: of both hyperparameters, of the value.
    """
    if axes is None:
        size = {"figsize": (4.6, 5.6), "layout": "constrained"}
        axes = plt.subplots(2, 1, sharex=True, **size)[1]
    (first, second), (upper, lower) = np.transpose(places), axes
    style = {"cmap": COUNT_MAP, "edgecolor": "0.4", "s": 70}
    upper.scatter(first, second, c=values, **style)
    lower.plot(first, values, "o", color="0.3", alpha=0.6)
    darker = f"{title}\ndarker: higher {names[2]}"
    upper.set(title=darker, ylabel=names[1], xscale="log")
    lower.set(xlabel=names[0], ylabel=names[2], xscale="log")
    for ax in axes:
        ax.grid(color="0.9")
        ax.set_axisbelow(True)
    return axes
