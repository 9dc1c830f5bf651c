"""Pictures: arrays of pixels, kernels and feature maps, alone, in rows, in grids."""

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from helpers.plots.style import ACCENT, COUNT_MAP, SIGNED_MAP, SMALL

CENTRED = {"ha": "center", "va": "center", "fontsize": SMALL}
LABEL = {"fontsize": SMALL, "color": "0.35"}


def axes_for(ax, size=(3.2, 3.2)) -> plt.Axes:
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


def grid(
    values, ax=None, title="", window=None, signed=False, reach=None, indices=True
) -> plt.Axes:
    """Draw a small `(H, W)` array as squares with their numbers in them.

    `window=(row, column, height, width)` frames a part. `signed=True` takes colours
    whose white is zero; `reach` is the number with the strongest colour (the largest
    where it is None). Not-a-number draws an empty square. `indices=False` leaves out
    the numbers of rows and columns.
    """
    values, ax = np.asarray(values), axes_for(ax)
    reach = reach or np.nanmax(np.abs(values), initial=1)
    low, cmap = (-reach, SIGNED_MAP) if signed else (0, COUNT_MAP)
    # light colours only, so that black numbers stay readable
    ax.imshow(values, cmap=cmap, vmin=low * 2, vmax=reach * 2)
    for (row, column), value in np.ndenumerate(values):
        if not np.isnan(value):
            # inside its square whatever the layout, which need not measure it
            style = {
                "ha": "center",
                "va": "center",
                "fontsize": SMALL,
                "in_layout": False,
            }
            ax.text(column, row, f"{value + 0:g}", **style)  # no "-0"
    # as text, which is drawn much faster than ticks: live figures wait for it
    ax.set(xticks=[], yticks=[])
    across, down = ax.get_xaxis_transform(), ax.get_yaxis_transform()
    for column in range(values.shape[1] * indices):
        style = {"ha": "center", "va": "top", "transform": across, **LABEL}
        ax.text(column, -0.02, column, **style)
    for row in range(values.shape[0] * indices):
        style = {"ha": "right", "va": "center", "transform": down, **LABEL}
        ax.text(-0.02, row, row, **style)
    bottom, right = (n - 0.5 for n in values.shape)
    lines = {"color": "0.7", "linewidth": 0.5, "zorder": 1}
    ax.vlines(np.arange(-0.5, right + 1), -0.5, bottom, **lines)
    ax.hlines(np.arange(-0.5, bottom + 1), -0.5, right, **lines)
    ax.set(xlim=(-0.5, right), ylim=(bottom, -0.5))
    if window is not None:
        frame(ax, *window, linewidth=3)
    ax.set_title(title)
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
    pixels, ax = np.asarray(pixels), axes_for(ax)
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    crisp = {"interpolation": "nearest"} if max(pixels.shape[:2]) <= 64 else {}
    ax.imshow(pixels, **{"cmap": "gray", **crisp, **settings})
    ax.set_axis_off()
    ax.set_title(title)
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
            ax.set_title("" if titles is None else titles[k], fontsize=SMALL)
        else:
            ax.set_axis_off()
    figure.suptitle(heading)
    return axes.flat[: len(images)]


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
    figure.suptitle(heading)
    return axes[0]
