"""Import Keras without the lines that TensorFlow writes to stderr.

`from helpers.quiet import keras` is `import keras`, in silence: TensorFlow's C++ code
greets with half a dozen lines, at its import and at its first operation, whatever the
variables that should stop it say. An exception passes through and is reported as usual.
"""

import os

from helpers.silence import stderr

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with stderr():
    import keras

    keras.ops.zeros(1)

__all__ = ["keras", "stderr"]
