"""What is said of a network, and which page is its own; without a server."""

import os
import re
from hashlib import sha256
from pathlib import Path

import pytest

from app import network

META = '<meta http-equiv="Content-Security-Policy" content="{}">'
CARD = {"class_names": ["a", "<b>", "c"], "size": 8}


def test_words_are_safe_in_html_and_leave_out_what_the_card_does_not_say():
    found = network.words(CARD, page=False)
    assert found == {
        "CLASSES": "a, &lt;b&gt; or c",
        "COUNT": 3,
        "SIZE": 8,
        "CARD": "",
        "NETWORK": "",
    }
    more = {"data": "x & y", "validation_accuracy": 0.5, "test_accuracy": 0.84321}
    found = network.words(CARD | more | {"limits": "<none>"}, page=True)
    assert found["CARD"] == (
        "trained on: x &amp; y; validation accuracy: 50.0 %; test accuracy: 84.3 %; "
        "limits: &lt;none&gt;"
    )
    assert found["NETWORK"].startswith('<p><a href="network">')


@pytest.mark.parametrize(
    "value, text",
    [
        (0.0, "0.0 %"),
        (1.0, "100.0 %"),
        (1.5, "1.5"),
        (-0.5, "-0.5"),
        (1, "1"),
        ("0.5", "0.5"),
    ],
)
def test_a_fraction_is_told_as_a_percentage(value, text):
    assert network._text(value) == text


def test_programs_read_what_is_shown_and_nothing_else():
    card = CARD | {"sha256": "x", "limits": "y", "source": "z"}
    assert network.told(card) == CARD | {"limits": "y"}


def page(policy="none"):
    return ("<html>" + META.format(policy)).encode()


def test_an_own_page_is_the_one_whose_hash_is_on_the_card(tmp_path):
    model = tmp_path / "mine.tflite"
    assert network.read_page(model, {}) is None
    model.with_suffix(".json").write_text("{}")
    model.with_suffix(".html").write_bytes(page())
    card = {"page_sha256": sha256(page()).hexdigest()}
    assert network.read_page(model, card) == (page(), "none")
    assert network.read_page(model, {}) is None
    model.with_suffix(".html").write_bytes(page("other"))
    assert network.read_page(model, card) is None


def test_a_page_without_its_policy_near_its_head_is_none(tmp_path):
    model = tmp_path / "mine.tflite"
    model.with_suffix(".json").write_text("{}")
    room = 4096 - len(META.format("none"))
    for before, found in (room, True), (room + 1, False):
        content = b" " * before + META.format("none").encode()
        model.with_suffix(".html").write_bytes(content)
        card = {"page_sha256": sha256(content).hexdigest()}
        assert bool(network.read_page(model, card)) == found


def test_the_shipped_networks_page_is_as_old_as_its_card_or_younger(
    tmp_path, monkeypatch
):
    model, made = tmp_path / "model.tflite", tmp_path / "page.html"
    monkeypatch.setattr(network, "MODEL", model)
    monkeypatch.setattr(network, "PAGE", made)
    model.with_suffix(".json").write_text("{}")
    made.write_bytes(page())
    os.utime(model.with_suffix(".json"), (1000, 1000))
    for seconds, found in (999, False), (1000, True), (1001, True):
        os.utime(made, (seconds, seconds))
        assert bool(network.read_page(model, {})) == found


def test_the_page_is_where_make_writes_it():
    root = network.MODEL.parents[2]
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    written = re.search(r"^PAGE := (.+)$", makefile, re.MULTILINE)[1]
    assert network.PAGE == root / written


def test_the_course_is_told_how_to_restore_its_own_network(tmp_path, monkeypatch):
    monkeypatch.setattr(network, "MODEL", tmp_path / "ours.tflite")
    for name, advice in ("ours", network.RESTORE), ("mine", network.OWN):
        with pytest.raises(ValueError) as refused:
            network.read_model(Path(f"{tmp_path}/{name}.tflite"))
        assert str(refused.value) == f"{name}.tflite is missing: {advice}"
