"""Pages do in WebKit what they do in Chromium, where the two were seen to differ."""

import base64

import numpy as np
import pytest

from helpers import data, explorer, layers, models, photos
from tests.explorer.test_page import IMAGES, NAMES, rounded
from tests.explorer.test_scores import RUN
from tests.explorer.test_toys import FALLING
from tests.test_photos import encode, scene
from tests.tools.test_book import NUMBER, asked_page
from tests.tools.test_questions import ITEMS
from tests.tools.test_slides import folder, needs_reveal  # noqa: F401
from tools.questions import sheets
from tools.slides import deck

PHONE = 390, 844
ENTER, ARROW_RIGHT = "\ue007", "\ue014"  # WebDriver's names of the keys


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
    one(page, "body").send_keys(ARROW_RIGHT * 120)
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
