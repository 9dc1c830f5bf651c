"""A folder of pictures, one sub-folder a class, as the three parts of a data set."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers import photos
from helpers.data.download import progress_bar
from helpers.data.groups import assign_parts, near_duplicates, number
from helpers.data.images import ImageData, Images

LEAST = 10  # pictures of a class: two for validation, two for testing, six to learn
NAMED = 10  # files that are left out for one reason and named one by one
IGNORED = {"thumbs.db", "desktop.ini", "__macosx"}  # what systems leave in folders


class Folder(NamedTuple):
    """The pictures of a folder before they are split, N of them."""

    name: str
    class_names: tuple[str, ...]
    images: np.ndarray  # uint8 (N, size, size, 3)
    labels: np.ndarray  # int64 (N,), indices into class_names
    groups: np.ndarray  # (N,) numbers from 0: equal where pictures belong together
    files: list[Path]


def load_folder(
    path: str | os.PathLike,
    validation: float = 0.2,
    test: float = 0.2,
    seed: int = 0,
    groups: Callable[[Path], str] | None = None,
    size: int = 32,
) -> ImageData:
    """Load pictures from `path/CLASS/FILE`, prepared as `photos.load_photo` does.

    Returns images uint8 `(N, size, size, 3)`; `validation` and `test` are shares of
    each class, and pictures of one group never lie in two parts. Raises and prints as
    `read_folder` and `split_folder`, which it calls one after the other.
    """
    _check_shares(validation, test)
    found = read_folder(path, groups, size)
    part = split_folder(found, validation, test, seed)
    parts = [Images(found.images[part == k], found.labels[part == k]) for k in range(3)]
    return ImageData(found.name, found.class_names, *parts)


def read_folder(
    path: str | os.PathLike,
    groups: Callable[[Path], str] | None = None,
    size: int = 32,
) -> Folder:
    """Read all pictures of `path/CLASS/FILE`, and which of them belong together.

    `groups` gives the group of a file from its path; without it near-duplicates are
    one, as they look at 32 pixels a side. What is left out is printed, with the reason.
    ValueError, in one sentence, for a folder that is none, has fewer than two classes,
    a class of fewer than `LEAST` pictures, or folders inside its class folders, and for
    a size below 1.
    """
    photos.to_input(np.zeros((1, 1), np.uint8), size)  # a wrong size, said once
    root = Path(path).expanduser()
    folders = _class_folders(root)
    files = [file for folder in folders for file in _visible(folder)]
    images, files = _read(files, size)
    names = tuple(folder.name for folder in folders)
    labels = np.array([names.index(file.parent.name) for file in files], np.int64)
    _check_counts(names, labels)
    if groups is None:
        small = [photos.to_input(image, 32) for image in images]
        of_group = near_duplicates(np.array(small))
    else:
        of_group = number(map(groups, files))
    return Folder(root.resolve().name, names, images, labels, of_group, files)


def split_folder(
    folder: Folder, validation: float = 0.2, test: float = 0.2, seed: int = 0
) -> np.ndarray:
    """Return each picture's part, `(N,)`: 0 training, 1 validation, 2 test.

    Groups stay whole; what was found is printed. ValueError, in one sentence, for
    shares that leave nothing and for classes that cannot be split by group.
    """
    _check_shares(validation, test)
    shares = (1 - validation - test, validation, test)
    part = assign_parts(folder.labels, folder.groups, shares, seed)
    _check_parts(folder.class_names, folder.labels, part)
    _announce(folder.class_names, folder.labels, folder.groups, part)
    return part


def _check_shares(validation: float, test: float) -> None:
    """ValueError for shares that leave no pictures for one of the parts."""
    if not (0 < validation and 0 < test and validation + test < 1):
        raise ValueError(
            f"validation={validation} and test={test} must be shares above 0 that "
            "leave some of the pictures for training"
        )


def _visible(folder: Path) -> list[Path]:
    """List what is in a folder by name, but for hidden files and what systems leave."""
    return sorted(
        entry
        for entry in folder.iterdir()
        if not entry.name.startswith(".") and entry.name.lower() not in IGNORED
    )


def _class_folders(root: Path) -> list[Path]:
    """Return the class folders, by name; ValueError if this is no folder of classes."""
    if not root.exists():
        raise ValueError(f"there is no folder {root}: correct the path")
    if not root.is_dir():
        raise ValueError(
            f"{root} is a file: give the folder that holds a folder for each class"
        )
    folders = [entry for entry in _visible(root) if entry.is_dir()]
    for folder in folders:
        inside = [entry.name for entry in _visible(folder) if entry.is_dir()]
        if inside:
            raise ValueError(
                f"{folder} holds folders ({', '.join(inside[:3])}), not only pictures: "
                "give the folder whose folders are the classes, one level deep"
            )
    if len(folders) < 2:
        raise ValueError(
            f"{root} holds {len(folders) or 'no'} folder{'s' * (len(folders) != 1)}: "
            "put the pictures of each class into a folder of its own, at least two"
        )
    lower = [folder.name.lower() for folder in folders]
    again = [folder.name for folder in folders if lower.count(folder.name.lower()) > 1]
    if again:
        raise ValueError(
            f"the classes {' and '.join(again)} differ only in capital letters: move "
            "their pictures into one folder"
        )
    return folders


def _read(files: list[Path], size: int) -> tuple[np.ndarray, list[Path]]:
    """Read all files, two at a time; name those that are no pictures and leave them."""

    def read(file: Path) -> np.ndarray | str:
        try:
            return photos.load_photo(file, size)
        except (ValueError, OSError) as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:  # each may hold a large photo
        found = pool.map(read, files)
        bar = progress_bar(found, "reading", total=len(files), mininterval=2)
        pairs = list(zip(files, bar, strict=True))
    _say_what_was_left_out([pair for pair in pairs if isinstance(pair[1], str)], files)
    good = [pair for pair in pairs if not isinstance(pair[1], str)]
    images = np.array([image for _, image in good], np.uint8)
    images = images.reshape(-1, size, size, 3)  # where there is none, too
    return images, [file for file, _ in good]


def _say_what_was_left_out(faults: list[tuple[Path, str]], files: list[Path]) -> None:
    """Print each fault with its file; of many for one reason the first, and a count."""
    by_reason = {}
    for file, said in faults:
        by_reason.setdefault(said, []).append(file)
    for said, some in by_reason.items():
        for file in some[:NAMED]:
            print(f"left out: {file.parent.name}/{file.name}: {said}")
        if others := some[NAMED:]:
            kinds = ", ".join(sorted({file.suffix.lower() for file in others}))
            print(f"left out for the same reason: {len(others)} more {kinds}")
    if faults:
        print(f"{len(faults)} of {len(files)} files were left out.")


def _check_counts(names: tuple[str, ...], labels: np.ndarray) -> None:
    """ValueError if a class has fewer than `LEAST` pictures."""
    counts = np.bincount(labels, minlength=len(names))
    few = [f"{n} ({c})" for n, c in zip(names, counts, strict=True) if c < LEAST]
    if few:
        raise ValueError(
            f"too few pictures of {', '.join(few)}: every class needs {LEAST}, better "
            "20, or take its folder away"
        )


def _check_parts(names: tuple[str, ...], labels: np.ndarray, part: np.ndarray) -> None:
    """ValueError if a class is missing from a part, because its groups are too few."""
    for label, name in enumerate(names):
        if len(np.unique(part[labels == label])) < 3:
            raise ValueError(
                f"the pictures of {name} are too few groups to lie in three parts: "
                "add pictures of other objects, places or days; or the function that "
                "names the groups does not fit these file names: leave it out (None)"
            )


def _announce(
    names: tuple[str, ...], labels: np.ndarray, groups: np.ndarray, part: np.ndarray
) -> None:
    """Print classes, pictures, groups and parts, and groups of two classes."""
    classes = [np.unique(labels[groups == group]) for group in np.unique(groups)]
    mixed = [[names[i] for i in found] for found in classes if len(found) > 1]
    print(
        f"{len(labels):,} pictures of {len(names)} classes in {len(classes):,} groups: "
        "{:,} training, {:,} validation and {:,} test.".format(*np.bincount(part))
    )
    for found in mixed[:3]:
        print(f"One group has pictures of {' and '.join(found)}: is a label wrong?")
