"""A browser that is on the path, for the tests that need one.

It is Chromium unless `TEST_BROWSER=firefox`: then what needs no browser is left out,
and what is marked `chromium_alone`, since Playwright does it there alone, is skipped.
"""

import os
import shutil
import socket
import sys
from contextlib import contextmanager

NAMES = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "chrome"),
    "firefox": ("firefox-esr", "firefox"),
}
CHOSEN = os.environ.get("TEST_BROWSER") or "chromium"

# of axe-core's: nothing of another origin is fetched, and only faults are told
AXE = {"preload": False, "resultTypes": ["violations"]}


def missing(name: str = CHOSEN) -> str | None:
    """Say what keeps browser tests from running here, if anything does."""
    try:
        import playwright  # noqa: F401
    except ImportError:
        return "playwright is not installed: make setup"
    if program(name) or has_edge(name):
        return None
    return f"no browser: none of {', '.join(NAMES[name])} is installed"


def program(name: str) -> str | None:
    """Return the path of the first program that a browser is installed as."""
    return next(filter(None, map(shutil.which, NAMES[name])), None)


def has_edge(name: str) -> bool:
    """Tell whether this is Windows, whose own Chromium is on no path."""
    return name == "chromium" and sys.platform == "win32"


@contextmanager
def launched(name: str = CHOSEN):
    """Yield a headless browser that asks nobody for updates."""
    from playwright.sync_api import sync_playwright

    quiet = "--disable-background-networking --disable-component-update --no-sandbox"
    with sync_playwright() as play:
        if name == "chromium":
            options = {"args": quiet.split()}
            if has_edge(name) and not program(name):
                options["channel"] = "msedge"
        else:  # any Firefox; without this, only the one that Playwright built
            options = {"channel": "moz-firefox"}
        one = getattr(play, name).launch(executable_path=program(name), **options)
        yield one
        one.close()


def typed(field, text: str) -> None:
    """Type a text over what a field holds, key by key, as a user does."""
    field.click()
    field.press("ControlOrMeta+a")
    field.press_sequentially(text)


def free_port() -> int:
    """Return a port of this machine that nobody listens to."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
