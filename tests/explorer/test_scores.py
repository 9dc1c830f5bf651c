"""Validation images through the page, against Keras; and how long that takes.

`TEST_IMAGES=500 pytest -s tests/explorer/test_scores.py` takes more of them and prints
what was found.
"""

import base64
import os
from functools import cache

import numpy as np
import pytest

from helpers import data, explorer, models
from tests.explorer.test_page import rounded

COUNT = int(os.environ.get("TEST_IMAGES", 20))
REAL = os.environ.get("CIFAR10_DIR")
NAMES = [f"class {k}" for k in range(10)]
# the network of the page, for images that lie one behind the other
RUN = """(encoded) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const [shape, size] = [[32, 32, 3], 32 * 32 * 3];
  const [scores, began] = [[], performance.now()];
  for (let at = 0; at < bytes.length; at += size) {
    const image = Float32Array.from(bytes.subarray(at, at + size));
    const outputs = forward(state.steps, tensor(shape, image));
    scores.push([...outputs[state.steps.length].data]);
  }
  return [scores, (performance.now() - began) / scores.length];
}"""
# a weight of the first convolution is changed, until a frame after the next has come
CHANGE = """async (value) => {
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  const field = document.querySelector("#parts input");
  field.value = value;
  field.dispatchEvent(new Event("change"));
  await frame();
  await frame();
}"""


@cache
def validation(data_name):
    """Return validation images; the drawings where CIFAR-10 is not at hand."""
    at_hand = data_name != "cifar10" or REAL
    return data.load_images(data_name if at_hand else "emoji").validation.images[:COUNT]


@pytest.fixture
def shown(open_file, tmp_path):
    """Open the page of a shipped network."""

    def open_page(data_name, kind):
        model = models.load_trained(data_name, kind)
        images = validation(data_name)
        path = explorer.write(model, tmp_path / "x.html", NAMES, images[:1])
        page = open_file(path)
        page.wait_for_selector(".bars li")
        return page, rounded(model), images

    return open_page


@pytest.mark.parametrize("kind", ["cnn", "fast_cnn"])
@pytest.mark.parametrize("data_name", ["cifar10", "digits"])
def test_the_scores_of_validation_images_are_those_of_keras(shown, data_name, kind):
    page, model, images = shown(data_name, kind)
    found, ms = page.evaluate(RUN, base64.b64encode(images.tobytes()).decode())
    wanted = model.predict(images, verbose=0)
    gap = np.abs(np.array(found) - wanted).max()
    same = (np.argmax(found, axis=1) == wanted.argmax(axis=1)).sum()
    told = f"{len(images)} images, at most {gap:.1e} apart, {same} answers the same"
    print(f"\n{kind} of {data_name}: {told}, {ms:.0f} ms an image")
    assert len(found) == len(images) and gap < 1e-4


class Clock:
    """Reads the processor time of a page's thread, which no other program uses."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def ms(self):
        """Return the milliseconds so far."""
        found = self.session.send("Performance.getMetrics")["metrics"]
        (seconds,) = [one["value"] for one in found if one["name"] == "ThreadTime"]
        return 1000 * seconds

    def least(self, work, often=7):
        """Return the least milliseconds that `work(n)` takes, of so many times."""
        times = []
        for n in range(often):
            began = self.ms()
            work(n)
            times.append(self.ms() - began)
        return min(times)


def reopened(page):
    page.reload()
    page.wait_for_selector(".bars li")


@pytest.mark.chromium_alone
@pytest.mark.parametrize("kind, most", [("cnn", 60), ("fast_cnn", 150)])
def test_it_answers_while_one_watches(shown, kind, most):
    """Four times what it takes on two quiet cores is granted, of processor time."""
    page, _, images = shown("cifar10", kind)
    clock = Clock(page)
    opened = clock.least(lambda n: reopened(page), 1)
    one = base64.b64encode(images[:1].tobytes()).decode()
    forward = clock.least(lambda n: page.evaluate(RUN, one))
    page.get_by_role("button", name="of conv2d").or_(
        page.get_by_role("button", name="of whitening")
    ).first.click()
    changed = clock.least(lambda n: page.evaluate(CHANGE, str(n / 10)))
    times = f"opened in {opened:.0f} ms, forward {forward:.0f} ms, "
    print(f"\n{kind}: {times}a weight changed to pixels changed {changed:.0f} ms")
    assert 0 < opened < 4000
    assert 0 < forward < 4 * most and 0 < changed < 4 * (most + 40)
