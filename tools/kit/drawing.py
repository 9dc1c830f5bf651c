"""The kit's map of the course as SVG, drawn from the notebooks' *You need* lines."""

import html

from tools import readme
from tools.kit import notebooks

PARTS = {  # by the first notebook of each
    int(names[0][:2]): title.partition(", ")[2] for title, names in readme.parts()
}
BOX = (150, 58, 40, 62)  # width and height of a notebook in the map, gaps between them

STYLE = (
    "rect{fill:#fff;stroke:#333}text{font:14px sans-serif;fill:#111}"
    ".part{font-style:italic;paint-order:stroke;stroke:#fff;stroke-width:5px}"
    "path{fill:none;stroke:#06c;marker-end:url(#tip)}"
    "#tip path{fill:#06c;stroke:none;marker:none}svg{background:#fff}"
)
TIP = (
    '<defs><marker id="tip" markerWidth="9" markerHeight="8" refX="8" refY="4" '
    'orient="auto"><path d="M0,0 L9,4 L0,8 z"/></marker></defs>'
)


def place(number: str) -> tuple[int, int]:
    """Return where a notebook stands in the map, in units of the SVG."""
    first = max(n for n in PARTS if n <= int(number))
    width, height, across, down = BOX
    column, row = int(number) - first, list(PARTS).index(first)
    return 20 + column * (width + across), 50 + row * (height + down + 20)


def course_map() -> str:
    """Return the map as SVG: an arrow from what a notebook needs to the notebook."""
    width, height, across, down = BOX
    pages = notebooks()
    size = f"0 0 {40 + 7 * (width + across)} {50 + len(PARTS) * (height + down + 20)}"
    needs = "; ".join(
        f"{int(n)} needs {', '.join(str(int(b)) for b in page['needs'])}"
        for n, page in pages.items()
        if page["needs"]
    )
    arrows = [
        arrow(place(before), place(number))
        for number, page in pages.items()
        for before in direct(page["needs"])
    ]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" role="img">',
        f"<title>Which notebook needs which: {needs}.</title>",
        f"<style>{STYLE}</style>{TIP}",
        *arrows,
        *(heading(first) for first in PARTS),
        *(box(number) for number in pages),
    ]
    return "\n".join([*lines, "</svg>\n"])


def heading(first: int) -> str:
    """Return the name of the part that begins with a notebook."""
    x, y = place(f"{first:02}")
    return f'<text class="part" x="{x}" y="{y - 14}">{PARTS[first]}</text>'


def box(number: str) -> str:
    """Return a notebook's box: its number and its name."""
    (x, y), (width, height, *_) = place(number), BOX
    words = html.escape(notebooks()[number]["path"].stem[3:].replace("_", " "))
    lines = [f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>']
    for step, line in enumerate((f"{int(number)}", words)):
        middle = f'x="{x + width // 2}" y="{y + 24 + 20 * step}"'
        lines.append(f'<text {middle} text-anchor="middle">{line}</text>')
    return "\n".join(lines)


def direct(needs: list[str]) -> list[str]:
    """Leave out what another need of the list already needs."""
    return [n for n in needs if not any(n in earlier(other) for other in needs)]


def earlier(number: str) -> set[str]:
    """Return everything that a notebook needs, directly or not."""
    needs = notebooks()[number]["needs"]
    return {*needs}.union(*map(earlier, needs))


def arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    """Return an arrow between two boxes: sideways in a row, else downwards."""
    width, height, across, down = BOX
    (x, y), (to_x, to_y) = start, end
    if y == to_y and to_x - x == width + across:
        way = f"M{x + width},{y + height // 2} L{to_x},{to_y + height // 2}"
    elif y == to_y:  # over the boxes between
        middle = f"{(x + to_x + width) // 2},{y + height + 44}"
        ends = (f"{x + width // 2},{y + height}", f"{to_x + width // 2},{y + height}")
        way = f"M{ends[0]} Q{middle} {ends[1]}"
    else:
        ends = (f"{x + width // 2},{y + height}", f"{to_x + width // 2},{to_y}")
        row = height + down + 20
        # past the boxes of the rows between, and never along the edge
        gap = x - across // 2 if x > 20 else x + width + across // 2
        between = range(y + row, to_y, row)
        through = "".join(
            f" L{gap},{at - 8} L{gap},{at + height + 8}" for at in between
        )
        way = f"M{ends[0]}{through} L{ends[1]}"
    return f'<path d="{way}"/>'
