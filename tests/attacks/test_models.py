"""Model files of strangers: nothing in them runs, and none fills disk or memory."""

import base64
import json
import marshal
import os
import types
import zipfile
from hashlib import sha256

import pytest
from packaging.version import Version

from helpers import models, results
from helpers.quiet import keras
from tools import export_model

SHAPE = (4, 4, 3)


def layer(name: str, **config) -> dict:
    """Return how a file describes a layer of Keras."""
    about = {"module": "keras.layers", "class_name": name, "registered_name": None}
    return about | {"config": {"name": "foreign"} | config}


def function(module: str, name: str) -> dict:
    """Return how a file describes a function."""
    about = {"class_name": "function", "module": module, "config": name}
    return about | {"registered_name": name}


def marshalled(harm) -> dict:
    """Return a lambda as Keras stores it, here one that makes a folder."""
    source = f"lambda x: __import__('os').mkdir({str(harm)!r}) or x"
    (code,) = (
        it
        for it in compile(source, "x", "eval").co_consts
        if isinstance(it, types.CodeType)
    )
    stored = base64.b64encode(marshal.dumps(code)).decode()
    config = {"code": stored, "defaults": None, "closure": None}
    return {"class_name": "__lambda__", "config": config}


FOREIGN = {
    "a lambda": lambda harm: layer("Lambda", function=marshalled(harm)),
    "os.mkdir as a layer": lambda harm: layer(
        "Lambda", function=function("os", "mkdir")
    ),
    "os.system as an activation": lambda harm: layer(
        "Activation", activation=function("os", "system")
    ),
    "keras.utils.get_file": lambda harm: layer(
        "Lambda",
        function=function("keras.utils", "get_file"),
        arguments={"fname": str(harm), "origin": "file:///etc/passwd"},
    ),
    "a class of Python": lambda harm: {
        "module": "subprocess",
        "class_name": "Popen",
        "registered_name": None,
        "config": {"args": ["mkdir", str(harm)]},
    },
    "a SavedModel elsewhere": lambda harm: layer("TFSMLayer", filepath=str(harm)),
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "plain.keras"
    return models.save(models.build_dense_baseline(SHAPE, 2), path)


def changed(plain, path, change, extra=()):
    """Write a model file with other parts, and the card that describes it."""
    with zipfile.ZipFile(plain) as old:
        parts = [(info.filename, old.read(info)) for info in old.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts:
            new.writestr(name, change(name, content))
        for name in extra:
            new.writestr(name, b"harm")
    about = {"class_names": ["a", "b"], "sha256": sha256(path.read_bytes()).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(about), encoding="utf-8")
    return path


def with_layer(one):
    """Return a change that puts a layer into a network."""

    def change(name, content):
        if name != "config.json":
            return content
        config = json.loads(content)
        config["config"]["layers"].insert(2, one)
        return json.dumps(config).encode()

    return change


@pytest.mark.parametrize("attack", FOREIGN)
def test_what_is_no_layer_of_keras_is_refused_and_does_not_run(attack, plain, tmp_path):
    change = with_layer(FOREIGN[attack](tmp_path / "harm"))
    path = changed(plain, tmp_path / "m.keras", change)
    with pytest.raises(ValueError, match="m.keras cannot be loaded: ") as caught:
        export_model.own(path, None)
    assert "\n" not in str(caught.value)
    with pytest.raises((ValueError, TypeError)):
        keras.saving.load_model(path, compile=False)  # as resume and the notebooks do
    assert {it.name for it in tmp_path.iterdir()} == {"m.keras", "m.json"}


def test_the_lambda_would_run_where_it_is_let(plain, tmp_path):
    """So the marker of the test above marks."""
    change = with_layer(FOREIGN["a lambda"](tmp_path / "harm"))
    path = changed(plain, tmp_path / "m.keras", change)
    keras.saving.load_model(path, compile=False, safe_mode=False)
    assert (tmp_path / "harm").is_dir()


@pytest.mark.filterwarnings("ignore:Skipping invalid path")
def test_a_part_that_climbs_out_is_not_unpacked(plain, tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    names = ["../../harm", "/tmp/cnn-course-harm", "assets/../../harm"]
    path = changed(plain, tmp_path / "a" / "b" / "m.keras", lambda n, c: c, names)
    try:
        models.load_foreign(path)
    except ValueError:  # all of it is refused
        assert Version(keras.__version__) < Version("3.14")
    assert not os.path.exists("/tmp/cnn-course-harm")
    found = {it.name for it in tmp_path.rglob("*")}
    assert found == {"a", "b", "m.keras", "m.json"}


@pytest.mark.parametrize("part", ["config.json", "model.weights.h5"])
def test_a_file_that_unpacks_into_a_thousand_times_its_size(part, plain, tmp_path):
    path = changed(
        plain,
        tmp_path / "m.keras",
        lambda name, content: content + b" " * 300_000_000 * (name == part),
    )
    assert path.stat().st_size < 1_000_000
    with pytest.raises(ValueError, match="m.keras would unpack into 300,[0-9,]+ bytes"):
        export_model.own(path, None)


def test_a_card_may_not_lead_to_a_file_elsewhere(monkeypatch, plain, tmp_path):
    """Both may be a stranger's: what is loaded lies in the folder of models."""
    folder = tmp_path / "models"
    folder.mkdir()
    changed(plain, tmp_path / "stray.keras", lambda name, content: content)
    card = json.loads((tmp_path / "stray.json").read_text()) | {
        "file": "../stray.keras"
    }
    (folder / "fast_cnn_digits.json").write_text(json.dumps(card))
    monkeypatch.setattr(models, "FOLDER", folder)
    with pytest.raises(ValueError, match="^stray.keras is missing: restore it"):
        models.load_trained("digits")


@pytest.mark.parametrize(
    "name", ["../../pyproject", "/etc/hostname", "..", "bench.json"]
)
def test_a_measurement_is_one_of_those_that_are_kept(name):
    with pytest.raises(ValueError, match="there is attacks, .*, not "):
        results.read(name)
