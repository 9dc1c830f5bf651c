"""Read the weights in an old PyTorch file, without PyTorch and running nothing of it.

Before version 1.6 PyTorch wrote five pickles (a magic number, a version, the writer's
system, the tensors, the names of their storages), then each storage in that order: how
many numbers in 8 bytes, and the numbers, little-endian. A pickle may name any function
to be called; here it may name four things, which give descriptions and no more.
"""

import io
import pickle
from collections import OrderedDict
from typing import NamedTuple

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001


class Storage(NamedTuple):
    """Numbers somewhere in the file; tensors look at them, in strides of their own."""

    key: str
    dtype: np.dtype


class Tensor(NamedTuple):
    """What a file says of one tensor; `start` and `strides` count numbers."""

    storage: Storage
    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _tensor(storage, start, shape, strides, *_) -> Tensor:
    return Tensor(storage, start, shape, strides)


KNOWN = {
    "collections.OrderedDict": OrderedDict,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch.FloatStorage": np.dtype("<f4"),
    "torch.LongStorage": np.dtype("<i8"),
}


class _Descriptions(pickle.Unpickler):
    """An unpickler that builds descriptions of tensors and knows nothing else."""

    def find_class(self, module, name):
        if (full := f"{module}.{name}") not in KNOWN:
            raise ValueError(f"the file names {full}, which is no part of weights")
        return KNOWN[full]

    def persistent_load(self, told):
        _, dtype, key, *_ = told
        return Storage(key, dtype)


def read(content: bytes) -> dict[str, np.ndarray]:
    """Return the tensors of a file by name, each an array of its own.

    ValueError for a file of another kind, one that names what has no place in it, and
    one that ends early.
    """
    file = io.BytesIO(content)
    try:
        magic, version, _, tensors, keys = (_Descriptions(file).load() for _ in "12345")
    except (pickle.UnpicklingError, EOFError, TypeError, AttributeError):
        magic = version = None
    if (magic, version) != (MAGIC, VERSION):
        raise ValueError("this is no file that PyTorch before 1.6 wrote")
    kinds = {tensor.storage.key: tensor.storage.dtype for tensor in tensors.values()}
    storages = {key: _numbers(file, kinds[key]) for key in keys}
    return {name: _array(tensor, storages) for name, tensor in tensors.items()}


def _numbers(file: io.BytesIO, dtype: np.dtype) -> np.ndarray:
    """Read the next storage; ValueError where the file ends before it does."""
    count = int.from_bytes(_exactly(file, 8), "little")
    return np.frombuffer(_exactly(file, count * dtype.itemsize), dtype)


def _exactly(file: io.BytesIO, count: int) -> bytes:
    found = file.read(count)
    if len(found) != count:
        raise ValueError(f"the file ends early: {len(found)} of {count} bytes")
    return found


def _array(tensor: Tensor, storages: dict[str, np.ndarray]) -> np.ndarray:
    """Look at a storage as a tensor says; ValueError for what lies outside of it.

    NumPy's own check lets an empty buffer pass, and reads what is not there.
    """
    (key, dtype), start, shape, strides = tensor
    steps = [step * (count - 1) for step, count in zip(strides, shape, strict=True)]
    if min(0, start, *strides, *shape) < 0 or start + sum(steps) >= len(storages[key]):
        raise ValueError(f"a tensor of shape {shape} lies outside its numbers")
    size = dtype.itemsize
    places = [step * size for step in strides]
    return np.ndarray(shape, dtype, storages[key], start * size, places).copy()
