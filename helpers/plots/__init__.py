"""Draw arrays: numbers in, Axes out. Nothing is computed here and nothing is shown.

Every function draws into `ax` (a new figure's where it is None) and returns it; the
notebook says `plt.show()`. `pictures` holds pixels, `charts` what was measured.
"""

from helpers.plots.charts import (
    bars,
    confusion,
    curves,
    frontier,
    points,
    reliability,
    scatter,
    trials,
)
from helpers.plots.pictures import (
    ACCENT,
    COUNT_MAP,
    SIGNED_MAP,
    frame,
    gallery,
    grid,
    image,
    kernel,
    side_by_side,
    strips,
    window_step,
)

__all__ = [
    "ACCENT",
    "COUNT_MAP",
    "SIGNED_MAP",
    "bars",
    "confusion",
    "curves",
    "frame",
    "frontier",
    "gallery",
    "grid",
    "image",
    "kernel",
    "points",
    "reliability",
    "scatter",
    "side_by_side",
    "strips",
    "trials",
    "window_step",
]
