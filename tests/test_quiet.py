"""Importing Keras says nothing, and only who asks for Keras loads it."""

import subprocess
import sys

import pytest


def said(program):
    """Run a program; return what went to stdout and to stderr."""
    run = [sys.executable, "-c", program]
    done = subprocess.run(run, capture_output=True, text=True)
    return done.stdout, done.stderr


def test_keras_comes_without_a_word():
    program = "from helpers.quiet import keras; print(keras.ops.ones(2).shape)"
    assert said(program) == ("(2,)\n", "")


def test_stderr_alone_loads_no_keras():
    program = (
        "import sys; from helpers.quiet import stderr; print('keras' in sys.modules)"
    )
    assert said(program) == ("False\n", "")


def test_what_is_written_inside_is_dropped_and_afterwards_not():
    program = """
import os
from helpers.quiet import stderr
with stderr():
    os.write(2, b"noise")
os.write(2, b"news")
"""
    assert said(program) == ("", "news")


def test_an_error_inside_is_raised_and_told():
    program = (
        "from helpers.quiet import stderr\nwith stderr():\n    raise OSError('lost')"
    )
    assert said(program)[1].endswith("OSError: lost\n")


def test_another_name_is_no_attribute():
    with pytest.raises(ImportError, match="cannot import name 'torch'"):
        from helpers.quiet import torch  # noqa: F401
