"""Write a LiteRT file from a trained Keras model, with its card, for the service.

`make export` does so for the service's own network, app/model (CIFAR-10 needed);
`python -m tools.export_model mine.keras` for yours, as `mine_served.tflite` beside it,
with the page that shows every number of it, `mine_served.html`. LiteRT and Keras must
give the same scores, or nothing is written, and a file that this did not write is never
replaced.
"""

import contextlib
import io
import json
import sys
import tempfile
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np

from app import network
from benchmarks.record import machine
from helpers import data, explorer, files, lite, models
from helpers.quiet import keras, stderr

NAME = "cifar10"
KIND = "fast_cnn"
TOLERANCE = 1e-5  # the largest difference of a score
TRIED = 200  # random images, where no data are given


def convert(model: keras.Model) -> bytes:
    """Return a Keras model as a LiteRT file in 32-bit floats."""
    talk = contextlib.redirect_stdout(io.StringIO())  # Keras 3.13, whatever verbose is
    with tempfile.TemporaryDirectory() as folder, stderr(), talk:
        path = Path(folder, "model.tflite")
        model.export(str(path), format="litert", verbose=False)
        return path.read_bytes()


def difference(content: bytes, model: keras.Model, images: np.ndarray) -> float:
    """Return how far LiteRT's scores are from Keras's at most, over all images."""
    ours = lite.scores(lite.interpreter(content), images)
    return float(np.abs(ours - model.predict(images, verbose=0)).max())


def export(
    model: keras.Model, images: np.ndarray, card: dict, target: Path, page: bool = True
) -> dict:
    """Write `target`, its card and its page beside it; return the card.

    Whole or not at all; no page where it cannot compute the network, or without `page`.
    ValueError if the scores differ, if the service could not serve the result, or if
    one of the three is there and is not what the card says that an export wrote.
    """
    files.finish(target)
    _check_replaceable(target)
    content = convert(model)
    gap = difference(content, model, images)
    if not gap <= TOLERANCE:
        raise ValueError(f"LiteRT is up to {gap:.1e} away from Keras")
    card = card | {
        "sha256": sha256(content).hexdigest(),
        "largest_difference": gap,
        "compared_images": len(images),
        "machine": machine(),
        "date": date.today().isoformat(),
    }
    places = [target.with_suffix(suffix) for suffix in (".json", ".html")]
    with files.together(target, *places) as (part, card_part, page_part):
        part.write_bytes(content)
        card |= _page(model, card, page_part) if page else {}
        card_part.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
        network.read_model(part)
        if not page_part.exists():
            places[1].unlink(missing_ok=True)
    return card


def _page(model: keras.Model, card: dict, path: Path) -> dict:
    """Write the page of a network; return its hash, nothing where there is no page."""
    try:
        names, title = card["class_names"], f"What {card['model']} sees"
        explorer.write(model, path, names, title=title)
    except ValueError as error:
        print(f"the service will show no page of the network: {error}", flush=True)
        return {}
    return {"page_sha256": sha256(path.read_bytes()).hexdigest()}


def _check_replaceable(target: Path) -> None:
    """ValueError if a file lies there that no export wrote."""
    card, page = target.with_suffix(".json"), target.with_suffix(".html")
    if not any(path.exists() for path in (target, card, page)):
        return
    try:
        known = json.loads(card.read_text(encoding="utf-8"))
        written = known["sha256"] == sha256(target.read_bytes()).hexdigest()
        written = written and "largest_difference" in known
        if page.exists():
            of_page = sha256(page.read_bytes()).hexdigest()
            written = written and known["page_sha256"] == of_page
    except (OSError, ValueError, KeyError, TypeError):
        written = False
    if not written:
        raise ValueError(
            f"{target.name}, its card or its page is there and was not written by an "
            "export: move them away, or give another name"
        )


def _own_card(path: Path) -> dict:
    """Return the card that `models.save` wrote; ValueError if it does not fit."""
    files.finish(path)
    card = path.with_suffix(".json")
    if not path.is_file() or not card.is_file():
        missing = card if path.is_file() else path
        raise ValueError(
            f"{missing.name} is missing: models.save(model, path, card) writes a model "
            "and the card beside it"
        )
    try:
        found = json.loads(card.read_text(encoding="utf-8"))
        described = found["sha256"] == sha256(path.read_bytes()).hexdigest()
    except (ValueError, KeyError, TypeError):
        described = False
    if not described:
        raise ValueError(
            f"{card.name} does not describe {path.name}: save both with models.save"
        )
    source = {"model": path.stem, "source": path.name, "source_sha256": found["sha256"]}
    return found | source


def shipped() -> tuple[dict, Path]:
    """Export the network that the service ships with; its card, its file."""
    images = data.load_images(NAME)
    source = models.read_card(NAME, KIND)
    card = {
        "model": network.MODEL.stem,
        "class_names": list(images.class_names),
        "source": source["file"],
        "source_sha256": source["sha256"],
        "validation_accuracy": source["validation_accuracy"],
    }
    held_out = images.validation.images
    model = models.load_trained(NAME, KIND)
    # its page is made by `make app`: 2 MB that each change of a script makes anew
    return export(model, held_out, card, network.MODEL, page=False), network.MODEL


def own(path: Path, target: Path | None) -> tuple[dict, Path]:
    """Export a model that lies beside its card; its new card, its file."""
    card = _own_card(path)
    model = models.load_foreign(path)
    if None in model.input_shape[1:]:
        raise ValueError(f"{path.name} takes images of any size: give it one")
    shape = (TRIED, *model.input_shape[1:])
    tried = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    target = target or path.with_name(f"{path.stem}_served.tflite")
    return export(model, tried, card, target), target


def main() -> None:
    """Export the service's network, or the one that is named; say what was written."""
    paths = [Path(given) for given in sys.argv[1:3]]
    try:
        card, target = own(*paths, *[None] * (2 - len(paths))) if paths else shipped()
    except (ValueError, OSError) as error:
        sys.exit(f"nothing was written: {error}")
    gap = card["largest_difference"]
    print(f"{target}: {target.stat().st_size:,} bytes, at most {gap:.1e} from Keras")


if __name__ == "__main__":
    main()
