"""Callbacks that see one training, although it is cut into epochs, or resumed."""

import contextlib
import json
import time

import numpy as np

from helpers.quiet import keras

OURS = {"model", "_model", "params", "_params"}  # what Keras sets anew


class OneTraining(keras.callbacks.CallbackList):
    """Hand callbacks through one call of `fit` an epoch as if all were one call.

    `begin` and `end` stand for the begin and the end of the whole. `steps` and
    `seconds` are those of the last epoch, from `start` to the end of its last step.
    """

    def __init__(self, callbacks, model, **params):
        super().__init__(list(callbacks), add_history=True, model=model, **params)
        self.start, self.last_logs = time.perf_counter(), None

    def begin(self, kept=(), arrays=()) -> None:
        """Begin, and put back what `state` gave; say so of callbacks it lacks."""
        for callback in self.callbacks if kept else ():
            if isinstance(callback, keras.callbacks.CSVLogger):
                callback.append = True  # or it would empty its file
        self.model.stop_training = False
        super().on_train_begin()
        self.stopped_at_begin = self.model.stop_training
        found = map(_keepable, self.callbacks)
        self.at_begin = [{n: _exact(v) for n, v in one.items()} for one in found]
        self.put_back = [set() for _ in self.callbacks]
        left = list(kept)
        for callback, names in zip(self.callbacks, self.put_back, strict=True):
            kind = type(callback).__name__
            mine = next((one for one in left if one["kind"] == kind), None)
            if mine:
                left.remove(mine)
                names |= set(mine["values"])
                for name, value in mine["values"].items():
                    setattr(callback, name, _unpacked(value, arrays))
            elif kept:
                print(f"{kind} begins anew: the earlier run had none.")

    def end(self) -> None:
        """End the whole training."""
        super().on_train_end(self.last_logs)

    def on_train_begin(self, logs=None):
        self.model.stop_training = self.stopped_at_begin
        self.seconds = 0.0

    def on_train_batch_end(self, batch, logs=None):
        self.steps = batch + 1
        super().on_train_batch_end(batch, logs)

    def on_test_begin(self, logs=None):
        self.seconds = time.perf_counter() - self.start
        super().on_test_begin(logs)

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = self.seconds or time.perf_counter() - self.start
        super().on_epoch_end(epoch, logs)

    def on_train_end(self, logs=None):
        self.last_logs = logs

    def row(self) -> dict:
        """Return the last epoch's measures and its `seconds`."""
        history = self._history.history
        row = {name: np.asarray(line[-1]).tolist() for name, line in history.items()}
        return row | {"seconds": round(self.seconds, 2)}

    def state(self) -> tuple[list[dict], list[np.ndarray]]:
        """Return what callbacks remember: as JSON can hold it, and arrays.

        That is every attribute that has changed since the begin and is made of numbers,
        words, lists and dicts of them, or an array or a list of arrays.
        """
        words, arrays = [], []
        zipped = zip(self.callbacks, self.at_begin, self.put_back, strict=True)
        for callback, before, put_back in zipped:
            values = {
                name: _packed(value, arrays)
                for name, value in _keepable(callback).items()
                if name in put_back or _exact(value) != before.get(name)
            }
            words.append({"kind": type(callback).__name__, "values": values})
        return words, arrays


def _keepable(callback) -> dict:
    """Return the attributes that JSON or an array can hold."""
    mine = {n: v for n, v in vars(callback).items() if n not in OURS}
    mine = {n: v if _arrays(v) else _plain(v) for n, v in mine.items()}
    return {n: v for n, v in mine.items() if _arrays(v) or _is_json(v)}


def _plain(value):
    """Return NumPy's numbers and words as Python's, in lists and dicts too."""
    if isinstance(value, np.generic):
        return value.item()
    with contextlib.suppress(RecursionError):
        if type(value) is list:
            return [_plain(v) for v in value]
        if type(value) is dict:
            return {_plain(key): _plain(v) for key, v in value.items()}
    return value


def _arrays(value) -> bool:
    """Tell whether this is an array or a list of some, without Python's objects."""
    values = value if isinstance(value, list) and value else [value]
    return all(isinstance(v, np.ndarray) and not v.dtype.hasobject for v in values)


def _is_json(value) -> bool:
    """Tell whether JSON gives this back as it was."""
    try:
        return repr(json.loads(json.dumps(value))) == repr(value)
    except (TypeError, ValueError, RecursionError):
        return False


def _exact(value):
    """Return what is equal where two such values are the same, NaN included."""
    if not _arrays(value):
        return repr(value)
    values = value if isinstance(value, list) else [value]
    return type(value), [(v.dtype, v.shape, v.tobytes()) for v in values]


def _packed(value, arrays: list):
    """Return a value as JSON; its arrays are added to `arrays`."""
    if not _arrays(value):
        return {"json": value}
    first, single = len(arrays), isinstance(value, np.ndarray)
    arrays += [value] if single else value
    return {"array": first} if single else {"arrays": [first, len(arrays)]}


def _unpacked(packed: dict, arrays: list):
    """Return the value that `_packed` was given."""
    if "array" in packed:
        return arrays[packed["array"]]
    return arrays[slice(*packed["arrays"])] if "arrays" in packed else packed["json"]
