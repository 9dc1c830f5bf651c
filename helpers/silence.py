"""Drop what C++ code writes to stderr."""

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
