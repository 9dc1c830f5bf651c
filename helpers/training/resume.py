"""Train for long: watch it, stop it, go on; nothing that was finished is lost."""

import json
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from helpers import models
from helpers.quiet import keras


def fit(
    model: keras.Model,
    batches: Callable,
    epochs: int,
    *,
    validation=None,
    progress: str | Path | None = None,
    resume: bool = False,
    best: str | Path | None = None,
    callbacks=(),
    bar: bool = True,
) -> list[dict]:
    """Train a compiled model; return what was measured, one dict an epoch.

    `batches(epoch)` gives the data of that epoch, for instance `parts.Augmented`;
    `validation` is what `evaluate` takes. After each epoch the whole state is written
    to `progress` (.npz); with `resume` training goes on from there, bit for bit on one
    machine, if nothing in `callbacks` remembers. An interruption (Kernel, Interrupt)
    brings the last finished epoch back into `model` and returns. `best` (.keras) is
    replaced only by a model that does better on `validation` than the one in it.

    A row holds the epoch's measures and its `seconds`. Raises FileExistsError where
    `progress` exists and `resume` is False, ValueError where it is damaged or belongs
    to another network, where `best` is given without `validation`, and for a path that
    ends otherwise or lies in no folder.
    """
    progress = _checked(progress, best, validation)
    rows = _first_rows(model, progress, resume)
    record = _accuracy_in(best, validation)
    with tqdm(unit="step", mininterval=2, disable=not bar) as drawn:
        step = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: drawn.update()
        )
        try:
            while len(rows) < epochs:
                data = batches(len(rows))
                drawn.reset(total=epochs * len(data))
                drawn.update(len(rows) * len(data))
                rows.append(_epoch(model, data, validation, [step, *callbacks]))
                if progress:
                    store(model, rows, progress)
                if best is not None and rows[-1]["val_accuracy"] > record:
                    record = rows[-1]["val_accuracy"]
                    models.save(uncompiled(model), best)
        except KeyboardInterrupt:
            if progress is None or not progress.is_file():
                raise
            rows = restore(model, progress)
            print(f"Stopped after {len(rows)} of {epochs} epochs; resume=True goes on.")
    return rows


def store(model: keras.Model, rows: list[dict], path: Path) -> None:
    """Write weights, optimizer and measures so that `path` is the old or the new file.

    Raises ValueError if `path` does not end in ".npz" or lies in no folder.
    """
    _check(path, ".npz")
    arrays = [keras.ops.convert_to_numpy(v) for v in _state(model)]
    beside = path.with_name(f".{path.stem}.{os.getpid()}.npz")
    try:
        np.savez(beside, *arrays, rows=json.dumps(rows))
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def restore(model: keras.Model, path: Path) -> list[dict]:
    """Put the state in `path` into a compiled model; return the measures so far.

    Raises ValueError where the file is damaged or belongs to another network; then
    the model is as it was.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = [stored[f"arr_{i}"] for i in range(len(stored.files) - 1)]
            rows = json.loads(str(stored["rows"]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{path.name} is damaged or no progress file: delete it to start anew"
        ) from error
    state = _state(model)
    if [a.shape for a in arrays] != [tuple(v.shape) for v in state]:
        raise ValueError(
            f"{path.name} belongs to another network or optimizer: build the one it "
            "was written with, or give another file"
        )
    for variable, array in zip(state, arrays, strict=True):
        variable.assign(array)
    return rows


def uncompiled(model: keras.Model) -> keras.Model:
    """Return a copy without optimizer, which a model to keep does not need."""
    copy = model.__class__.from_config(model.get_config())
    copy.set_weights(model.get_weights())
    return copy


def _checked(progress, best, validation) -> Path | None:
    """Return the path of the progress file, or raise for files that cannot be used."""
    for path, suffix in ((progress, ".npz"), (best, ".keras")):
        if path is not None:
            _check(Path(path), suffix)
    if best is not None and validation is None:
        raise ValueError("best needs validation=(images, labels): better at what?")
    return None if progress is None else Path(progress)


def _check(path: Path, suffix: str) -> None:
    """Raise before hours of work if nothing can be written there."""
    if path.suffix != suffix:
        raise ValueError(f'{path.name} must end in "{suffix}"')
    if not path.parent.is_dir():
        raise ValueError(f"{path.name} cannot be written: {path.parent} is no folder")


def _first_rows(model: keras.Model, progress: Path | None, resume: bool) -> list[dict]:
    """Return the rows to start from: none, or those of an earlier run."""
    if progress is None or not progress.is_file():
        return []
    if not resume:
        raise FileExistsError(
            f"{progress.name} holds an earlier run: resume=True goes on from it, "
            "deleting it starts anew"
        )
    return restore(model, progress)


def _epoch(model: keras.Model, data, validation, callbacks) -> dict:
    """Train one epoch and judge it."""
    start = time.perf_counter()
    history = model.fit(data, shuffle=False, verbose=0, callbacks=callbacks).history
    row = {name: float(values[-1]) for name, values in history.items()}
    row["seconds"] = round(time.perf_counter() - start, 2)
    if validation is not None:
        judged = model.evaluate(*validation, 500, verbose=0, return_dict=True)
        row |= {f"val_{name}": float(value) for name, value in judged.items()}
    return row


def _state(model: keras.Model) -> list:
    """Return every variable that training changes, in a fixed order."""
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    seeds = [v for v in model.variables if "seed_generator" in v.path]
    return [*model.weights, *seeds, *model.optimizer.variables]


def _accuracy_in(best: str | Path | None, validation) -> float:
    """Return the accuracy of the model in the file `best`, -1 if there is none yet."""
    if best is None or not Path(best).is_file():
        return -1.0
    images, labels = validation
    try:
        model = keras.saving.load_model(best, compile=False)
    except Exception as error:
        name = Path(best).name
        raise ValueError(f"{name} is no readable model: move it away first") from error
    labels = labels.argmax(axis=1) if labels.ndim == 2 else labels
    found = model.predict(images, batch_size=500, verbose=0).argmax(axis=1)
    return float((found == labels).mean())
