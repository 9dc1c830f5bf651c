"""Draw arrays: numbers in, Axes out. Nothing is computed here and nothing is shown.

Every function draws into `ax` (a new figure's where it is None) and returns it; the
notebook says `plt.show()`. `pictures` holds pixels, `charts` what was measured,
`diagrams` networks and slopes. Importing this sets `style.STYLE` for all figures.
"""

import matplotlib

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
from helpers.plots.diagrams import flattened, network, tangent, way_back
from helpers.plots.pictures import (
    frame,
    gallery,
    grid,
    image,
    kernel,
    side_by_side,
    strips,
    window_step,
)
from helpers.plots.style import ACCENT, COUNT_MAP, SIGNED_MAP, STYLE

matplotlib.rcParams.update(STYLE)  # the notebooks' own figures too

__all__ = [
    "ACCENT",
    "COUNT_MAP",
    "SIGNED_MAP",
    "bars",
    "confusion",
    "curves",
    "flattened",
    "frame",
    "frontier",
    "gallery",
    "grid",
    "image",
    "kernel",
    "network",
    "points",
    "reliability",
    "scatter",
    "side_by_side",
    "strips",
    "tangent",
    "trials",
    "way_back",
    "window_step",
]
