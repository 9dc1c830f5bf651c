"""What several test modules share."""

from pathlib import Path

import pytest
from hypothesis import settings

# the same examples every day, however busy the machine is
settings.register_profile("course", deadline=None, derandomize=True)
settings.load_profile("course")


@pytest.fixture(scope="session", autouse=True)
def no_proxy_to_this_machine():
    """Let tests reach their own servers where the system names a proxy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1,localhost")
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
    from tests import serving

    with serving.served(tmp_path_factory.mktemp("app") / "log.txt") as one:
        yield one
