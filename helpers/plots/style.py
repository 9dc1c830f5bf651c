"""How every figure of the course looks: one place for sizes, grounds and colours."""

COUNT_MAP = "Greys"  # counts and scores: white is the least
SIGNED_MAP = "PuOr"  # weights and gradients: white is zero
ACCENT = "#d55e00"  # vermilion of the colour-blind-safe palette of Okabe and Ito
DPI = 120
SMALL = 9  # points: no text in a figure is smaller; 15 pixels, larger than Lab's code
STYLE = {
    "figure.dpi": DPI,
    "font.size": 10,
    "axes.titlesize": 11,
    "figure.titlesize": 11,
    # opaque, so that black text stays readable in JupyterLab's dark theme
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "text.color": "black",
}
