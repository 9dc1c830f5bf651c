"""What several test modules share."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def no_proxy_to_this_machine():
    """Let tests reach their own servers where the system names a proxy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1,localhost")
        yield


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """Start the web service, once for each module that asks it."""
    from tests import serving

    with serving.served(tmp_path_factory.mktemp("app") / "log.txt") as one:
        yield one
