"""A Chromium that is on the path, for the tests that need a browser."""

import shutil
import socket
from contextlib import contextmanager

NAMES = "chromium", "chromium-browser", "google-chrome", "chrome"
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)


def missing() -> str | None:
    """Say what keeps a browser test from running here, if anything does."""
    try:
        import playwright  # noqa: F401
    except ImportError:
        return "playwright is not installed: make setup"
    return None if CHROMIUM else f"no browser: none of {', '.join(NAMES)} is installed"


# of axe-core's: nothing of another origin is fetched, and only faults are told
AXE = {"preload": False, "resultTypes": ["violations"]}


@contextmanager
def launched():
    """Yield a headless browser that asks nobody for updates."""
    from playwright.sync_api import sync_playwright

    quiet = "--disable-background-networking --disable-component-update --no-sandbox"
    with sync_playwright() as play:
        one = play.chromium.launch(executable_path=CHROMIUM, args=quiet.split())
        yield one
        one.close()


def free_port() -> int:
    """Return a port of this machine that nobody listens to."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
