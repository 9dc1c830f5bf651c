"""The file that a training goes on from: its whole state, and what it was."""

import json
from pathlib import Path

import numpy as np

from helpers import files
from helpers.quiet import keras
from helpers.training import fingerprint


def store(
    model: keras.Model, rows: list[dict], path: Path, about: dict | None = None, kept=()
) -> None:
    """Write weights, optimizer and measures so that `path` is the old or the new file.

    `about`, what JSON can hold, and the arrays in `kept` are stored beside them. Raises
    ValueError if `path` does not end in ".npz" or cannot be written.
    """
    files.check(path, ".npz")
    arrays = [keras.ops.convert_to_numpy(v) for v in state(model)]
    others = {f"kept_{i}": array for i, array in enumerate(kept)}
    words = {"rows": json.dumps(rows), "about": json.dumps(about or {})}
    with files.beside(path) as part:
        np.savez(part, *arrays, **words, **others)


def restore(model: keras.Model, path: Path) -> list[dict]:
    """Put the state in `path` into a compiled model; return the measures so far.

    Raises ValueError where the file is damaged or belongs to another network; then
    the model is as it was.
    """
    return restored(model, path, {})[0]


def restored(model: keras.Model, path: Path, training: dict) -> tuple[list, dict]:
    """Do what `restore` does; return also `about`, with the arrays kept beside it."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            count = sum(name.startswith("arr_") for name in stored.files)
            arrays = [stored[f"arr_{i}"] for i in range(count)]
            rows = json.loads(str(stored["rows"]))
            others = sum(name.startswith("kept_") for name in stored.files)
            about = json.loads(str(stored["about"])) if "about" in stored else {}
            about |= {"arrays": [stored[f"kept_{i}"] for i in range(others)]}
            _check_words(rows, about)
    except MemoryError as error:
        raise ValueError(
            f"there is not enough memory to read {path.name}: close other programs"
        ) from error
    except Exception as error:  # damage has many names
        raise ValueError(
            f"{path.name} is damaged or no progress file: delete it to start anew"
        ) from error
    fingerprint.check(path.name, about.get("training", {}), training)
    variables = state(model)
    if [a.shape for a in arrays] != [tuple(v.shape) for v in variables]:
        raise ValueError(
            f"{path.name} belongs to another network or optimizer: build the one it "
            "was written with, or give another file"
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    return rows, about


def _check_words(rows, about: dict) -> None:
    """Raise ValueError for words that `store` and `resume.fit` never wrote."""
    callbacks = about.get("callbacks", [])
    lists = rows, callbacks
    objects = [about.get("training", {}), *rows, *callbacks]
    objects += [one["values"] for one in callbacks]
    words = [*objects[0].values(), *(one["kind"] for one in callbacks)]
    for kind, found in ((list, lists), (dict, objects), (str, words)):
        if not all(isinstance(one, kind) for one in found):
            raise ValueError(f"not every {kind.__name__} is one")


def state(model: keras.Model) -> list:
    """Return every variable that training changes, in a fixed order."""
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    seeds = [v for v in model.variables if "seed_generator" in v.path]
    return [*model.weights, *seeds, *model.optimizer.variables]
