"""The service's page in a real browser: drop, paste, keyboard, phone, dark mode.

Skipped with a reason where no browser is, unless REQUIRE_BROWSER is set.
"""

import base64
import os
import re

import numpy as np
import pytest

from app import uploads
from helpers import photos
from tests import browsers
from tests.test_photos import encode, scene

if browsers.missing() and not os.environ.get("REQUIRE_BROWSER"):
    pytest.skip(browsers.missing(), allow_module_level=True)

PHOTO = encode(scene(120, 160), "JPEG")
SAYS = re.compile(r"The network says: (\w+), score (\d\.\d\d)")
# what a person does with the mouse or the clipboard, given `kind` and `transfer`
SEND = """  const options = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { ...options, clipboardData: transfer })
    : new DragEvent("drop", { ...options, dataTransfer: transfer });
  document.getElementById("drop").dispatchEvent(event);
}"""

# with one file inside
GIVE = (
    """([kind, encoded]) => {
  const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "photo.jpg", { type: "image/jpeg" }));
"""
    + SEND
)

# a scroll bar takes its part of the width in Firefox
WIDTHS = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  return [innerWidth, scrollWidth - clientWidth];
}"""
PIXELS = """(id) => {
  const context = document.getElementById(id).getContext("2d");
  return [...context.getImageData(0, 0, 32, 32).data];
}"""


@pytest.fixture(scope="module")
def browser():
    with browsers.launched() as one:
        yield one


@pytest.fixture
def opened(browser, service):
    """Open the page in a fresh window; nothing may go wrong or leave the machine."""
    pages, faults = [], []

    def heard(text):
        # the browser's words for a refused photo
        if "status of 422" not in text and "status of 503" not in text:
            faults.append(text)

    def left(address):
        if not address.startswith((service.address, "blob:")):
            faults.append(address)

    def open_page(path="/", **options):
        page = browser.new_page(**options)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: heard(said.text))
        page.on("request", lambda asked: left(asked.url))
        # from the start: what Playwright switches on later may come too late
        page.on("filechooser", lambda _: None)
        page.goto(service.address + path)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert not faults


def give(page, kind: str, data: bytes = PHOTO) -> None:
    """Drop or paste a file."""
    page.evaluate(GIVE, [kind, base64.b64encode(data).decode()])


def expected(service) -> tuple[str, str]:
    found = service.post(PHOTO).json()
    return found["class"], f"{found['scores'][found['class']]:.2f}"


def answer(page) -> tuple[str, str]:
    """Wait for the answer and return class and score."""
    page.get_by_role("status").filter(has_text=SAYS).wait_for()
    assert page.locator("#result").is_visible()
    return SAYS.fullmatch(page.inner_text("[role=status]")).groups()


# what a script pastes in Firefox holds no file; what a person pastes there does
@pytest.mark.parametrize(
    "kind", ["drop", pytest.param("paste", marks=pytest.mark.chromium_alone)]
)
def test_a_photo_given_is_classified(opened, service, kind):
    page = opened()
    assert not page.locator("#result").is_visible()
    give(page, kind)
    assert answer(page) == expected(service)


def test_the_page_shows_pixels_bars_map_and_warning(opened, service):
    page = opened()
    give(page, "drop")
    answer(page)
    found = service.post(PHOTO, "/explain").json()
    seen = page.evaluate(PIXELS, "seen")
    flat = photos.load_photo(PHOTO).reshape(-1).tolist()
    assert [v for i, v in enumerate(seen) if i % 4 < 3] == flat
    looked = np.reshape(page.evaluate(PIXELS, "looked"), (32, 32, 4))
    drops = np.array(found["drops"])
    red_over_blue = looked[..., 0] - looked[..., 2]
    assert red_over_blue[drops == drops.max()].min() > 80  # orange
    assert np.corrcoef(red_over_blue.ravel(), drops.ravel())[0, 1] > 0.9
    lines = page.locator("tbody tr").all_inner_texts()
    assert [x.split() for x in lines] == [
        [name, f"{score:.2f}"] for name, score in found["scores"].items()
    ]
    bars = page.locator(".bar").all()
    longest = max(bar.bounding_box()["width"] for bar in bars)
    for bar, score in zip(bars, found["scores"].values(), strict=True):
        share = score / max(found["scores"].values())
        assert abs(bar.bounding_box()["width"] - share * longest) < 2
    largest = max(max(row) for row in found["drops"])
    assert f"(by {largest:.2f})" in page.inner_text("#where")
    said = page.inner_text("main")
    assert "A score is not a calibrated probability" in said
    assert "a photo of none of them still gets one" in said
    assert found["model_sha256"] in page.inner_text("footer")


def test_it_works_by_keyboard_alone(opened, service):
    for tabs, name in enumerate(("Choose a photo", "Take a photo"), 1):
        page = opened()
        for _ in range(tabs):
            page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == name
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"  # where the keyboard is can be seen
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Enter")
        file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}
        chooser.value.set_files(file)
        assert answer(page) == expected(service)


def test_what_is_wrong_is_said_and_the_next_photo_works(opened, service):
    page = opened()
    give(page, "drop", b"no picture")
    alert = page.get_by_role("alert")
    alert.filter(has_text="not a PNG, JPEG or WEBP picture").wait_for()
    assert not page.locator("#result").is_visible()
    give(page, "drop")
    assert answer(page) == expected(service)
    assert alert.inner_text() == ""


@pytest.mark.parametrize("body", ["Service Unavailable", "<h1>Bad gateway</h1>", "[]"])
def test_an_answer_that_is_no_json_is_told_by_its_number(opened, body):
    page = opened()
    page.route("**/explain", lambda route: route.fulfill(status=503, body=body))
    give(page, "drop")
    page.get_by_role("alert").filter(has_text="the answer was 503: try").wait_for()


def axe(page) -> list[str]:
    """Return what axe-core finds, minor things aside."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{x['id']}: {x['help']}" for x in found if x["impact"] != "minor"]


# the same with other contents: texts by their kind, files by name, kind and size
GIVE_OTHERS = (
    """([kind, texts, files]) => {
  const transfer = new DataTransfer();
  for (const [type, text] of texts) transfer.setData(type, text);
  for (const [name, type, size] of files) {
    transfer.items.add(new File([new Uint8Array(size)], name, { type }));
  }
"""
    + SEND
)
# what browsers hand over when a picture is dragged or copied out of another page
ELSEWHERE = {
    "address": [["text/uri-list", "https://example.org/cat.jpg"]],
    "picture": [["text/html", "<img src='https://example.org/cat.jpg'>"]],
    "name": [["text/plain", "C:/photos/cat.jpg"]],
    "nothing": [],
}


@pytest.mark.parametrize("kind", ["drop", "paste"])
@pytest.mark.parametrize("what", ELSEWHERE)
def test_a_link_is_no_photo_and_the_page_says_what_to_do(opened, kind, what):
    page = opened()
    page.evaluate(GIVE_OTHERS, [kind, ELSEWHERE[what], []])
    said = page.get_by_role("alert").inner_text()
    assert re.fullmatch(r"Sorry: that was a link .* save the picture as a file.*", said)


def test_an_answer_that_comes_late_does_not_hide_what_is_said_of_a_link(opened):
    page = opened()
    give(page, "drop")
    page.evaluate(GIVE_OTHERS, ["drop", ELSEWHERE["address"], []])
    page.wait_for_timeout(1000)
    assert "that was a link" in page.get_by_role("alert").inner_text()
    assert not page.locator("#result").is_visible()


def test_of_two_photos_one_is_read_and_the_page_says_which(opened):
    page = opened()
    pictures = [["a.txt", "text/plain", 9], ["b.png", "image/png", 9]]
    page.route("**/explain", lambda route: route.fulfill(status=503, body="[]"))
    page.evaluate(GIVE_OTHERS, ["drop", [], pictures])
    said = "Of these 2 files b.png alone is read: give one at a time."
    page.get_by_role("alert").filter(has_text="the answer was 503").wait_for()
    assert page.get_by_role("alert").inner_text().endswith(f". {said}")
    page.unroute("**/explain")
    two = GIVE.replace(
        "transfer.items.add", "for (const _ of [1, 2]) transfer.items.add"
    )
    page.evaluate(two, ["drop", base64.b64encode(PHOTO).decode()])
    answer(page)
    said = said.replace("b.png", "photo.jpg")
    assert page.get_by_role("alert").inner_text() == said
    assert axe(page) == []


def test_a_file_too_large_is_refused_before_it_is_sent(opened):
    page, sent = opened(), []
    page.on("request", lambda asked: sent.append(asked.url))
    large = ["large.jpg", "image/jpeg", uploads.MAX_PHOTO + 1]
    page.evaluate(GIVE_OTHERS, ["drop", [], [large]])
    said = "the photo has 17 MB, more than 16: make it smaller"
    page.get_by_role("alert").filter(has_text=said).wait_for()
    assert not [url for url in sent if url.endswith("/explain")]


def test_a_folder_is_told_from_a_photo(opened):
    page = opened()
    page.evaluate(
        "() => { Blob.prototype.arrayBuffer = () => Promise.reject(Error('folder')); }"
    )
    give(page, "drop")
    page.get_by_role("alert").filter(has_text="if it is a folder, choose").wait_for()


def test_the_limits_are_said_before_anybody_uploads(opened):
    """Page, description and server say the numbers that stand in app/uploads.py."""
    limits = "PNG, JPEG or WEBP, at most 16 MB and 51 megapixels "
    limits += "(WEBP 11, some progressive JPEGs 25)"
    assert uploads.LIMITS == limits
    assert limits in opened().inner_text("#drop")
    docs = opened("/docs")
    docs.get_by_text(f"field image: {limits}").first.wait_for()


@pytest.mark.parametrize(
    "scheme", ["light", pytest.param("dark", marks=pytest.mark.chromium_alone)]
)
def test_axe_finds_nothing_and_it_fits_a_phone(opened, scheme):
    phone = {"width": 390, "height": 800}
    page = opened(color_scheme=scheme, viewport=phone)
    assert axe(page) == []
    give(page, "drop", b"")
    page.get_by_role("alert").filter(has_text="empty").wait_for()
    assert axe(page) == []
    give(page, "drop")
    answer(page)
    assert axe(page) == []
    assert page.evaluate(WIDTHS) == [phone["width"], 0]
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) < 128) == (scheme == "dark")


def test_the_description_needs_nothing_from_outside(opened):
    page = opened("/docs", viewport={"width": 390, "height": 800})
    page.get_by_role("heading", name="POST /predict").wait_for()
    assert "503: The service is busy" in page.inner_text("#operations")
    assert "curl -F image=@photo.jpg http://127.0.0.1" in page.inner_text("main")
    assert axe(page) == []
    assert page.evaluate(WIDTHS) == [390, 0]
