"""Import Keras without the lines that TensorFlow writes to stderr.

`from helpers.quiet import keras` is `import keras`, in silence: TensorFlow's C++ code
greets with half a dozen lines, at its import and at its first operation, whatever the
variables that should stop it say. An exception passes through and is reported as usual.
`from helpers.quiet import stderr` imports no Keras: notebook 18 divides the processor
before TensorFlow counts it.
"""

import contextlib
import os


@contextlib.contextmanager
def stderr():
    """Drop everything that reaches file descriptor 2 inside the `with` block."""
    saved = os.dup(2)
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def __getattr__(name):
    """Import Keras when it is first asked for; Python calls this for a missing name."""
    if name != "keras":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with stderr():
        import keras

        keras.ops.zeros(1)
    globals()["keras"] = keras
    return keras
