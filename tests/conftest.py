"""What several test modules share."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests import browsers, disks
from tools.check_notebooks import neutral_environment, shared_cores

# before anything is imported that reads them: a user's settings are not tested.
# make test-backends names a backend of Keras
NEUTRAL = neutral_environment() | {"MPLBACKEND": "Agg"}
NEUTRAL["KERAS_BACKEND"] = os.environ.get("TEST_BACKEND", "tensorflow")
NEUTRAL["CNN_COURSE_PROGRESS"] = os.devnull  # no mistake of a test is a user's
BESIDE = os.environ.get("PYTEST_XDIST_WORKER_COUNT") or os.environ.get("PROVE_JOBS")
NEUTRAL |= shared_cores(int(BESIDE or 1))
for name in set(os.environ) - set(NEUTRAL):
    del os.environ[name]
os.environ.update(NEUTRAL)

# the same draws every day; TEST_SEED=1 make test: others, which must pass too
SEED = int(os.environ.get("TEST_SEED", 0))
settings.register_profile("course", deadline=None, derandomize=not SEED)
settings.load_profile("course")


# minutes each, so first: two workers then end together (with --no-loadscope-reorder)
# the first runs whole notebooks, so what trains beside it comes a little later
SLOWEST = """notebooks/test_browser tools/test_slides tools/test_book
    benchmarks/test_attacks training/test_worker benchmarks/test_common
    training/test_resume benchmarks/test_experiments tools/test_questions
    benchmarks/test_bench""".split()


def pytest_configure(config):
    config.addinivalue_line("markers", "chromium_alone: Playwright does it there alone")
    if browsers.CHOSEN not in browsers.NAMES:
        names = " or ".join(browsers.NAMES)
        raise pytest.UsageError(f"TEST_BROWSER is {browsers.CHOSEN!r}, not {names}")


def pytest_collection_modifyitems(config, items):
    """Put the slowest files first, the slowest of all at the head."""
    if browsers.CHOSEN != "chromium":
        away = [item for item in items if "browser" not in item.fixturenames]
        config.hook.pytest_deselected(items=away)
        items[:] = [item for item in items if "browser" in item.fixturenames]
        skip = pytest.mark.skip(reason="Playwright does this in Chromium alone")
        for item in items:
            if item.get_closest_marker("chromium_alone"):
                item.add_marker(skip)
    here = Path(__file__).parent
    places = {str(here / f"{name}.py"): k for k, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: places.get(str(item.path), len(places)))


def seed():
    if "keras" in sys.modules:  # without it nothing here draws unseeded
        sys.modules["keras"].utils.set_random_seed(SEED)


@pytest.fixture(scope="module", autouse=True)
def seeded_before_a_module():
    """Let a module's own fixtures draw the same weights in each run."""
    seed()


@pytest.fixture(autouse=True)
def seeded_before_a_test():
    """Let a test draw the same whichever others ran before it."""
    seed()


@pytest.fixture(scope="session", autouse=True)
def no_proxy_to_this_machine():
    """Let tests reach their own servers where the system names a proxy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1,localhost,::1")
        yield


@pytest.fixture
def as_in_a_kernel(monkeypatch):
    """Draw to nowhere, use no downloaded data, work in the notebooks' folder."""
    import matplotlib

    matplotlib.use("Agg")
    monkeypatch.setenv("IMAGE_DATA", "digits")
    monkeypatch.chdir(Path(__file__).parents[1] / "notebooks")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """Start the web service, once for each module that asks it."""
    from tests.app import serving

    with serving.served(tmp_path_factory.mktemp("app") / "log.txt") as one:
        yield one


@pytest.fixture
def small_disk(tmp_path):
    """Mount a disk of 1 MB; the test is skipped where nothing may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with disks.or_skip(disks.small(folder)):
        yield folder


@pytest.fixture
def read_only_disk(tmp_path):
    """Return a folder that root cannot write either; in it is old.txt, "old"."""
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "old.txt").write_text("old")
    with disks.or_skip(disks.read_only(folder)):
        yield folder
