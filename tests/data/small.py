"""A CIFAR-10 of 60 images in the official format, and what tests ask of it."""

import hashlib
import os
import struct

import numpy as np

from helpers import data

DIGITS = "These are scikit-learn's digits, not CIFAR-10 ("
ASKING = "CIFAR-10 is not here yet: asking for it, 170 MB ...\n"
COUNTS = ": 40 training, 10 validation and 10 test images.\n"


def batch_file(pixels: np.ndarray, labels: list[int]) -> bytes:
    """Write a batch with the opcodes of 2009: (10, 3072) uint8, 10 labels -> pickle."""
    return (
        b"\x80\x02}(U\x06labels](" + b"".join(b"K" + bytes([k]) for k in labels) + b"e"
        b"U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
        b"K\x00\x85U\x01b\x87R(K\x01K\x0aM\x00\x0c\x86cnumpy\ndtype\n"
        b"U\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89T" + struct.pack("<i", pixels.nbytes) + pixels.tobytes() + b"tbu."
    )


class Mischief:
    """An object whose unpickling makes a folder; (os.mkdir, (path,)) as a pickle."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def load(source="auto", **settings):
    return data.load_images(source, validation=10, **settings)


def assert_is_small(loaded, small):
    """Assert that these are the small files' images, each one once."""
    assert loaded.name == "cifar10"
    train, validation, test = loaded[2:]
    images = np.concatenate([train.images, validation.images])
    found = images.transpose(0, 3, 1, 2).reshape(50, 3072).tolist()
    *expected, last = small.pixels.values()
    assert sorted(found) == sorted(np.concatenate(expected).tolist())
    assert np.array_equal(test.images.transpose(0, 3, 1, 2).reshape(10, 3072), last)
    for images, labels in (train, validation, test):
        assert (images.dtype, labels.dtype) == (np.uint8, np.int64)
        assert np.bincount(labels).tolist() == [len(labels) // 10] * 10


def never(*_, **__):
    raise AssertionError("this must not be called")
