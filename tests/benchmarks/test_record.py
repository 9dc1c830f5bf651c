"""A row is written whole or not at all, and the machine is named without Keras."""

import os
import subprocess
import sys

import pytest

from benchmarks import record
from tests import disks


def test_the_machine_is_named_alike_with_keras_and_before_it_is_loaded():
    program = "import sys; from benchmarks.record import machine; print(machine());"
    program += "print('keras' in sys.modules, 'tensorflow' in sys.modules)"
    run = [sys.executable, "-c", program]
    said = subprocess.run(run, stdout=subprocess.PIPE, text=True, check=True).stdout
    from helpers.quiet import keras

    named, loaded = said.splitlines()
    assert named == record.machine() and loaded == "False False"
    assert f"Keras {keras.__version__} on {keras.backend.backend()}, N" in named


def test_a_full_disk_leaves_the_old_result_and_nothing_else(small_disk):
    path = small_disk / "row.json"
    record.write(path, {"old": 1})
    disks.fill(small_disk)
    with pytest.raises(OSError, match="row.json cannot be written, the disk is full"):
        record.write(path, {"new": "x" * 10_000})
    assert path.read_text() == '{\n "old": 1\n}\n'
    assert sorted(os.listdir(small_disk)) == ["ballast", "row.json"]
