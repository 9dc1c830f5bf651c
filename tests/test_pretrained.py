"""A pretrained backbone: a file, Keras's cache, a download, or one plain sentence."""

import hashlib
import inspect
import json
import time
import types
import zipfile

import h5py
import numpy as np
import pytest
from keras.src.applications import mobilenet_v3
from keras.src.legacy.saving import legacy_h5_format

from helpers import files, models, pretrained
from helpers.data import request
from helpers.quiet import keras
from tests.attacks.test_models import changed, marshalled, with_layer
from tests.attacks.test_models import layer as described
from tests.data.faulty_server import PIECE, FaultyServer

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 40, 40, 3), dtype=np.uint8)
NONE = "No pretrained network: "


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """A file of weights as Keras publishes it, here of drawn ones, and its network."""
    keras.utils.set_random_seed(0)
    model = pretrained.build()
    path = tmp_path_factory.mktemp("theirs") / "theirs.h5"
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    return types.SimpleNamespace(
        model=model,
        content=path.read_bytes(),
        features=features_of(model),
    )


def features_of(model):
    """Ask a network once; `predict` would compile it for that."""
    return keras.ops.convert_to_numpy(model(IMAGES, training=False))


@pytest.fixture(scope="module")
def another():
    """A second network of that kind: building one takes longer than a test."""
    return pretrained.build()


@pytest.fixture(autouse=True)
def apart(monkeypatch, tmp_path, theirs, another):
    """Keep each test away from the real cache, file and host; build no network."""

    def build():
        another.set_weights([0 * weights for weights in another.get_weights()])
        return another

    monkeypatch.setattr(pretrained, "build", build)
    for name in ("PRETRAINED", "CNN_COURSE_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(pretrained, "URLS", ())
    monkeypatch.setattr(pretrained, "BYTES", len(theirs.content))
    digest = hashlib.md5(theirs.content, usedforsecurity=False).hexdigest()
    monkeypatch.setattr(pretrained, "MD5", digest)


@pytest.fixture
def server(monkeypatch, theirs):
    """Return a function that makes a server with this fault the only mirror."""
    with FaultyServer(theirs.content) as running:

        def choose(fault):
            monkeypatch.setattr(pretrained, "URLS", [running.url(fault)])
            for name in ("TIMEOUT", "PATIENCE"):
                monkeypatch.setattr(request, name, 1.2)
            return running

        yield choose


@pytest.fixture
def cached(tmp_path, theirs):
    path = tmp_path / "keras" / "models" / pretrained.FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(theirs.content)
    return path


def assert_is_theirs(model, theirs):
    np.testing.assert_allclose(features_of(model), theirs.features, 1e-5)


def test_name_digest_and_address_are_those_of_keras(monkeypatch):
    monkeypatch.undo()
    source = inspect.getsource(mobilenet_v3.MobileNetV3)
    assert 'f"weights_mobilenet_v3_{model_name}_no_top_v2.h5"' in source
    kind = "large_224_1.0_float"
    assert pretrained.FILE == f"weights_mobilenet_v3_{kind}_no_top_v2.h5"
    assert pretrained.MD5 == mobilenet_v3.WEIGHTS_HASHES[kind][1]
    assert pretrained.URLS == (mobilenet_v3.BASE_WEIGHT_PATH + pretrained.FILE,)


def test_keras_finds_what_the_course_downloaded(server, theirs, monkeypatch, capsys):
    server("good")
    assert_is_theirs(pretrained.load(), theirs)
    said = capsys.readouterr()
    assert "MobileNetV3Large downloaded from 127.0.0.1: 2,9" in said.out
    assert "MobileNetV3Large: " in said.err and "%|" in said.err  # the progress bar
    asked = []

    def get_file(name, origin, cache_subdir, file_hash):
        asked.append((origin, file_hash))
        return pretrained.cache() / name

    monkeypatch.setattr(mobilenet_v3.file_utils, "get_file", get_file)
    shape = (None, None, 3)
    model = keras.applications.MobileNetV3Large(shape, include_top=False, pooling="avg")
    assert_is_theirs(model, theirs)
    assert len(asked) == 1 and asked[0][0].endswith(pretrained.FILE)


def test_the_cache_comes_before_the_download(cached, server, theirs, capsys):
    running = server("good")
    assert_is_theirs(pretrained.load(), theirs)
    assert "MobileNetV3Large from Keras's cache: " in capsys.readouterr().out
    assert not running.ranges


@pytest.mark.parametrize("kind", ["legacy", "weights.h5", "keras"])
def test_a_file_of_ones_own_comes_first(
    kind, cached, tmp_path, theirs, monkeypatch, capsys
):
    cached.write_bytes(b"not looked at")
    path = tmp_path / {"legacy": "mine.h5"}.get(kind, f"mine.{kind}")
    if kind == "legacy":
        path.write_bytes(theirs.content)
    elif kind == "keras":
        theirs.model.save(path)
    else:
        theirs.model.save_weights(path)
    monkeypatch.setenv("PRETRAINED", str(path))
    assert_is_theirs(pretrained.load(), theirs)
    said = capsys.readouterr().out
    assert said.startswith(f"MobileNetV3Large from {path.name}: 2,9") and "960" in said


def test_any_network_may_stand_in_a_keras_file(tmp_path, monkeypatch, capsys):
    stack = [keras.Input((48, 48, 3)), keras.layers.Rescaling(1 / 255)]
    stack += [keras.layers.Conv2D(4, 3), keras.layers.GlobalAveragePooling2D()]
    keras.Sequential(stack, name="ours").save(tmp_path / "ours.keras")
    monkeypatch.setenv("PRETRAINED", str(tmp_path / "ours.keras"))
    assert pretrained.load().output_shape == (None, 4)
    said = capsys.readouterr().out
    assert said == "ours from ours.keras: 112 parameters, 4 features.\n"


def other(tmp_path, name):
    """Write a file that will not do."""
    small = [keras.layers.Conv2D(4, 3), keras.layers.Flatten()]
    path = tmp_path / name
    if name == "flat.keras":
        keras.Sequential([keras.Input((9,)), *small[1:]]).save(path)
    elif name == "maps.keras":
        keras.Sequential([keras.Input((9, 9, 3)), small[0]]).save(path)
    elif name == "grey.keras":
        keras.Sequential([keras.Input((9, 9, 1)), *small]).save(path)
    elif name == "half.keras":
        keras.Sequential([keras.Input((9, 9, 3)), *small]).save(path)
        path.write_bytes(path.read_bytes()[:4000])
    elif name == "other.weights.h5":
        shape = (None, None, 3)
        build = keras.applications.MobileNetV3Small
        build(shape, include_top=False, weights=None).save_weights(path)
    elif name != "missing.keras":
        path.write_bytes(b"text")
    return path


@pytest.mark.parametrize(
    "name, words",
    {
        "missing.keras": "there is no file missing.keras",
        "flat.keras": "flat.keras takes (None, 9), not colour images (N, H, W, 3)",
        "grey.keras": "grey.keras takes (None, 9, 9, 1), not colour",
        "maps.keras": "maps.keras gives (None, 7, 7, 4), not features (N, F): pool",
        "half.keras": "half.keras cannot be loaded: ",
        "text.h5": "text.h5 does not hold the weights of MobileNetV3Large without its",
        "other.weights.h5": "other.weights.h5 does not hold the weights of MobileNetV3",
        "text.pth": 'text.pth ends neither in ".keras" nor in ".h5"',
    }.items(),
)
def test_a_file_that_does_not_fit_is_one_sentence(
    name, words, cached, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("PRETRAINED", str(other(tmp_path, name)))
    assert pretrained.load() is None  # the cache is not taken instead, unasked
    said = capsys.readouterr().out
    assert said.startswith(NONE + words) and said.count("\n") == 1


def test_a_lambda_in_a_file_is_not_run(tmp_path, monkeypatch, capsys):
    plain = models.save(models.build_dense_baseline((4, 4, 3), 2), tmp_path / "p.keras")
    harm = described("Lambda", function=marshalled(tmp_path / "harm"))
    path = changed(plain, tmp_path / "m.keras", with_layer(harm))
    monkeypatch.setenv("PRETRAINED", str(path))
    assert pretrained.load() is None
    assert capsys.readouterr().out.startswith(NONE + "m.keras cannot be loaded: ")
    assert not (tmp_path / "harm").exists()
    with zipfile.ZipFile(path) as archive:
        assert "Lambda" in str(json.loads(archive.read("config.json")))


@pytest.mark.parametrize(
    "fault, words",
    {
        "wrong": "127.0.0.1 sent wrong content",
        "ignores_range_and_closes": "127.0.0.1 closed the connection early",
        "stalls": "127.0.0.1 stalled",
        "login": "127.0.0.1 sent something else",
        "missing": "127.0.0.1 answered with error 404",
        "silent": "no mirror answered",
    }.items(),
)
def test_a_download_that_fails_is_one_sentence(fault, words, server, capsys):
    server(fault)
    start = time.monotonic()
    assert pretrained.load() is None
    assert time.monotonic() - start < 20
    said = capsys.readouterr().out
    assert said == f"{NONE}{words}; PRETRAINED can name a file.\n"
    left = [path.name for path in pretrained.cache().iterdir()]
    assert set(left) <= {f"{pretrained.FILE}.part"}  # nothing that Keras would take


def test_half_a_file_is_completed(server, theirs):
    pretrained.cache().mkdir(parents=True)
    part = pretrained.cache() / f"{pretrained.FILE}.part"
    part.write_bytes(theirs.content[:PIECE])
    running = server("good")
    assert_is_theirs(pretrained.load(), theirs)
    assert running.ranges == [("good", f"bytes={PIECE}-")] and not part.exists()


@pytest.mark.parametrize("damage", [lambda c: c[:-9], lambda c: c[:-9] + b"123456789"])
def test_a_damaged_file_in_the_cache_is_replaced(
    damage, cached, server, theirs, capsys
):
    cached.write_bytes(damage(theirs.content))
    server("good")
    assert_is_theirs(pretrained.load(), theirs)
    assert "downloaded from" in capsys.readouterr().out
    assert cached.read_bytes() == theirs.content


def test_nobody_is_asked_where_the_course_is_offline(server, monkeypatch, capsys):
    running = server("good")
    monkeypatch.setenv("CNN_COURSE_OFFLINE", "1")
    assert pretrained.load() is None
    assert "CNN_COURSE_OFFLINE is set" in capsys.readouterr().out
    assert not running.ranges and not pretrained.cache().exists()


def test_a_cache_that_cannot_be_written_is_one_sentence(server, tmp_path, capsys):
    running = server("good")
    (tmp_path / "keras").write_text("a file, no folder")
    assert pretrained.load() is None
    said = capsys.readouterr().out
    assert "models cannot be written, Not a directory; PRETRAINED can name" in said
    assert not running.ranges


def test_one_notebook_downloads_at_a_time(server, capsys):
    server("good")
    pretrained.cache().mkdir(parents=True)
    with files.alone(pretrained.cache() / pretrained.FILE):
        assert pretrained.load() is None
    assert "another notebook is downloading it" in capsys.readouterr().out
