"""How much memory a test may take."""

import contextlib
import sys


@contextlib.contextmanager
def bounded(more=2_000_000_000):
    """Let what grows without end fail soon, on Linux."""
    import resource

    limits = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform == "linux":
        with open("/proc/self/statm") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + more, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)
