"""Import Keras without the lines that TensorFlow writes to stderr.

`from helpers.quiet import keras` is `import keras`, in silence: TensorFlow's C++ code
greets with half a dozen lines, at its import and at its first operation, whatever the
variables that should stop it say. An exception passes through and is reported as usual.
What a user's own keras.json says of images and numbers is not for this course, no
epoch begins late, and float32 is multiplied in float32, on a GPU too.
`from helpers.quiet import stderr` imports no Keras: notebook 18 divides the processor
before TensorFlow counts it.
"""

import contextlib
import importlib.util
import os
import sys


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
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = backend()
        for name in "KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH":
            os.environ.pop(name, None)
    with stderr():
        try:
            import keras
        except (AssertionError, AttributeError, TypeError, ValueError) as error:
            why = error if str(error) else "a setting that Keras does not know"
            folder = os.environ.get("KERAS_HOME", "~/.keras")
            raise ImportError(
                f"Keras does not start ({why}); correct {folder}/keras.json, your "
                "settings for Keras, or delete it"
            ) from error

        _as_the_course_expects(keras.config)
        _multiply_exactly(keras.backend.backend())
        if keras.backend.backend() == "tensorflow":
            _tune_no_queues()
        keras.ops.zeros(1)
    globals()["keras"] = keras
    return keras


def backend() -> str:
    """Return KERAS_BACKEND, or tensorflow where it names no library that is here."""
    chosen = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if chosen in ("tensorflow", "jax", "torch") and importlib.util.find_spec(chosen):
        return chosen
    print(f"KERAS_BACKEND={chosen} cannot be used here: this is Keras on TensorFlow.")
    return "tensorflow"


def _as_the_course_expects(config) -> None:
    """Undo what ~/.keras/keras.json may have set."""
    config.set_image_data_format("channels_last")
    config.set_floatx("float32")
    config.set_dtype_policy("float32")
    config.set_epsilon(1e-7)


def _multiply_exactly(backend: str) -> None:
    """Keep a GPU from rounding what it multiplies to TF32, 10 bits instead of 23.

    GPUs since NVIDIA's Ampere do so unasked, and a layer by hand is then 0.001 off.
    """
    library = sys.modules.get(backend)
    if backend == "tensorflow":
        library.config.experimental.enable_tensor_float_32_execution(False)
    elif backend == "jax":
        library.config.update("jax_default_matmul_precision", "float32")
    elif backend == "torch":
        library.backends.cuda.matmul.allow_tf32 = False
        library.backends.cudnn.allow_tf32 = False


def _tune_no_queues() -> None:
    """Let Keras feed arrays to TensorFlow without tuning the queue as it goes.

    The thread that tunes sleeps 10, 20, 40 ms and so on, and who lets a queue go waits
    for it: an epoch might begin half its length late. The numbers stay as they are. A
    Keras that keeps this elsewhere is left to wait.
    """
    import tensorflow as tf

    try:
        from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter
    except ImportError:
        return
    tuned = ArrayDataAdapter.get_tf_dataset

    def get_tf_dataset(self):
        options = tf.data.Options()
        options.autotune.enabled = False
        return tuned(self).with_options(options)

    ArrayDataAdapter.get_tf_dataset = get_tf_dataset
