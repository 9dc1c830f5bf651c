"""WebKit, the engine of Safari and of every browser on an iPhone.

Debian's `webkit2gtk-driver` and `xvfb`, and Selenium, which `make prove` installs. It
has no touch, and no camera: what only a phone does is not tested here. Skipped with a
reason where one of these is not installed, unless REQUIRE_WEBKIT is set.
"""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

NEEDED = "WebKitWebDriver", "Xvfb"
BROWSERS = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
# else the window's toolbar keeps a page from being narrower than 447 pixels
NARROW = """toolbar, toolbar *, headerbar *, entry, toolbutton button, button {
  min-width: 0; min-height: 0; padding: 0; margin: 0; border: 0; font-size: 1px }
entry image, button image { -gtk-icon-transform: scale(0); min-width: 0 }"""


def missing() -> str | None:
    """Say what keeps WebKit from running here, if anything does."""
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "selenium is not installed: make prove"
    gone = [name for name in NEEDED if not shutil.which(name)]
    if gone or not BROWSERS:
        return f"no {(*gone, 'MiniBrowser')[0]}: Debian's webkit2gtk-driver and xvfb"
    return None


@contextmanager
def screen():
    """Yield the name of an X screen that nobody sees; X takes one that is free."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x1100x24"]
    one = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as told:
            yield f":{told.readline().strip()}"
    finally:
        one.terminate()
        one.wait(10)


@pytest.fixture(scope="session")
def webkit(tmp_path_factory):
    """Yield Selenium's driver of a WebKit with settings of its own."""
    if missing() and not os.environ.get("REQUIRE_WEBKIT"):
        pytest.skip(missing())
    from selenium import webdriver

    folder = tmp_path_factory.mktemp("webkit")
    (folder / "gtk-3.0").mkdir()
    (folder / "gtk-3.0" / "gtk.css").write_text(NARROW)
    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(BROWSERS[-1])
    options.add_argument("--automation")
    with screen() as display:
        env = os.environ | {"DISPLAY": display, "XDG_CONFIG_HOME": str(folder)}
        env["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"  # as root, in containers
        service = webdriver.WebKitGTKService(shutil.which(NEEDED[0]), env=env)
        one = webdriver.WebKitGTK(options=options, service=service)
        one.set_script_timeout(60)
        try:
            yield one
        finally:
            one.quit()


@pytest.fixture
def opened(webkit):
    """Open a file; its page, not the window, is so many pixels wide and high."""

    def open_page(path, width=1280, height=720):
        webkit.get(path.as_uri())
        webkit.set_window_size(width, height)
        for _ in range(50):  # it takes its time
            inner = webkit.execute_script("return [innerWidth, innerHeight]")
            if inner == [width, height]:
                return webkit
            now = webkit.get_window_size()
            wider, higher = width - inner[0], height - inner[1]
            webkit.set_window_size(now["width"] + wider, now["height"] + higher)
            time.sleep(0.1)
        pytest.fail(f"the page is {inner}, not {width} x {height} pixels large")

    return open_page
