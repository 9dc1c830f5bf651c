"""What `kills` kills: small real work of each kind, and how to see that it is whole.

A kind's `prepare(folder, ...)` imports what it needs and returns the work, a function;
`finished(folder)` returns by name what is done so far, and under "faults" what is only
half there. The numbers are small, so that a run takes about a second.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tools.prove import file_kinds, mirror, model_kinds


@dataclass(frozen=True)
class Kind:
    """One kind of work: how it is done, what must be there, which files may stay."""

    says: str
    prepare: Callable[..., Callable[[], object]]
    finished: Callable[[Path], dict]
    files: tuple[str, ...]  # what a finished run leaves, and nothing else
    steps: int = 2  # of ten kills
    replaces: bool = False  # an older result is there before the kill
    serve: Callable[[ExitStack], dict] = lambda stack: {}

    def expects(self, name: str) -> bool:
        """Tell whether a finished run may leave this file or folder."""
        return any(Path(name).match(pattern) for pattern in self.files)

    def lost(self, name: str, before: dict, after: dict) -> bool:
        """Tell whether something finished is gone, or another where it must stay."""
        return name not in after or (not self.replaces and before[name] != after[name])


KINDS = {
    "download": Kind(
        "A download",
        file_kinds.downloading,
        file_kinds.downloaded,
        ("archive",),
        3,
        serve=mirror.serve,
    ),
    "cache": Kind(
        "Filling the cache",
        file_kinds.filling,
        file_kinds.filled,
        ("cifar10.npz", "cifar10.lock", "no-answer"),
        3,
        serve=mirror.serve,
    ),
    "training": Kind(
        "Training with a progress file and a best file",
        model_kinds.training,
        model_kinds.trained,
        ("run.npz", "best.keras"),
        3,
    ),
    "saving": Kind(
        "Saving a network with its card",
        model_kinds.saving,
        model_kinds.saved,
        ("mine.keras", "mine.json"),
        replaces=True,
    ),
    "refresh": Kind(
        "Refreshing a notebook",
        file_kinds.refreshing,
        file_kinds.refreshed,
        ("*.ipynb",),
        replaces=True,
    ),
    "experiment": Kind(
        "An experiment", file_kinds.experiment, file_kinds.experimented, ("*.json",)
    ),
    "study": Kind("A search", file_kinds.study, file_kinds.searched, ("study.log",)),
    "progress": Kind(
        "Noting answers",
        file_kinds.answering,
        file_kinds.answered,
        ("progress.jsonl",),
        1,
    ),
    "export": Kind(
        "Exporting a network",
        model_kinds.export,
        model_kinds.exported,
        ("mine.*",),
        1,
        replaces=True,
    ),
    "explorer": Kind(
        "Writing a network's page",
        model_kinds.explorer,
        model_kinds.pages,
        ("mine.html",),
        1,
        replaces=True,
    ),
}
