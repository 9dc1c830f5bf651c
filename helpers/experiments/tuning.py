"""Searching and comparing: a study that goes on, folds, pixels that change places."""

import json
import os
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, distribution_to_json
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState
from sklearn.model_selection import RepeatedStratifiedKFold

from helpers import files, inputs
from helpers.data import Images


def open_study(
    path: str | Path,
    space: dict[str, BaseDistribution],
    about: dict,
    pruner: optuna.pruners.BasePruner | None = None,
    seed: int = 0,
) -> optuna.Study:
    """Open the study of this search in the file `path`, or begin it there.

    Random draws from `space`, the largest value wins. `about` is what else decides a
    trial, as JSON can hold it; `inputs.fingerprint` stands for data. Trials that a
    break cut off are queued to be done again. One program at a time, as long as the
    study lives: BlockingIOError, which names the process, for the next one. ValueError
    for a file that holds another search, or none, or cannot be written. Whatever is
    refused is left alone.
    """
    path = Path(path)
    files.check(path)
    held = files.hold(path, shared=True)
    try:
        study = _opened(path, space, about, pruner, seed)
    except BaseException:
        files.let_go(held)
        raise
    weakref.finalize(study, files.let_go, held)
    return study


class _NoLock:
    """What Optuna asks for before each line; `open_study` holds the whole file."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass


class _Journal(JournalFileBackend):
    """A journal in which a full disk leaves no half line for the next to follow."""

    def append_logs(self, logs: list[dict]) -> None:
        """Add these lines or, with an OSError in one sentence, none."""
        path = Path(self._file_path)
        size = path.stat().st_size
        try:
            with files.plainly(path):
                super().append_logs(logs)
        except OSError:
            os.truncate(path, size)
            raise


def _opened(path: Path, space, about, pruner, seed) -> optuna.Study:
    """Do what `open_study` says, in a file that is held."""
    _mend(path)
    storage = JournalStorage(_Journal(str(path), lock_obj=_NoLock()))
    ranges = {name: json.loads(distribution_to_json(space[name])) for name in space}
    wanted = {"space": ranges, "about": about, "seed": seed}
    wanted = json.loads(json.dumps(wanted))
    if optuna.get_all_study_names(storage):
        study = optuna.load_study(study_name=None, storage=storage, pruner=pruner)
        _check(study, wanted, path)
    else:
        options = {"direction": "maximize", "pruner": pruner}
        study = optuna.create_study(study_name="search", storage=storage, **options)
    for key, value in wanted.items():
        study.set_user_attr(key, value)
    for trial in study.get_trials(states=[TrialState.RUNNING]):
        study.tell(trial.number, state=TrialState.FAIL)
        study.enqueue_trial(trial.params)
    # the same seed again would draw the same trials again
    study.sampler = optuna.samplers.RandomSampler(seed + len(study.trials))
    return study


def _check(study: optuna.Study, wanted: dict, path: Path) -> None:
    """Raise ValueError for a study of another search."""
    for key, value in wanted.items():
        old = study.user_attrs.get(key, value)  # earlier studies do not tell the seed
        if study.trials and old != value:
            raise ValueError(
                f"{path.name} holds another search, with {key} = {old}: name another "
                "file for this one"
            )


def _mend(path: Path) -> None:
    """Drop a last line that a power cut left half-written; ValueError for no journal.

    Optuna would write the next line behind it, and then read neither.
    """
    content = path.read_bytes() if path.is_file() else b""
    whole = content[: content.rfind(b"\n") + 1]
    try:
        codes = [json.loads(line)["op_code"] for line in whole.splitlines()]
    except (ValueError, KeyError, TypeError):
        codes = []
    if content and not codes:
        raise ValueError(
            f"{path.name} is no study, or a damaged one: name another file for this"
        )
    if whole != content:
        with files.beside(path) as part:
            part.write_bytes(whole)


def folds(
    labels: np.ndarray, count: int, repeats: int = 1, seed: int = 0
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the indices to train on and those held out: `count` pairs for each repeat.

    `(N,) -> ((N - N / count,), (N / count,))`. Each image is held out once in each
    repeat; every fold has about the same share of each class. ValueError where a class
    has fewer images than there are folds (scikit-learn warns, and goes on).
    """
    labels = inputs.flat(labels)
    names, sizes = np.unique(labels, return_counts=True)
    if count < 2 or sizes.min() < count:
        raise ValueError(
            f"{count} folds do not do: class {names[sizes.argmin()]} has "
            f"{sizes.min()} images; take a number of folds from 2 to {sizes.min()}."
        )
    splitter = RepeatedStratifiedKFold(
        n_splits=count, n_repeats=repeats, random_state=seed
    )
    return splitter.split(np.zeros(len(labels)), labels)


def shuffle(part: Images, seed: int) -> Images:
    """Give every pixel another place, the same in all images: `(N, H, W, C)` alike."""
    flat = part.images.reshape(len(part.images), -1, part.images.shape[-1])
    order = np.random.default_rng(seed).permutation(flat.shape[1])
    return Images(flat[:, order].reshape(part.images.shape), part.labels)
