"""Tests run again and again, in a process each, without importing Keras each time.

Python's fork server imports what is slow and never changes; every run is a child of it,
so a change of `helpers/` or of a test is read anew. Not on Windows, which has no fork.
"""

import multiprocessing
import os
import sys
import time
from pathlib import Path

import psutil

HEAVY = ["numpy", "scipy.stats", "sklearn.cluster", "sklearn.metrics", "PIL.Image"]
PYTEST = ["pytest", "hypothesis", "hypothesis.strategies", "nbval.plugin"]
KERAS = ["tensorflow", "keras"]
OURS = ("tools", "helpers", "app", "benchmarks", "tests")
KILLED, SURVIVED, TIMED_OUT = "killed", "survived", "timed out"


class Trial:
    """Run `tests`, paths or names of pytest, in the checkout `tree`.

    `draws`: whether Hypothesis draws examples in them.
    """

    def __init__(self, tree: Path, tests: list[str], draws: bool = True):
        self.tree, self.tests, self.draws = tree, tests, draws
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(HEAVY + PYTEST + KERAS)

    def passes(self, seconds: float, *options: str) -> tuple[bool | None, float]:
        """Return whether all tests pass, None where they took too long, and seconds."""
        begun = time.monotonic()
        arguments = (self.tree, [*self.tests, *options])
        child = self.context.Process(target=_pytest, args=arguments)
        child.start()
        child.join(seconds)
        late = child.is_alive()
        if late:  # else the number may be another's
            end(child.pid)
        child.join()
        return None if late else child.exitcode == 0, time.monotonic() - begun

    def verdict(self, seconds: float) -> str:
        """Say what became of a mutant; few examples first, all before it survives."""
        for options in [["--hypothesis-profile=few"], []] if self.draws else [[]]:
            passed, _ = self.passes(seconds, *options)
            if not passed:
                return TIMED_OUT if passed is None else KILLED
        return SURVIVED


def _pytest(tree: Path, arguments: list[str]) -> None:
    """Become pytest in `tree`, with its own home and temporary folder; end with its rc.

    A mutant of what deletes or moves files finds nothing of the user's near by.
    """
    import hypothesis
    import pytest

    os.setsid()
    os.chdir(tree)
    for name in [n for n in sys.modules if n.split(".")[0] in OURS]:
        del sys.modules[name]
    sys.path[:] = [str(tree), *(p for p in sys.path if p)]
    for name in ("HOME", "TMPDIR"):
        os.environ[name] = str(tree.with_name(f"{tree.name}-{name.lower()}"))
        Path(os.environ[name]).mkdir(exist_ok=True)
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    for name, most in (("few", 20), ("all", 100)):
        hypothesis.settings.register_profile(
            name, deadline=None, derandomize=True, phases=phases, max_examples=most
        )
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    os._exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *arguments]))


def end(pid: int) -> None:
    """Kill a child and what it started, in sessions of their own too."""
    try:
        child = psutil.Process(pid)
        family = [*child.children(recursive=True), child]
    except psutil.NoSuchProcess:
        return
    for one in family:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            pass
