"""A student's network behind the service: its classes, its size, what is refused."""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from hashlib import sha256

import httpx
import numpy as np
import pytest

from app import network
from helpers import lite, models
from helpers.quiet import keras
from tests.app import serving
from tests.explorer.conftest import browser  # noqa: F401
from tests.test_photos import encode, scene
from tools import export_model

NAMES = ["mug", "<b>bowl</b>", "jug"]
CARD = {"class_names": NAMES, "data": "my kitchen", "validation_accuracy": 0.9}
PHOTO = encode(scene(120, 160), "JPEG")


def small(size=24, classes=3, activation="softmax", width=None, channels=3):
    """Build a network of a size that is not the course's."""
    keras.utils.set_random_seed(0)
    layers = [
        keras.Input((size, width or size, channels)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(4, 3, strides=4),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(classes, activation=activation),
    ]
    return keras.Sequential(layers)


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    path = tmp_path_factory.mktemp("mine") / "kitchen.keras"
    return models.save(small(), path, CARD)


def residual():
    """Build a functional network: an addition, a 1 x 1 projection, a global average."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    inputs = keras.Input((24, 24, 3))
    x = layers.Conv2D(4, 3, padding="same")(layers.Rescaling(1 / 255)(inputs))
    inner = layers.BatchNormalization()(layers.Conv2D(8, 3, 2, "same")(x))
    x = layers.ReLU()(layers.Add()([layers.Conv2D(8, 1, 2)(x), inner]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(x))


@pytest.fixture(scope="module")
def exported(mine):
    card, target = export_model.own(mine, None)
    return target


@pytest.fixture(scope="module")
def service(exported, tmp_path_factory):
    log = tmp_path_factory.mktemp("own") / "log"
    with serving.served(log, ("-m", "app", "--model", str(exported))) as one:
        yield one


def copied(exported, target):
    """Put what the export wrote elsewhere; return its network there."""
    for suffix in (".tflite", ".json", ".html"):
        shutil.copy(exported.with_suffix(suffix), target.with_suffix(suffix))
    return target


def test_it_answers_with_the_students_classes(service, mine):
    found = service.post(PHOTO, "/explain").json()
    assert list(found["scores"]) == NAMES and found["class"] in NAMES
    pixels = np.array(found["pixels"], np.uint8)
    assert pixels.shape == (24, 24, 3) and np.shape(found["drops"]) == (24, 24)
    scores = keras.saving.load_model(mine).predict(pixels[None], verbose=0)[0]
    assert list(found["scores"].values()) == pytest.approx(scores.tolist(), abs=1e-5)
    assert found["model"] == "kitchen"


def test_the_card_is_shown_and_told(service):
    told = httpx.get(service.address + "/model").json()
    assert told["class_names"] == NAMES and told["size"] == 24
    assert told["validation_accuracy"] == 0.9 and told["data"] == "my kitchen"
    page = httpx.get(service.address).text
    assert "mug, &lt;b&gt;bowl&lt;/b&gt; or jug" in page and "airplane" not in page
    assert "trained on: my kitchen; validation accuracy: 90.0 %" in page


def test_the_page_names_the_students_class(service, browser):  # noqa: F811
    wanted = service.post(PHOTO).json()["class"]
    page = browser.new_page()
    page.goto(service.address)
    given = {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}
    page.locator("#file").set_input_files(given)
    status = page.locator("#status")
    status.get_by_text(re.compile(f"says: {re.escape(wanted)}, score")).wait_for()
    assert "the scores of the 3 classes" in page.content().lower()


def test_it_serves_the_page_of_its_own_network(service, exported):
    answer = httpx.get(service.address + "/network")
    assert answer.status_code == 200 and answer.content == (
        exported.with_suffix(".html").read_bytes()
    )
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert policy.endswith("; frame-ancestors 'none'") and "unsafe" not in policy
    head = httpx.head(service.address + "/network")
    assert (head.status_code, head.content) == (200, b"")


def test_the_page_of_the_network_computes_the_services_scores(service, browser):  # noqa: F811
    wanted = service.post(PHOTO).json()["scores"]
    faults, asked = [], []
    page = browser.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text))
    page.goto(service.address)
    page.get_by_role("link", name="Every number of this network").click()
    page.wait_for_url("**/network")
    page.on("request", lambda request: asked.append(request.url))
    before = page.evaluate("() => [...state.photo.data].join()")
    given = {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}
    page.locator("#file").set_input_files(given)
    change = "(old) => [...state.photo.data].join() !== old"
    page.wait_for_function(change, arg=before)
    found = page.evaluate("() => [...state.outputs[state.steps.length].data]")
    assert page.title() == "What kitchen sees"
    assert found == pytest.approx(list(wanted.values()), abs=2e-3)
    assert not faults and all(url.startswith(("data:", "blob:")) for url in asked)


def test_without_its_own_page_there_is_a_sentence_and_no_link(exported, tmp_path):
    copied(exported, tmp_path / "mine.tflite").with_suffix(".html").unlink()
    other = exported.with_suffix(".html").read_bytes().replace(b"kitchen", b"garden")
    for content in (None, other):
        if content:
            (tmp_path / "mine.html").write_bytes(content)
        program = ("-m", "app", "--model", str(tmp_path / "mine.tflite"))
        with serving.served(tmp_path / "log", program) as one:
            answer = httpx.get(one.address + "/network")
            assert answer.status_code == 404
            assert "there is no page of this network here" in answer.json()["detail"]
            assert "Every number" not in httpx.get(one.address).text
            nothing = httpx.get(one.address + "/no").json()["detail"]
            assert "there is nothing at this address" in nothing


def test_a_network_that_no_page_computes_is_exported_without(tmp_path, capsys):
    model, shape = small(), keras.Input((24, 24, 3))
    model = keras.Sequential(
        [shape, *model.layers[:2], keras.layers.LeakyReLU(), *model.layers[2:]]
    )
    card, target = export_model.own(
        models.save(model, tmp_path / "x.keras", CARD), None
    )
    assert "page_sha256" not in card and not target.with_suffix(".html").exists()
    said = capsys.readouterr().out
    assert said.startswith(
        "the service will show no page of the network: the page cannot"
    )
    export_model.own(models.save(small(), tmp_path / "x.keras", CARD), target)
    assert target.with_suffix(".html").exists()
    export_model.own(models.save(model, tmp_path / "x.keras", CARD), target)
    assert not target.with_suffix(".html").exists()  # that was another network's


def test_a_residual_network_is_served_with_its_page(tmp_path):
    path = models.save(residual(), tmp_path / "skips.keras", CARD)
    card, target = export_model.own(path, None)
    assert card["largest_difference"] <= 1e-5 and "page_sha256" in card
    program = ("-m", "app", "--model", str(target))
    with serving.served(tmp_path / "log", program) as one:
        assert list(one.post(PHOTO).json()["scores"]) == NAMES
        answer = httpx.get(one.address + "/network")
        assert answer.status_code == 200 and b'"kind": "add"' in answer.content


def test_the_shipped_networks_page_must_be_younger_than_its_card(exported, monkeypatch):
    page, card = exported.with_suffix(".html"), network.MODEL.with_suffix(".json")
    monkeypatch.setattr(network, "PAGE", page)
    assert network.read_page(network.MODEL, {})[0] == page.read_bytes()
    kept, age = page.stat(), card.stat().st_mtime - 1
    os.utime(page, (age, age))
    assert network.read_page(network.MODEL, {}) is None
    os.utime(page, (kept.st_atime, kept.st_mtime))


def test_a_keras_file_is_exported_by_itself_and_nothing_of_it_changes(mine, tmp_path):
    before = {p: p.read_bytes() for p in mine.parent.iterdir()}
    program = ("-m", "app", "--model", str(mine))
    with serving.served(tmp_path / "log", program) as one:
        assert one.post(PHOTO).json()["model"] == "kitchen"
    assert {p: p.read_bytes() for p in before} == before


def test_export_agrees_with_keras_and_says_so_on_the_card(exported, mine):
    card = json.loads(exported.with_suffix(".json").read_text(encoding="utf-8"))
    assert card["sha256"] == sha256(exported.read_bytes()).hexdigest()
    assert card["source_sha256"] == sha256(mine.read_bytes()).hexdigest()
    assert card["class_names"] == NAMES and card["largest_difference"] <= 1e-5


def test_an_export_replaces_what_an_export_wrote(mine, exported, tmp_path):
    target = copied(exported, tmp_path / "again.tflite")
    before = target.stat().st_ino
    export_model.own(mine, target)
    assert target.stat().st_ino != before
    network.read_model(target)


@pytest.mark.parametrize("which", ["tflite", "json", "html", "changed", "page"])
def test_what_somebody_else_put_there_is_never_replaced(
    which, mine, exported, tmp_path
):
    target = tmp_path / "mine.tflite"
    if which in ("changed", "page"):
        copied(exported, target)
        spoiled = target if which == "changed" else target.with_suffix(".html")
        spoiled.write_bytes(b"my own")
    else:
        target.with_suffix(f".{which}").write_bytes(b"my own")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="was not written by an export: move them"):
        export_model.own(mine, target)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


@functools.cache
def converted(**settings):
    return export_model.convert(small(**settings))


def saved(folder, content, names):
    """Save a network and its card as an export does, without its checks."""
    path = folder / "mine.tflite"
    path.write_bytes(content)
    card = {"sha256": sha256(content).hexdigest(), "class_names": names}
    path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    return path


REFUSED = {
    "no softmax": "gives no probabilities: end the network with a softmax",
    "wrong names": "gives 3 scores, its card names 2 classes",
    "a size too large": "takes images of 513 x 513 pixels: .* at most 512",
    "no square": "takes images of 24 x 20 pixels",
    "no colours": "is no image classifier",
    "no classifier": "is no image classifier",
    "twice the same name": "names no classes, each once",
    "no card": "mine.json is missing: write both with",
    "no model": "mine.tflite is missing",
    "no hash": "has an unknown hash",
    "no JSON": "mine.json cannot be read",
    "no LiteRT": "is no LiteRT model",
}


def spoiled(case, folder):
    """Make a model that cannot be served, and its card."""
    if case == "no classifier":
        layers = [keras.Input((24, 24, 3)), keras.layers.Conv2D(3, 3)]
        model = keras.Sequential(layers)
        return saved(folder, export_model.convert(model), NAMES)
    settings = {"no softmax": {"activation": None}, "a size too large": {"size": 513}}
    settings |= {"no square": {"width": 20}, "no colours": {"channels": 1}}
    names = {"wrong names": ["a", "b"], "twice the same name": ["a", "a", "b"]}
    content = converted(**settings.get(case, {}))
    path = saved(folder, content, names.get(case, NAMES))
    card = path.with_suffix(".json")
    if case in ("no card", "no model"):
        (card if case == "no card" else path).unlink()
    if case == "no hash":
        card.write_text(json.dumps({"class_names": NAMES}))
    if case == "no JSON":
        card.write_text("{")
    if case == "no LiteRT":
        path.write_bytes(b"x" * 99)
        digest = sha256(b"x" * 99).hexdigest()
        card.write_text(json.dumps({"class_names": NAMES, "sha256": digest}))
    return path


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_served_is_refused_in_one_sentence(case, tmp_path):
    path = spoiled(case, tmp_path)
    with pytest.raises(ValueError, match=REFUSED[case]) as caught:
        network.read_model(path)
    assert "\n" not in str(caught.value)


def test_the_largest_size_is_served(tmp_path):
    _, card = network.read_model(saved(tmp_path, converted(size=512), NAMES))
    assert card["size"] == 512


def test_a_network_that_is_sure_of_itself_is_served(tmp_path):
    """In float32 the scores of the other classes are 0."""
    model = small()
    model.layers[-1].bias.assign([999, 0, 0])
    path = saved(tmp_path, export_model.convert(model), NAMES)
    content, _ = network.read_model(path)
    black = np.zeros((1, 24, 24, 3), np.uint8)
    assert lite.scores(lite.interpreter(content), black).tolist() == [[1, 0, 0]]


def test_a_keras_file_that_was_changed_or_has_no_card_is_not_opened(mine, tmp_path):
    copy = tmp_path / "mine.keras"
    copy.write_bytes(mine.read_bytes())
    with pytest.raises(ValueError, match="mine.json is missing: models.save"):
        export_model.own(copy, None)
    copy.with_suffix(".json").write_bytes(mine.with_suffix(".json").read_bytes())
    copy.write_bytes(mine.read_bytes() + b"x")
    with pytest.raises(ValueError, match="mine.json does not describe mine.keras"):
        export_model.own(copy, None)


KILLED = """
import os, sys
from pathlib import Path
from tools import export_model
move, moves = os.replace, []
def stop(*given):
    if len(moves) == 1 and "ready" in str(given[0]):
        os.kill(os.getpid(), 9)
    moves.extend(["ready"] if "ready" in str(given[0]) else [])
    move(*given)
os.replace = stop
export_model.own(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.skipif(os.name == "nt", reason="no such kill")
def test_an_export_killed_between_two_moves_is_ended_by_the_next(exported, tmp_path):
    target = copied(exported, tmp_path / "served.tflite")
    other = models.save(small(size=32), tmp_path / "other.keras", CARD)
    run = [sys.executable, "-c", KILLED, str(other), str(target)]
    assert subprocess.run(run, capture_output=True).returncode == -9
    export_model.own(other, target)
    content, card = network.read_model(target)
    assert card["size"] == 32
    kept = {f"served.{end}" for end in ("tflite", "json", "html")}
    assert {p.name for p in tmp_path.iterdir()} - {"other.keras", "other.json"} == kept
