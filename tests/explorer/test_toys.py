"""The small pages show the numbers of the course's own layers."""

import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from helpers import data, explorer, layers
from helpers.explorer import toys
from tests.browsers import typed

FALLING = 3 * np.eye(3, dtype=int) - 1


@pytest.fixture
def opened(open_file, tmp_path):
    """Open a toy from the file that it saves."""
    return lambda name, **options: open_file(
        explorer.toy(name).save(tmp_path / f"{name}.html"), **options
    )


def table(page, caption):
    """Return the numbers of a table, by its caption."""
    found = page.locator("table", has=page.get_by_text(caption, exact=True))
    rows = [row.locator("td").all_text_contents() for row in found.locator("tr").all()]
    return np.array([[float(v.replace("\u2212", "-")) for v in row] for row in rows])


def numbers(page):
    text = page.locator("#toy-said").text_content().replace("\u2212", "-")
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


def test_the_kernel_editor_is_our_convolution(opened):
    page = opened("kernel")
    typed(page.get_by_label("kernel 0, 2"), "4")
    page.get_by_label("kernel 0, 2").press("Enter")
    page.get_by_label("row 3, column 0: 0").click()
    picture, kernel = data.cross().copy(), FALLING.copy()
    picture[3, 0], kernel[0, 2] = 1, 4
    wanted = layers.conv2d(picture[..., None], kernel[..., None, None])[..., 0]
    assert (table(page, "feature map") == wanted).all()
    assert numbers(page)[-1] == wanted.max()
    assert page.evaluate("document.activeElement.ariaLabel") == "row 3, column 0: 1"


def test_a_tap_that_ends_the_change_of_a_weight_counts(opened):
    page = opened("kernel")
    typed(page.get_by_label("kernel 0, 2"), "4")
    page.get_by_label("row 3, column 0: 0").click()
    picture, kernel = data.cross().copy(), FALLING.copy()
    picture[3, 0], kernel[0, 2] = 1, 4
    wanted = layers.conv2d(picture[..., None], kernel[..., None, None])[..., 0]
    page.wait_for_function("() => document.activeElement.ariaLabel.endsWith(': 1')")
    assert (table(page, "feature map") == wanted).all()


def test_a_shift_under_pooling_is_counted(opened):
    page = opened("pooling")
    start = table(page, "8 \u00d7 8")
    page.get_by_role("button", name="shift \u2192").click()
    moved = table(page, "8 \u00d7 8")
    assert (moved[:, 1:] == start[:, :-1]).all()
    pooled = [layers.max_pool2d(rows[..., None])[..., 0] for rows in (start, moved)]
    assert (table(page, "after 2 \u00d7 2 max pooling") == pooled[1]).all()
    changed = [(start != moved).sum(), (pooled[0] != pooled[1]).sum()]
    assert numbers(page) == [1, changed[0], 64, changed[1], 16]


def test_three_sliders_are_our_softmax(opened):
    page = opened("softmax")
    page.get_by_label("score of dog").fill("4.5")
    page.get_by_label("temperature").fill("2")
    wanted = layers.softmax(np.array([2, 4.5, 0]) / 2)
    assert numbers(page)[-3:] == pytest.approx(wanted, abs=0.0006)


@pytest.mark.parametrize("rate", [0.5, 2.1])
def test_steps_of_gradient_descent(opened, rate):
    page, weight = opened("descent"), 4.0
    page.get_by_label("learning rate").fill(str(rate))
    for _ in range(3):
        page.get_by_role("button", name="Step").click()
        weight -= rate * weight
    step, shown, loss = numbers(page)[:3]
    assert step == 3 and shown == pytest.approx(weight, rel=0.01)
    assert loss == pytest.approx(weight**2 / 2 + 1, rel=0.01)


def test_the_network_is_that_of_notebook_6(opened):
    page = opened("network")
    page.get_by_label("row 5, column 1: 0").click()
    picture = np.eye(7, dtype=int)
    picture[5, 1] = 1
    kernels = np.stack([FALLING, FALLING[:, ::-1]], axis=-1)[:, :, None]
    maps = layers.relu(layers.conv2d(picture[..., None], kernels))
    features = layers.flatten(layers.max_pool2d(maps))
    for_falling = np.array([1, -1] * 4)
    weights = np.stack([for_falling, -for_falling, np.ones(8, int)], axis=1)
    scores = layers.dense(features, weights, np.array([0, 0, -20]))
    for k, name in enumerate(["falling", "rising"]):
        assert (table(page, f"convolution and ReLU, {name}") == maps[..., k]).all()
    assert (table(page, "flattened") == features).all()
    assert (table(page, "dense") == scores).all()
    assert numbers(page)[-3:] == pytest.approx(layers.softmax(scores), abs=0.0006)


@pytest.mark.parametrize("name", toys.TITLES)
def test_no_serious_fault_of_access_on_a_phone(opened, name):
    page = opened(name, viewport={"width": 390, "height": 720}, color_scheme="dark")
    found = Axe().run(page).response["violations"]
    assert not [v["id"] for v in found if v["impact"] in ("serious", "critical")], found
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 720})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_frame_in_a_notebook_holds_the_page(open_file, tmp_path):
    frame = explorer.toy("softmax")._repr_html_()
    holder = tmp_path / "notebook.html"
    holder.write_text(f"<!DOCTYPE html><p>a cell</p>{frame}", encoding="utf-8")
    page = open_file(holder)
    said = page.frame_locator("iframe").locator("#toy-said")
    said.get_by_text("Powers").wait_for()


def test_show_gives_a_file_back(tmp_path):
    path = explorer.toy("kernel").save(tmp_path / "k.html")
    assert explorer.show(path).text == path.read_text(encoding="utf-8")


def test_a_toy_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no toy 'car'; there are: kernel, pooling"):
        explorer.toy("car")


def test_a_frame_is_as_high_as_its_page_or_as_told(tmp_path):
    path = explorer.toy("kernel").save(tmp_path / "k.html")
    frames = explorer.toy("kernel"), explorer.show(path), explorer.show(path, 300)
    heights = [re.search('height="(.*?)"', x._repr_html_())[1] for x in frames]
    assert heights == ["560", "720", "300"]
