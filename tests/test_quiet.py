"""Importing Keras says nothing, and only who asks for Keras loads it."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest

from helpers import quiet


def said(program, **settings):
    """Run a program; return what went to stdout and to stderr."""
    run = [sys.executable, "-c", program]
    done = subprocess.run(
        run, capture_output=True, text=True, env={**os.environ, **settings}
    )
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


QUEUE = """
import numpy as np
from helpers.quiet import keras
from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter
ones = np.ones((6, 2), "float32")
queue = ArrayDataAdapter(ones, ones, batch_size=4).get_tf_dataset()
print(queue.options().autotune.enabled, [len(x) for x, y in queue])
"""


def test_no_thread_tunes_a_queue_of_arrays():
    """Or `fit` would wait for it between two epochs, for seconds: see quiet."""
    assert said(QUEUE) == ("False [4, 2]\n", "")


ELSEWHERE = """
import sys
import keras
sys.modules["keras.src.trainers.data_adapters.array_data_adapter"] = None
from helpers.quiet import keras
print(float(keras.ops.sum(keras.ops.ones(3))))
"""


def test_a_keras_that_keeps_its_queue_elsewhere_serves_too():
    assert said(ELSEWHERE)[0].splitlines()[-1] == "3.0"


FOREIGN = {
    "floatx": "float16",
    "epsilon": 0.5,
    "backend": "torch",
    "image_data_format": "channels_first",
}
SETTINGS = """
from helpers.quiet import keras
config = keras.config
print(config.backend(), config.floatx(), config.epsilon(), config.image_data_format())
print(keras.layers.Conv2D(2, 1)(keras.ops.ones((1, 4, 5, 3))).shape)
print(config.dtype_policy().name, config.max_epochs())
"""
WANTED = "tensorflow float32 1e-07 channels_last\n(1, 4, 5, 2)\nfloat32 None\n"


def test_a_users_keras_json_is_not_the_courses(tmp_path):
    (tmp_path / "keras.json").write_text(json.dumps(FOREIGN))
    settings = {"KERAS_HOME": str(tmp_path), "KERAS_BACKEND": ""}
    assert said(SETTINGS, **settings, KERAS_MAX_EPOCHS="1") == (WANTED, "")


INSTEAD = "KERAS_BACKEND={} cannot be used here: this is Keras on TensorFlow.\n"


def test_a_backend_that_cannot_be_used_is_said():
    line = INSTEAD.format("theano")
    assert said(SETTINGS, KERAS_BACKEND="theano") == (line + WANTED, "")


@pytest.mark.parametrize("name", ["jax", "torch"])
@pytest.mark.parametrize("installed", [False, True])
def test_a_backend_is_taken_where_it_is_installed(
    monkeypatch, tmp_path, capsys, name, installed
):
    monkeypatch.setenv("KERAS_BACKEND", name)
    if installed:
        (tmp_path / f"{name}.py").touch()
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, name, raising=False)
    else:
        monkeypatch.setitem(sys.modules, name, None)
    wanted = (name, "") if installed else ("tensorflow", INSTEAD.format(name))
    assert (quiet.backend(), capsys.readouterr().out) == wanted


def test_a_library_that_is_no_backend_of_the_course_is_not_taken(monkeypatch, capsys):
    """NumPy is installed and Keras runs on it, but trains nothing there."""
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    assert quiet.backend() == "tensorflow"
    assert capsys.readouterr().out == INSTEAD.format("numpy")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "'list' object has no attribute 'get'"),
        ('{"floatx": "bfloat17"}', "Invalid `floatx` configuration."),
    ],
)
def test_a_broken_keras_json_is_named(tmp_path, text, why):
    (tmp_path / "keras.json").write_text(text)
    told = said("from helpers.quiet import keras", KERAS_HOME=str(tmp_path))[1]
    assert told.splitlines()[-1].startswith(f"ImportError: Keras does not start ({why}")
    assert f"; correct {tmp_path}/keras.json, your settings for Keras, or" in told


def test_an_older_keras_that_stops_without_a_word_is_explained(tmp_path):
    """Up to 3.13 it asserted that it knows each setting, and said no more."""
    (tmp_path / "keras.py").write_text('assert "bfloat17" in {"float16", "float32"}')
    told = said("from helpers.quiet import keras", PYTHONPATH=str(tmp_path))[1]
    why = "a setting that Keras does not know"
    assert f"\nImportError: Keras does not start ({why}); correct " in told


def test_a_home_that_cannot_be_written_is_no_fault(tmp_path):
    (tmp_path / "file").touch()
    settings = {"HOME": str(tmp_path / "file"), "KERAS_HOME": str(tmp_path / "file/k")}
    assert said(SETTINGS, **settings) == (WANTED, "")


TENSORFLOW = "config.experimental.tensor_float_32_execution_enabled()"
TORCH = "backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32"


@pytest.mark.parametrize(
    "backend, setting, kept",
    [
        ("tensorflow", TENSORFLOW, "False"),
        ("jax", "config.jax_default_matmul_precision", "float32"),
        ("torch", TORCH, "False False"),
    ],
)
def test_a_gpu_multiplies_float32_in_float32(backend, setting, kept):
    """The settings as each library reads them; on a GPU a convolution was 0.001 off."""
    if not importlib.util.find_spec(backend):
        pytest.skip(f"{backend} is not installed: make test-backends")
    program = f"from helpers.quiet import keras\nimport {backend}\n"
    program += f"print({backend}.{setting})"
    assert said(program, KERAS_BACKEND=backend) == (kept + "\n", "")


def test_keras_that_was_loaded_on_another_backend_is_taken():
    """Keras has backends that the course does not name, and that multiply exactly."""
    program = "import keras\nfrom helpers.quiet import keras\n"
    program += "print(keras.backend.backend(), keras.ops.zeros(1))"
    assert said(program, KERAS_BACKEND="numpy")[0] == "numpy [0.]\n"
