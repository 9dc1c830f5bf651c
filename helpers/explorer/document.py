"""One self-contained HTML file: the network, the page, its style and its scripts."""

import base64
import json
import os
import re
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

from PIL import Image

from helpers import files
from helpers import photos as reader
from helpers.explorer.network import describe
from helpers.quiet import keras

HERE = Path(__file__).parent
SCRIPTS = (
    "layers.js",
    "arithmetic.js",
    "figures.js",
    "photo.js",
    "detail.js",
    "controls.js",
    "page.js",
)
MODULE = re.compile(r"^import [^;]*;\n|^export (?=async|function|const)", re.MULTILINE)
MARK = b'<script type="application/json" id="network">'  # in every page of ours
# of the course's colours; without one a browser asks the page's server for its own
ICON = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4">'
    '<path fill="#0b6b8a" d="M0 0h4v4H0z"/>'
    '<path fill="#ffd79a" d="M1 1h1v1H1zM2 2h1v1H2zM2 1h1v1H2z"/></svg>'
)
CARRIED = 96  # pixels, along each side, of a photo that the page carries


def write(
    model: keras.Model,
    path: str | os.PathLike,
    class_names,
    photos=(),
    title: str | None = None,
    before: keras.Model | None = None,
) -> Path:
    """Write a page that shows every number of a network, and return its path.

    `model` takes uint8 images `(N, H, W, 3)` and gives `(N, classes)` scores; it is
    Sequential or functional, of the layers that `network.STEPS` lists. `photos` are
    files, or images uint8 `(H, W, 3)`, that the page carries. `before` is the same
    network with other weights, before training for example, to switch to and fro. At
    `path` an older page of this kind is replaced once the new one is whole, no other
    file. ValueError for another shape, names that do not match the classes, a file that
    cannot be written or replaced, and what `network.describe` refuses.
    """
    path = Path(path)
    files.check(path, ".html")
    names = [str(name) for name in class_names]
    _check_shapes(model, names)
    steps, numbers = describe(model)
    earlier = None if before is None else _same_steps(before, steps)
    network = {
        "title": title or f"What {model.name} sees",
        "class_names": names,
        "shape": list(model.input_shape[1:]),
        "steps": steps,
        "numbers": base64.b64encode(numbers).decode(),
        "before": earlier,
        "photos": [_carried(photo) for photo in photos],
    }
    return put(path, document("page.html", SCRIPTS, network))


def _same_steps(before: keras.Model, steps: list[dict]) -> str:
    """Return an earlier network's numbers; ValueError if it has other layers."""
    theirs, numbers = describe(before)
    if [step | {"name": ""} for step in theirs] != [s | {"name": ""} for s in steps]:
        raise ValueError(
            "before must have the layers of the network, with other weights"
        )
    return base64.b64encode(numbers).decode()


def _check_shapes(model: keras.Model, names: list[str]) -> None:
    """ValueError unless images of one size go in and a score for each name out."""
    given, found = model.input_shape, model.output_shape
    if isinstance(given, list | dict) or len(given) != 4 or given[3] != 3:
        raise ValueError(f"the network takes {given}, not images (N, H, W, 3)")
    if None in given[1:]:
        raise ValueError(f"the network takes images of any size {given}: give it one")
    if isinstance(found, list | dict) or len(found) != 2:
        raise ValueError(f"the network gives {found}, not scores (N, classes)")
    if found[1] != len(names):
        raise ValueError(
            f"the network has {found[1]} classes, class_names {len(names)}: give one "
            "name for each"
        )


def _carried(photo) -> str:
    """Return a photo as the address of a small PNG, which needs no request."""
    take = reader.to_input if hasattr(photo, "shape") else reader.load_photo
    size = min(CARRIED, *photo.shape[:2]) if hasattr(photo, "shape") else CARRIED
    held = BytesIO()
    Image.fromarray(take(photo, size)).save(held, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(held.getvalue()).decode()


def document(template: str, scripts, told, title: str = "") -> str:
    """Put a page, style, scripts and what they are told together; nothing else runs."""
    style = (HERE / "style.css").read_text(encoding="utf-8")
    sources = [(HERE / name).read_text(encoding="utf-8") for name in scripts]
    script = '"use strict";\n' + "\n".join(MODULE.sub("", text) for text in sources)
    policy = (
        f"default-src 'none'; script-src {_source(script)}; "
        f"style-src {_source(style)}; img-src data: blob:; base-uri 'none'; "
        "form-action 'none'"
    )
    # no text of the network may end the element that holds it
    data = json.dumps(told).replace("<", "\\u003c")
    parts = {"POLICY": policy, "STYLE": style, "NETWORK": data, "SCRIPT": script}
    page = (HERE / template).read_text(encoding="utf-8")
    parts |= {"TITLE": title, "ICON": ICON}
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], page)


def put(path: Path, text: str) -> Path:
    """Write a page whole or not at all; return its path."""
    files.check(path, ".html")
    if path.is_file() and MARK not in path.read_bytes():
        raise ValueError(f"{path.name} is no page of a network: give another name")
    with files.beside(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
    return path


def _source(content: str) -> str:
    """Return how a content security policy names an inline script or style."""
    digest = base64.b64encode(sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"
