"""Cards that say nonsense: one sentence at the start, or a service that answers."""

import json
import shutil

import httpx
import pytest

from app import network
from tests.app import serving
from tests.test_photos import encode, scene

KNOWN = json.loads(network.MODEL.with_suffix(".json").read_text(encoding="utf-8"))


def beside(folder, text: str):
    """Put a card beside the shipped network, in another folder; return the network."""
    path = folder / "mine.tflite"
    shutil.copy(network.MODEL, path)
    path.with_suffix(".json").write_text(text, encoding="utf-8")
    return path


UNREADABLE = ["", "{", "[1]", '"x"', "null", "3", "[" * 100_000]
UNREADABLE += [json.dumps(KNOWN | {"test_accuracy": float("nan")})]
UNREADABLE += [json.dumps(KNOWN | {"data": "\ud800"})]


@pytest.mark.parametrize("text", UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_card_that_is_none_is_one_sentence(text, tmp_path):
    with pytest.raises(ValueError, match="^mine.json cannot be read: write both with"):
        network.read_model(beside(tmp_path, text))


NAMES = [None, [], {}, "ten names", [[n] for n in range(10)], [None, *range(9)]]
NAMES += [[*range(9), 8], [*range(9), "8"], [True, *range(2, 11)]]


@pytest.mark.parametrize("names", NAMES, ids=map(str, NAMES))
def test_names_that_are_no_names_are_one_sentence(names, tmp_path):
    path = beside(tmp_path, json.dumps(KNOWN | {"class_names": names}))
    with pytest.raises(ValueError, match="^the card of mine.tflite names no classes, "):
        network.read_model(path)


@pytest.mark.parametrize("name", [None, [], {}, ["x"], True])
def test_a_model_without_a_name_is_called_as_its_file(name, tmp_path):
    path = beside(tmp_path, json.dumps(KNOWN | {"model": name}))
    assert network.read_model(path)[1]["model"] == "mine"


def test_numbers_are_names_too(tmp_path):
    card = KNOWN | {"class_names": [*range(9), 9.5], "model": 3}
    options = ("-m", "app", "--model", str(beside(tmp_path, json.dumps(card))))
    with serving.served(tmp_path / "log", options) as one:
        for where in ("/predict", "/explain"):
            answer = one.post(encode(scene(), "PNG"), where)
            assert answer.status_code == 200, answer.text
            assert list(answer.json()["scores"]) == [*map(str, range(9)), "9.5"]
            assert answer.json()["model"] == "3"
        assert httpx.get(f"{one.address}/model").json()["class_names"][9] == "9.5"
