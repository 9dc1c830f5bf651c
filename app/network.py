"""The network that is served: its file, its card, and whether they can be served."""

import json
import re
from hashlib import sha256
from html import escape
from pathlib import Path

import numpy as np

from helpers import lite

MODEL = Path(__file__).parent / "model" / "fast_cnn_cifar10.tflite"
# its page is not committed: 2 MB, which each change of a script makes anew
PAGE = Path(__file__).parents[1] / "build" / "explorer" / f"{MODEL.stem}.html"
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">')
RESTORE = "restore it with `git checkout -- app/model`, or write it with `make export`"
OWN = "write both with `python -m tools.export_model mine.keras`"
LARGEST = 512  # pixels, along each side, of what a network may take
SHOWN = "model class_names data validation_accuracy test_accuracy limits date".split()


def read_model(path: Path = MODEL) -> tuple[bytes, dict]:
    """Return a model file's content and its card, after checking both.

    The card lies beside the file, as `.json`, and names its SHA-256 and classes; it is
    returned with the pixels along each side that the network takes, `size`. ValueError
    in one sentence for a file that is missing, is not the one that its card describes,
    or is no classifier of square colour images into the classes of its card.
    """
    advice = RESTORE if path == MODEL else OWN
    try:
        content, card = path.read_bytes(), _card(path.with_suffix(".json"))
    except (OSError, ValueError) as error:
        missing = path if not path.is_file() else path.with_suffix(".json")
        fault = "is missing" if isinstance(error, OSError) else "cannot be read"
        raise ValueError(f"{missing.name} {fault}: {advice}") from error
    if not content or sha256(content).hexdigest() != card.get("sha256"):
        fault = "has an unknown hash" if content else "is empty"
        raise ValueError(f"{path.name} {fault}: {advice}")
    names = _names(card.get("class_names"))
    if not names or len(set(names)) != len(names):
        raise ValueError(
            f"the card of {path.name} names no classes, each once: {advice}"
        )
    (model,) = _names([card.get("model")]) or [path.stem]
    card |= {"class_names": names, "model": model}
    return content, card | {"size": _size(path.name, content, len(names))}


def _card(path: Path) -> dict:
    """Read a card; ValueError for what is no JSON object, or cannot be told again."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        json.dumps(card, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(card, dict):
        raise ValueError("it is no object")
    return card


def _names(values) -> list[str]:
    """Return names as text, of which numbers have one too; none where one has not."""
    told = isinstance(values, list) and {type(value) for value in values}
    return [*map(str, values)] if told and told <= {str, int, float} else []


def _size(name: str, content: bytes, classes: int) -> int:
    """Return the pixels along each side that a classifier takes; ValueError if none."""
    try:
        one = lite.interpreter(content)
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"{name} is no LiteRT model: {OWN}") from error
    given = one.get_input_details()[0]["shape"]
    found = one.get_output_details()[0]["shape"]
    if len(given) != 4 or given[3] != 3 or len(found) != 2:
        raise ValueError(f"{name} is no image classifier: {given} in, {found} out")
    if given[1] != given[2] or not 1 <= given[1] <= LARGEST:
        raise ValueError(
            f"{name} takes images of {given[1]} x {given[2]} pixels: the service gives "
            f"squares of at most {LARGEST}"
        )
    if found[1] != classes:
        raise ValueError(
            f"{name} gives {found[1]} scores, its card names {classes} classes: they "
            "must match"
        )
    tried = np.random.default_rng(0).integers(0, 256, (2, *given[1:]), dtype=np.uint8)
    scores = lite.scores(one, tried)
    if not (scores >= 0).all() or not np.allclose(scores.sum(axis=1), 1, atol=1e-3):
        raise ValueError(
            f"{name} gives no probabilities: end the network with a softmax"
        )
    return int(given[1])


def read_page(path: Path, card: dict) -> tuple[bytes, str] | None:
    """Return the page that shows every number of a network, and that page's policy.

    An export writes it beside the model and its hash into the card; `make app` writes
    that of the shipped network. None where there is none, or that of another network.
    """
    own = path != MODEL
    try:
        page = path.with_suffix(".html") if own else PAGE
        content = page.read_bytes()
        known = sha256(content).hexdigest() == card.get("page_sha256")
        newer = page.stat().st_mtime >= path.with_suffix(".json").stat().st_mtime
    except OSError:
        return None
    policy = POLICY.search(content[:4096].decode("utf-8", "replace"))
    return (content, policy[1]) if policy and (known if own else newer) else None


def words(card: dict, page: bool) -> dict:
    """Return what the service's page says of a network, as text that is safe in HTML.

    `page` tells whether there is a page of the network to lead to.
    """
    names = [escape(str(name)) for name in card["class_names"]]
    known = {
        "trained on": card.get("data"),
        "validation accuracy": card.get("validation_accuracy"),
        "test accuracy": card.get("test_accuracy"),
        "limits": card.get("limits"),
    }
    said = [f"{what}: {_text(it)}" for what, it in known.items() if it is not None]
    return {
        "CLASSES": ", ".join(names[:-1]) + f" or {names[-1]}",
        "COUNT": len(names),
        "SIZE": card["size"],
        "CARD": "; ".join(said),
        "NETWORK": '<p><a href="network">Every number of this network</a></p>' * page,
    }


def _text(value) -> str:
    """Return what a card says, safe in HTML; a fraction as a percentage."""
    if isinstance(value, float) and 0 <= value <= 1:
        return f"{100 * value:.1f} %"
    return escape(str(value))


def told(card: dict) -> dict:
    """Return what the page and programs may read of a card."""
    return {name: card[name] for name in SHOWN if name in card} | {"size": card["size"]}
