"""Pages do in WebKit what they do in Chromium, where the two were seen to differ.

WebKit is the engine of Safari and of every browser on an iPhone; here it is Debian's
`webkit2gtk-driver` on a screen of `xvfb`, and Selenium, which `make prove` installs. It
has no touch and no camera: what only a phone does is not tested. Skipped with a reason
where one of these is not installed, unless REQUIRE_WEBKIT is set.
"""

import base64
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from helpers import data, explorer, layers, models, photos
from tests.explorer.test_page import IMAGES, NAMES, rounded
from tests.explorer.test_scores import RUN
from tests.explorer.test_toys import FALLING
from tests.test_photos import encode, scene
from tests.tools.test_book import NUMBER, asked_page
from tests.tools.test_questions import HELD, ITEMS
from tests.tools.test_slides import folder, needs_reveal  # noqa: F401
from tools.questions import sheets
from tools.slides import deck

NEEDED = "WebKitWebDriver", "Xvfb"
BROWSERS = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
# else the window's toolbar keeps a page from being narrower than 447 pixels
NARROW = """toolbar, toolbar *, headerbar *, entry, toolbutton button, button {
  min-width: 0; min-height: 0; padding: 0; margin: 0; border: 0; font-size: 1px }
entry image, button image { -gtk-icon-transform: scale(0); min-width: 0 }"""
PHONE = 390, 844
ENTER = "\ue007"  # WebDriver's name of the key


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
    if reason := missing():
        (pytest.fail if os.environ.get("REQUIRE_WEBKIT") else pytest.skip)(reason)
    from selenium import webdriver

    home = tmp_path_factory.mktemp("webkit")
    (home / "gtk-3.0").mkdir()
    (home / "gtk-3.0" / "gtk.css").write_text(NARROW)
    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(BROWSERS[-1])
    options.add_argument("--automation")
    with screen() as display:
        env = os.environ | {"DISPLAY": display, "XDG_CONFIG_HOME": str(home)}
        env["GDK_BACKEND"] = "x11"  # not the desktop's Wayland
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


def until(page, condition: str, *given):
    """Wait until this is true in the page; return it."""
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(page, 20).until(
        lambda page: page.execute_script(f"return {condition}", *given)
    )


def one(page, selector: str):
    return page.find_element("css selector", selector)


def typed(page, selector: str, *keys: str) -> None:
    """Type over what a field holds, as a user does."""
    from selenium.webdriver import ActionChains, Keys

    one(page, selector).click()
    hands = ActionChains(page)
    hands.key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL)
    hands.send_keys(*keys).perform()


def fits(page) -> bool:
    return page.execute_script(
        "return document.documentElement.scrollWidth <= innerWidth"
    )


def test_a_networks_page_computes_what_keras_computes(opened, tmp_path):
    for kind in ("cnn", "fast_cnn"):
        model = models.load_trained("cifar10", kind)
        page = opened(explorer.write(model, tmp_path / "x.html", NAMES), *PHONE)
        until(page, "document.querySelector('.bars li')")
        encoded = base64.b64encode(np.stack(IMAGES).tobytes()).decode()
        found, _ = page.execute_script(f"return ({RUN})(arguments[0])", encoded)
        wanted = rounded(model).predict(IMAGES, verbose=0)
        assert np.abs(np.array(found) - wanted).max() < 1e-4
        assert fits(page)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_a_photo_arrives_as_helpers_photos_prepares_it(opened, tmp_path, name):
    path = tmp_path / f"p.{name.lower()}"
    path.write_bytes(encode(scene(90, 60), name))
    page = opened(explorer.write(models.build_cnn(), tmp_path / "x.html", NAMES))
    before = page.execute_script("return [...state.photo.data]")
    one(page, "#file").send_keys(str(path))
    until(page, "state.photo.data.some((v, i) => v !== arguments[0][i])", before)
    found = np.array(page.execute_script("return [...state.photo.data]"))
    assert np.abs(found - photos.load_photo(path).ravel().astype(int)).max() <= 1


def test_a_typed_weight_and_a_click_that_ends_it_both_count(opened, tmp_path):
    page = opened(explorer.toy("kernel").save(tmp_path / "k.html"), 320, 844)
    assert fits(page)
    typed(page, "[aria-label='kernel 0, 2']", "4")
    one(page, "[aria-label='row 3, column 0: 0']").click()
    until(page, "document.querySelector(\"[aria-label='row 3, column 0: 1']\")")
    picture, kernel = data.cross().copy(), FALLING.copy()
    picture[3, 0], kernel[0, 2] = 1, 4
    wanted = layers.conv2d(picture[..., None], kernel[..., None, None])[..., 0]
    told = page.execute_script(
        "return [...document.querySelectorAll('table')].at(-1).innerText"
    )
    told = told.replace("\u2212", "-").split()[-wanted.size :]
    numbers = [float(text) for text in told]
    assert numbers == wanted.ravel().tolist()


def test_votes_stay_large_while_a_key_is_held(opened, tmp_path):
    (tmp_path / "votes.html").write_text(sheets.votes(ITEMS), encoding="utf-8")
    page = opened(tmp_path / "votes.html")
    page.execute_script(
        "window.faults = []; onerror = (told) => { faults.push(told); }"
    )
    page.execute_script(HELD)  # by a script: 120 keys of WebDriver may take too long
    until(page, "location.hash === `#${votes[120].id}`")
    assert page.execute_script("return faults") == []
    size = page.execute_script("return parseFloat(votes[120].style.fontSize)")
    page.execute_script("show(120)")
    assert size == page.execute_script("return parseFloat(votes[120].style.fontSize)")
    page = opened(tmp_path / "votes.html", *PHONE)
    wide = "votes.map((_, k) => (show(k), document.documentElement.scrollWidth))"
    assert max(page.execute_script(f"return {wide}")) <= PHONE[0]


@needs_reveal
def test_the_options_of_a_vote_begin_at_one_height(opened, folder):  # noqa: F811
    seen = 0
    for name in deck.chosen():
        page = opened(folder / f"{name}.html")
        until(page, "window.Reveal && Reveal.isReady()")
        tops = page.execute_script(
            "return Reveal.getSlides().map((slide) => {"
            "  Reveal.slide(...Object.values(Reveal.getIndices(slide)).slice(0, 2));"
            "  return [...slide.querySelectorAll('.vote > li')].map("
            "    (one) => one.getBoundingClientRect()).map((r) => [r.left, r.top]);"
            "})"
        )
        for slide in filter(None, tops):
            first = {}  # of each column the highest
            for left, top in slide:
                first[left] = min(top, first.get(left, top))
            assert max(first.values()) - min(first.values()) < 1, (name, slide)
            seen += len(first) == 2
    assert seen > 50


def test_a_right_answer_uncovers_what_the_book_covered(opened, tmp_path):
    page = opened(asked_page(tmp_path, NUMBER), *PHONE)
    assert "the answer" not in one(page, "main").text
    typed(page, "input", "five", ENTER)
    until(page, "document.querySelector('main').innerText.includes('Right.')")
    assert "the answer" in one(page, "main").text
