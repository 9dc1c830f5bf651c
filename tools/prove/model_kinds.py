"""Work on networks that `kills` kills: training, saving, export, pages."""

import json
import zipfile
from functools import partial
from hashlib import sha256
from pathlib import Path

EPOCHS = 4


def network():
    """Return a small classifier of digits, compiled, with the digits."""
    from sklearn.datasets import load_digits

    from helpers.quiet import keras

    keras.utils.set_random_seed(0)
    digits = load_digits()
    layers = [keras.Input((8, 8, 3)), keras.layers.Rescaling(1 / 255)]
    layers += [keras.layers.Conv2D(4, 3, activation="relu")]
    layers += [keras.layers.GlobalAveragePooling2D()]
    layers += [keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential(layers)
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    images = (digits.images[:300, ..., None] * 15).repeat(3, axis=3).astype("uint8")
    return model, images, digits.target[:300].astype("int64")


def card() -> dict:
    """Return the card of that network."""
    return {"class_names": [str(digit) for digit in range(10)]}


def training(folder: Path):
    """Train with a progress file and a best file."""
    from helpers.quiet import keras
    from helpers.training import parts, resume

    model, images, labels = network()
    judge = images, keras.utils.to_categorical(labels, 10)

    def batches(epoch):
        return parts.Augmented(images, labels, 50, epoch=epoch)

    options = {"validation": judge, "resume": True, "bar": False}
    files = {"progress": folder / "run.npz", "best": folder / "best.keras"}
    return partial(resume.fit, model, batches, EPOCHS, **options, **files)


def trained(folder: Path) -> dict:
    """Return each epoch in the progress file."""
    import numpy as np

    found = {"faults": whole_zips(folder)}
    if (path := folder / "run.npz").is_file() and not found["faults"]:
        with np.load(path) as stored:
            rows = json.loads(str(stored["rows"]))
        found |= {f"epoch {number}": row for number, row in enumerate(rows)}
    return found


def saving(folder: Path):
    """Save a network and its card."""
    from helpers import models

    model, *_ = network()
    return partial(models.save, model, folder / "mine.keras", card())


def saved(folder: Path) -> dict:
    """Return the network; a fault where it is half or its card is another's."""
    found = described(folder / "mine.keras")
    return found | {"faults": found["faults"] + whole_zips(folder)}


def described(path: Path) -> dict:
    """Return a file and its card, which fit, or the rest is ready beside them."""
    hashed = sha256(path.read_bytes()).hexdigest()
    same = json.loads(path.with_suffix(".json").read_text())["sha256"] == hashed
    ready = path.with_name(f".{path.name}.ready").is_dir()
    faults = [] if same or ready else [f"{path.name} has another's card"]
    return {path.name: True, "faults": faults}


def export(folder: Path):
    """Export a network for the service, with its page."""
    from tools import export_model

    model, images, _ = network()
    export_card = card() | {"model": "mine"}
    target = folder / "mine.tflite"
    return partial(export_model.export, model, images[:20], export_card, target)


def exported(folder: Path) -> dict:
    """Return the exported file and its page."""
    found, page = described(folder / "mine.tflite"), pages(folder)
    return found | page | {"faults": found["faults"] + page["faults"]}


def explorer(folder: Path):
    """Write the page of a network."""
    from helpers import explorer

    model, *_ = network()
    return partial(explorer.write, model, folder / "mine.html", card()["class_names"])


def pages(folder: Path) -> dict:
    """Return the page; a fault where it does not end as it should."""
    found = {"faults": []}
    for path in folder.glob("[!.]*.html"):
        ends = path.read_bytes().rstrip().endswith(b"</html>")
        found |= {path.name: True} if ends else {"faults": [f"{path.name} is half"]}
    return found


def whole_zips(folder: Path) -> list[str]:
    """Name visible files of these kinds that are not whole."""
    faults = []
    for path in [*folder.glob("[!.]*.npz"), *folder.glob("[!.]*.keras")]:
        try:
            with zipfile.ZipFile(path) as archive:
                bad = archive.testzip()
        except zipfile.BadZipFile:
            bad = path.name
        faults += [f"{path.name} is damaged"] if bad else []
    return faults
