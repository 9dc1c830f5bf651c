"""A plugin of pytest for `coverage`: what was counted is saved after each test file.

coverage.py saves when a process ends. A worker of pytest-xdist gets ten seconds for its
end and is killed then, with all that it counted; TensorFlow's threads may take longer.
"""

import os
from pathlib import Path

import coverage
import pytest

UNSAVED = "unsaved-"  # a file with this name stays where a process was cut short


def _counting() -> coverage.Coverage:
    """Return what counts in this process; RuntimeError where nothing does."""
    if counting := coverage.Coverage.current():
        return counting
    raise RuntimeError("coverage.py was not started in this process of the tests")


def _mark() -> Path:
    return Path(_counting().config.data_file).with_name(f"{UNSAVED}{os.getpid()}")


def pytest_sessionstart():
    """Leave a mark until all is saved."""
    _mark().touch()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    """Save after a file's last test, when its fixtures are gone."""
    if nextitem is None or nextitem.path != item.path:
        _counting().save()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish():
    """Save the rest, and take the mark away."""
    _counting().save()
    _mark().unlink()
