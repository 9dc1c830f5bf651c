"""What is in a figure of Matplotlib, as lines of text that its versions agree on."""

import zlib

import numpy as np
from matplotlib import collections, colors, image, legend, lines, patches, spines, text
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, LogLocator


def described(figure) -> list[str]:
    """Say what is in a figure, a line for each thing that was drawn, in its order."""
    head = f"figure {numbers(figure.get_size_inches())} {figure.get_suptitle()}"
    layout = type(figure.get_layout_engine()).__name__
    found = [f"{head.strip()}, {layout}"]
    for ax in figure.axes:
        shown = "" if ax.axison else ", no axis"
        limits = f"x {numbers(ax.get_xlim())}, y {numbers(ax.get_ylim())}"
        below = f", below {ax.get_axisbelow()}"
        found.append(f"axes {limits}, aspect {ax.get_aspect()}{below}{shown}")
        things = [it for it in ax.get_children() if it is not ax.patch]
        found += [f"  {line}" for it in things if (line := said(it))]
    return found


def numbers(values) -> str:
    """Write numbers short: the same in every version."""
    flat = np.asarray(values, float).ravel() + 0.0
    return " ".join(f"{value:.4g}" for value in flat)


def colour(value) -> str:
    """Write a colour, or several, as #rrggbbaa."""
    found = colors.to_rgba_array(value)
    return " ".join(colors.to_hex(one, keep_alpha=True) for one in found) or "none"


def said(it) -> str:
    """Describe one thing by its kind; "" for what shows nothing."""
    for kind, describe in KINDS.items():
        if isinstance(it, kind):
            return describe(it)
    raise TypeError(f"{type(it).__name__} is not described yet")


def _line(it) -> str:
    start, dashes = it._unscaled_dash_pattern  # no one else tells it
    style = f"{it.get_linestyle()} {start:g} [{numbers(dashes or [])}]"
    look = f"{style} {it.get_linewidth():g} marker {it.get_marker()}"
    size = f"{it.get_markersize():g} {it.get_markeredgewidth():g}"
    where = f"z {it.get_zorder():g}, {it.get_label()}"
    points = numbers(it.get_xydata())
    shown = f"{colour(it.get_color())} {it.get_alpha()}"
    return f"line {points}: {look} {size} {shown} {where}"


def _patch(it) -> str:
    corners = it.get_path().vertices
    if isinstance(it, (patches.Rectangle, patches.Circle)):
        corners = it.get_patch_transform().transform(corners)
    return f"patch {numbers(corners[:5])}: {_inks(it)} z {it.get_zorder():g}"


def _inks(it) -> str:
    face, edge = colour(it.get_facecolor()), colour(it.get_edgecolor())
    return f"{face} {edge} {numbers(it.get_linewidth())}"


def _text(it) -> str:
    if not it.get_text() and not isinstance(it, text.Annotation):
        return ""
    place = f"at {numbers(it.get_position())} {it.get_ha()} {it.get_va()}"
    look = (
        f"{it.get_fontsize():g} {colour(it.get_color())}, layout {it.get_in_layout()}"
    )
    box = it.get_bbox_patch()
    boxed = f", box {type(box.get_boxstyle()).__name__} {_inks(box)}" if box else ""
    boxed += f" pad {box.get_boxstyle().pad:g}" if box else ""
    if isinstance(it, text.Annotation):
        boxed += f", of {numbers(it.xy)}"
        if arrow := it.arrow_patch:
            boxed += f", arrow {arrow.get_arrowstyle()!r:.42} {_inks(arrow)}"
    return f"text {it.get_text()!r} {place}: {look}{boxed}"


def _image(it) -> str:
    array = np.ma.filled(it.get_array(), -1)
    check = zlib.crc32(np.ascontiguousarray(array, dtype=np.float32).tobytes())
    clim = numbers(it.get_clim()) if array.ndim == 2 else "own colours"
    how = f"{it.get_cmap().name} {clim} {it.get_interpolation()}"
    return f"image {array.shape} {check:08x} in {numbers(it.get_extent())}: {how}"


def _collection(it) -> str:
    spots = f"at {numbers(it.get_offsets())} sizes {numbers(it.get_sizes())}"
    return _painted(it, f"dots {spots} {len(it.get_paths()[0].vertices)} corners")


def _painted(it, what: str) -> str:
    values = it.get_array()
    inks = _inks(it)
    if values is not None:
        limits = numbers(it.norm.autoscale_None(values) or it.get_clim())
        edge = colour(it.get_edgecolor())
        inks = f"{numbers(values)} as {it.get_cmap().name} {limits}, {edge}"
    return f"{what}: {inks} alpha {it.get_alpha()} z {it.get_zorder():g}"


def _segments(it) -> str:
    ends = numbers(np.concatenate(it.get_segments()))
    return f"lines {ends}: {_inks(it)} z {it.get_zorder():g}"


def _axis(it) -> str:
    grid = it.get_gridlines()
    lined = f"grid {colour(grid[0].get_color())}" if _lined(it) else "no grid"
    found = f"{it.axis_name} {it.get_scale()} {it.get_label_text()!r}, {lined}"
    if isinstance(it.get_major_locator(), (FixedLocator, LogLocator)):
        low, high = sorted(it.get_view_interval())
        ticks = [t for t in it.get_majorticklocs() if low <= t <= high]
        labels = it.get_major_formatter().format_ticks(ticks)
        found += f", ticks {numbers(ticks)} {labels}"
    return found


def _lined(it) -> bool:
    return bool(it.get_gridlines()) and it.get_gridlines()[0].get_visible()


def _legend(it) -> str:
    words = [one.get_text() for one in it.get_texts()]
    return f"legend {words}, place {it._loc}, frame {it.get_frame_on()}"


def _spine(it) -> str:
    return "" if it.get_visible() else f"no {it.spine_type} {_side(it)}".rstrip()


def _side(it) -> str:
    return next(name for name, one in it.axes.spines.items() if one is it)


KINDS = {
    lines.Line2D: _line,
    spines.Spine: _spine,
    patches.Patch: _patch,
    text.Text: _text,
    image.AxesImage: _image,
    collections.LineCollection: _segments,
    collections.PathCollection: _collection,
    collections.QuadMesh: lambda it: _painted(it, "mesh"),
    Axis: _axis,
    legend.Legend: _legend,
}
