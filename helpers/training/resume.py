"""Train for long: watch it, stop it, go on; nothing that was finished is lost."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from helpers import files, inputs, models
from helpers.quiet import keras
from helpers.training import checkpoint, fingerprint
from helpers.training.callbacks import OneTraining


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
    `validation` is (images, labels). Callbacks see one training of `epochs` epochs, as
    in Keras's `fit`. After each epoch the whole state is written to `progress` (.npz);
    with `resume` training goes on from there, bit for bit on one machine. What
    callbacks remember goes on too, if it is made of numbers, words, lists and arrays
    (the patience of EarlyStopping, the rows of CSVLogger); a function's own variables
    begin anew. An interruption (Kernel, Interrupt) brings the last finished epoch back
    into `model` and returns. `best` (.keras) is replaced only by a model that does
    better on `validation` than the one in it.

    A row holds the epoch's measures and its `seconds`, validation left out. Raises
    FileExistsError where `progress` exists and `resume` is False, BlockingIOError where
    another program trains with one of the files, ValueError where `progress` is damaged
    or was begun with other data or settings, where `best` is given without
    `validation`, for a path that cannot be written, and for labels, images, batches and
    callbacks that would train something else than is meant.
    """
    progress, best = (Path(p) if p is not None else None for p in (progress, best))
    _check_files(progress, best, validation)
    steps = _check_training(model, batches, validation, best, callbacks)
    with files.alone(*filter(None, (progress, best))):
        run = _Run(model, batches, epochs, validation, progress, best)
        shown = _Bar(steps, disable=not bar)
        try:
            return run.train([*callbacks, shown], resume, steps)
        finally:
            shown.drawn.close()


class _Run:
    """One call of `fit`: what it was given, and the rows so far."""

    def __init__(self, model, batches, epochs, validation, progress, best):
        self.model, self.batches, self.epochs = model, batches, epochs
        self.validation, self.progress, self.best = validation, progress, best
        self.record = _accuracy_in(best, model, validation)
        about = fingerprint.of(model, batches, validation) if progress else {}
        self.about, self.rows = about, []

    def train(self, callbacks, resume: bool, steps: int) -> list[dict]:
        """Train to the last epoch, or until a callback or the user stops it."""
        self.rows, memory = _first_rows(self.model, self.progress, resume, self.about)
        one = OneTraining(callbacks, self.model, epochs=self.epochs, steps=steps)
        stopped = memory.get("stopped") and len(callbacks) > 1  # one is the bar
        if stopped and len(self.rows) < self.epochs:
            self._say("Stopped by a callback", "without callbacks it goes on")
        try:
            one.begin(memory.get("callbacks", ()), memory.get("arrays", ()))
            while len(self.rows) < self.epochs and not stopped:
                stopped = self._one_more(one)
            one.end()
        except KeyboardInterrupt:
            if self.progress is None or not self.progress.is_file():
                raise
            self.rows = checkpoint.restore(self.model, self.progress)
            self._say("Stopped", "resume=True goes on")
        return self.rows

    def _say(self, what: str, then: str) -> None:
        """Print where the training stands, and what makes it go on."""
        print(f"{what} after {len(self.rows)} of {self.epochs} epochs; {then}.")

    def _one_more(self, one: OneTraining) -> bool:
        """Train and store one epoch more; return whether a callback stops here.

        The best model comes first: should a kill come between, its epoch is done again.
        """
        data = self.batches(len(self.rows))
        row = _epoch(self.model, data, self.validation, one, len(self.rows))
        self.rows.append(row)
        if self.best is not None and row["val_accuracy"] > self.record:
            self.record = row["val_accuracy"]
            models.save(uncompiled(self.model), self.best)
        stopped = bool(self.model.stop_training)
        if self.progress and one.steps >= len(data):  # no epoch that was cut short
            now = {"learning rate now": fingerprint.rate(self.model)}
            words, arrays = one.state()
            about = {"training": self.about | now, "callbacks": words}
            about["stopped"] = stopped
            checkpoint.store(self.model, self.rows, self.progress, about, arrays)
        return stopped


class _Bar(keras.callbacks.Callback):
    """A progress bar of the whole training, drawn at most every two seconds."""

    def __init__(self, steps: int, **options):
        super().__init__()
        self.steps = steps
        self.drawn = tqdm(unit="step", mininterval=2, **options)

    def on_epoch_begin(self, epoch, logs=None):
        self.drawn.total = self.params["epochs"] * self.steps
        self.drawn.update(epoch * self.steps - self.drawn.n)

    def on_train_batch_end(self, batch, logs=None):
        self.drawn.update()


def uncompiled(model: keras.Model) -> keras.Model:
    """Return a copy without optimizer, which a model to keep does not need."""
    copy = model.__class__.from_config(model.get_config())
    copy.set_weights(model.get_weights())
    return copy


def _check_files(progress, best, validation) -> None:
    """Raise for files that cannot be used."""
    for path, suffix in ((progress, ".npz"), (best, ".keras")):
        if path is not None:
            files.check(path, suffix)
    if best is not None and validation is None:
        raise ValueError("best needs validation=(images, labels): better at what?")


def _check_training(model, batches, validation, best, callbacks) -> int:
    """Count the steps of an epoch; raise for what would train something else."""
    if model.optimizer.use_ema:
        raise ValueError("use_ema averages weights when `fit` ends: leave it out here")
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.BackupAndRestore):
            raise ValueError("BackupAndRestore does what progress= does: leave it out")
    data = batches(0)
    if len(data) == 0:
        raise ValueError("an epoch has no batch: fewer images than one batch takes?")
    _check_data(model, *fingerprint.first_batch(data))
    if validation is not None:
        _check_data(model, *validation)
        first = [np.asarray(part)[:1] for part in validation]
        found = model.test_on_batch(*first, return_dict=True)
        if best is not None and "accuracy" not in found:
            raise ValueError('best needs a model compiled with metrics=["accuracy"]')
    return len(data)


def _check_data(model, images, labels=None, *_) -> None:
    """Raise for images and labels that Keras would take without a word."""
    if any(isinstance(layer, keras.layers.Rescaling) for layer in model.layers[:2]):
        inputs.unscaled(images)
    loss = getattr(model.loss, "name", getattr(model.loss, "__name__", model.loss))
    if "sparse_categorical" in str(loss):
        labels = np.asarray(labels)
        whole = labels.astype(int)  # Keras takes 3.0 for 3
        same = np.array_equal(whole, labels)
        inputs.class_numbers(whole if same else labels, model.output_shape[-1])


def _first_rows(model, progress, resume: bool, training: dict) -> tuple[list, dict]:
    """Return the rows to start from, none or an earlier run's, and what goes with."""
    if progress is None or not progress.is_file():
        return [], {}
    if not resume:
        raise FileExistsError(
            f"{progress.name} holds an earlier run: resume=True goes on from it, "
            "deleting it starts anew"
        )
    return checkpoint.restored(model, progress, training)


def _epoch(model: keras.Model, data, validation, one: OneTraining, epoch: int) -> dict:
    """Train one epoch and judge it."""
    one.start = time.perf_counter()
    model.fit(
        data,
        initial_epoch=epoch,
        epochs=epoch + 1,
        shuffle=False,
        verbose=0,
        validation_data=validation,
        validation_batch_size=500,
        callbacks=one,
    )
    return one.row()


def _accuracy_in(best: Path | None, model: keras.Model, validation) -> float:
    """Return the accuracy of the model in the file `best`, -1 if there is none yet."""
    if best is None or not best.is_file():
        return -1.0
    parts = dict(zip(("x", "y", "sample_weight"), validation, strict=False))
    try:
        kept = keras.saving.load_model(best, compile=False)
        kept.compile(loss=model.loss, metrics=["accuracy"])
        found = kept.evaluate(**parts, batch_size=500, verbose=0, return_dict=True)
    except Exception as error:
        raise ValueError(
            f"{best.name} is no readable model for these images: move it away first"
        ) from error
    return float(found["accuracy"])
