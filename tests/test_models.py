"""Architectures, the files that ship, and saving without loss."""

import hashlib
import inspect
import json
import re
import zipfile

import numpy as np
import pytest

from helpers import layers, models
from helpers.quiet import keras
from helpers.training import presets
from tests import disks

KINDS = "fast_cnn", "cnn", "dense_baseline"
SHIPPED = [(data_name, kind) for data_name in ("cifar10", "digits") for kind in KINDS]


def parameters_by_formula(model) -> int:
    """Count as notebook 06 teaches: inputs times outputs plus one bias an output."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            (kh, kw), channels = layer.kernel_size, layer.input.shape[-1]
            total += (kh * kw * channels + 1) * layer.filters
        elif isinstance(layer, keras.layers.Dense):
            total += (layer.input.shape[-1] + 1) * layer.units
    return total


@pytest.mark.parametrize("build", [models.build_cnn, models.build_dense_baseline])
@pytest.mark.parametrize("shape, classes", [((32, 32, 3), 10), ((17, 20, 1), 4)])
def test_parameters_follow_the_formula(build, shape, classes):
    model = build(shape, classes)
    assert model.count_params() == parameters_by_formula(model)
    images = np.random.default_rng(0).integers(0, 256, (5, *shape), dtype=np.uint8)
    scores = model.predict(images, verbose=0)
    assert scores.shape == (5, classes)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    assert not model.compiled


def test_the_fast_network_has_the_stated_shapes():
    model = models.build_fast_cnn((32, 32, 3), 10, (16, 32, 48))
    kernels = [w.shape for w in model.get_weights() if w.ndim > 1]
    assert kernels == [
        (2, 2, 3, 24),
        (3, 3, 24, 16),
        (3, 3, 16, 16),
        (3, 3, 16, 32),
        (3, 3, 32, 32),
        (3, 3, 32, 48),
        (3, 3, 48, 48),
        (48, 10),
    ]
    assert not model.compiled
    for size in (18, 24, 32, 40):
        any_size = models.build_fast_cnn((None, None, 3), 10, (16, 32, 48))
        assert any_size(np.zeros((2, size, size, 3), "uint8")).shape == (2, 10)


def described(model) -> list:
    """Describe a network: its shapes, then each layer's kind and settings."""
    found = [model.name, model.input_shape, model.output_shape]
    for layer in model.layers:
        config = layer.get_config()
        name = re.sub(r"_\d+$", "", config.pop("name"))  # conv2d_4, as Keras counts
        found.append((type(layer), name, config))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_shipped_model_is_what_its_function_builds(kind):
    """So the numbers in its card are those of that function's network."""
    card = models.read_card("cifar10", kind)
    chosen = {"widths": card["widths"]} if "widths" in card else {}
    built = getattr(models, f"build_{kind}")(**chosen)
    assert described(built) == described(models.load_trained("cifar10", kind))


def test_the_fast_network_has_the_widths_of_the_plain_recipe():
    plain = models.build_fast_cnn(widths=presets.Recipe().widths)
    assert described(models.build_fast_cnn()) == described(plain)


def test_the_cnn_uses_only_layers_taught_before():
    taught = {"Rescaling", "Conv2D", "MaxPooling2D", "Flatten", "Dense"}
    assert {type(layer).__name__ for layer in models.build_cnn().layers} == taught


def by_hand(layer, x):
    """Compute a Keras layer with the course's own."""
    weights = layer.get_weights()
    match layer:
        case keras.layers.Rescaling():
            return x * np.float32(layer.scale) + np.float32(layer.offset)
        case keras.layers.Conv2D():
            x = layers.conv2d(x, *weights, padding=layer.padding)
        case keras.layers.MaxPooling2D():
            return layers.max_pool2d(x)
        case keras.layers.BatchNormalization():
            beta, mean, variance = weights
            return (x - mean) / np.sqrt(variance + layer.epsilon) + beta
        case keras.layers.Flatten():
            return layers.flatten(x)
        case keras.layers.GlobalMaxPooling2D():
            return x.max(axis=(1, 2))
        case keras.layers.Dense():
            x = layers.dense(x, *weights)
        case keras.layers.Softmax():
            return layers.softmax(x)
    name = getattr(layer, "activation", keras.activations.linear).__name__
    hand = {"relu": layers.relu, "softmax": layers.softmax, "linear": lambda x: x}
    return hand[name](x)


@pytest.mark.parametrize("data_name, kind", SHIPPED)
def test_a_shipped_model_loads_and_equals_the_handwritten_layers(data_name, kind):
    model, card = (
        models.load_trained(data_name, kind),
        models.read_card(data_name, kind),
    )
    assert not model.compiled
    assert model.count_params() == card["parameters"]
    assert (models.FOLDER / card["file"]).stat().st_size < 3_000_000
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    x = images
    for layer in model.layers:
        x = by_hand(layer, x)
    np.testing.assert_allclose(x, model.predict(images, verbose=0), atol=1e-4)


def shipped_copy(tmp_path, monkeypatch):
    card = models.read_card("digits")
    for name in (card["file"], "fast_cnn_digits.json"):
        (tmp_path / name).write_bytes((models.FOLDER / name).read_bytes())
    monkeypatch.setattr(models, "FOLDER", tmp_path)
    return tmp_path / card["file"]


def test_a_damaged_file_is_never_opened(tmp_path, monkeypatch):
    path = shipped_copy(tmp_path, monkeypatch)
    models.load_trained("digits")
    whole = path.read_bytes()
    monkeypatch.setattr(
        keras.saving, "load_model", lambda *a, **k: pytest.fail("opened")
    )
    for damage in range(1, 9):  # their hashes lie before and after the good one
        path.write_bytes(whole + bytes(damage))
        with pytest.raises(ValueError, match="not the file its card describes"):
            models.load_trained("digits")
    path.unlink()
    with pytest.raises(ValueError, match="is missing"):
        models.load_trained("digits")


@pytest.mark.parametrize(
    "card", ["", "{", "[1]", "null", '"x"', "3", "{}", '{"file": 3}']
)
def test_a_damaged_card_is_one_sentence(card, tmp_path, monkeypatch):
    shipped_copy(tmp_path, monkeypatch).with_suffix(".json").write_text(card)
    with pytest.raises(ValueError, match="^fast_cnn_digits.json is damaged: restore"):
        models.load_trained("digits")


def test_an_unknown_model_lists_those_that_ship():
    with pytest.raises(ValueError, match="no trained model fast_cnn_mnist; .*digits"):
        models.load_trained("mnist")


def test_saving_keeps_the_old_file_when_it_fails(tmp_path, monkeypatch):
    model = models.build_dense_baseline((4, 4, 1), 2)
    path = models.save(model, tmp_path / "mine.keras")
    before = path.read_bytes()

    def full_disk(self, target):
        target.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(type(model), "save", full_disk)
    with pytest.raises(OSError, match="no space"):
        models.save(model, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("read", ["other numbers", "too few", "too many"])
def test_saving_notices_a_file_that_reads_back_differently(read, tmp_path, monkeypatch):
    model, other = (models.build_dense_baseline((4, 4, 1), 2) for _ in range(2))
    if read != "other numbers":
        more = [keras.layers.Dense(2)] * (read == "too many")
        kept = model.layers if more else model.layers[:-1]
        other = keras.Sequential([keras.Input((4, 4, 1)), *kept, *more])
    monkeypatch.setattr(keras.saving, "load_model", lambda *a, **k: other)
    with pytest.raises(OSError, match="did not read back"):
        models.save(model, tmp_path / "mine.keras")
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_diverged_is_saved_as_it_is(tmp_path):
    model = models.build_dense_baseline((4, 4, 1), 2)
    model.set_weights([np.full_like(w, np.nan) for w in model.get_weights()])
    again = keras.saving.load_model(models.save(model, tmp_path / "mine.keras"))
    assert np.isnan(again.get_weights()[0]).all()


def test_a_name_that_keras_would_refuse_is_refused(tmp_path):
    with pytest.raises(ValueError, match="mine.h5 must end"):
        models.save(models.build_dense_baseline((4, 4, 1), 2), tmp_path / "mine.h5")


def test_what_is_saved_holds_no_setting_that_older_keras_refuses(tmp_path):
    """`make test-colab` loads the shipped files with Keras 3.13 itself."""
    model = models.build_fast_cnn((18, 18, 3), 2)
    paths = [models.save(model, tmp_path / "m.keras"), *models.FOLDER.glob("*.keras")]
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            config = archive.read("config.json").decode()
        assert "VarianceScaling" in config or "GlorotUniform" in config
        assert not re.search(r'"(input_axes|output_axes|renorm\w*)"', config), path.name


def test_a_setting_of_newer_keras_that_is_used_stays(tmp_path):
    if "renorm" not in inspect.signature(keras.layers.BatchNormalization).parameters:
        pytest.skip("this Keras does not have it")
    inputs = keras.Input((4, 4, 3))
    outputs = keras.layers.BatchNormalization(renorm=True)(inputs)
    path = models.save(keras.Model(inputs, outputs), tmp_path / "m.keras")
    assert keras.saving.load_model(path).layers[1].renorm


def test_of_a_saved_model_only_its_settings_are_rewritten(tmp_path):
    setting = b'{"seed": 1, "input_axes": null}'
    names = "assets/words", "config.json", "metadata.json", "model.weights.h5"
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        for name in names:
            archive.writestr(name, setting)
    models.open_to_older_keras(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == dict.fromkeys(names, setting) | {"config.json": b'{"seed": 1}'}


def test_a_model_compiled_with_a_function_of_ones_own_is_saved_and_loaded(
    tmp_path, monkeypatch
):
    """Whoever loads it does not have that function, and does not need it."""

    def loss(wanted, found):
        return keras.ops.mean(wanted - found)

    model = models.build_dense_baseline((4, 4, 1), 2)
    model.compile("sgd", loss)
    path = models.save(model, tmp_path / "fast_cnn_digits.keras", CARD)
    monkeypatch.setattr(models, "FOLDER", tmp_path)
    for again in (models.load_foreign(path), models.load_trained("digits")):
        assert not again.compiled
        pairs = zip(model.get_weights(), again.get_weights(), strict=True)
        assert all(np.array_equal(*pair) for pair in pairs)


def packed(path, inside, size):
    """Write an archive of `size` bytes that unpacks into `inside` bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(inside))
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = bytes(size - path.stat().st_size)


def test_a_foreign_file_unpacks_into_ten_times_its_size_and_10_mb_at_most(tmp_path):
    path = tmp_path / "m.keras"
    for size in (20_000, 30_000):
        packed(path, 10_000_000 + 10 * size, size)
        with pytest.raises(ValueError, match="m.keras cannot be loaded: "):
            models.load_foreign(path)
        packed(path, 10_000_001 + 10 * size, size)
        with pytest.raises(ValueError, match="m.keras would unpack into 10,[23]00,001"):
            models.load_foreign(path)


def test_a_foreign_file_that_keras_refuses_is_refused_in_its_first_line(tmp_path):
    lines, text, archive = (tmp_path / f"{n}.keras" for n in ("lines", "text", "zip"))
    code = keras.layers.Lambda(lambda x: x)  # any code: loading does not run it
    keras.Sequential([keras.Input((4,)), code]).save(lines)
    text.write_text("no archive")
    packed(archive, 0, 1000)
    for path in (lines, text, archive):
        with pytest.raises((ValueError, KeyError)) as own:
            keras.saving.load_model(path, compile=False)
        with pytest.raises(ValueError) as caught:
            models.load_foreign(path)
        first = str(own.value).splitlines()[0]
        assert str(caught.value) == f"{path.name} cannot be loaded: {first}"


CARD = {"class_names": ["mug", "bowl"], "validation_accuracy": 0.9, "sha256": "old"}


def test_a_card_lies_beside_the_model_and_describes_that_file(tmp_path):
    model = models.build_dense_baseline((6, 4, 3), 2)
    path = models.save(model, tmp_path / "mine.keras", CARD)
    card = json.loads((tmp_path / "mine.json").read_text(encoding="utf-8"))
    assert card == CARD | {
        "file": "mine.keras",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "parameters": model.count_params(),
        "input_size": [6, 4],
    }
    assert {file.name for file in tmp_path.iterdir()} == {"mine.keras", "mine.json"}


def test_people_read_a_card_line_by_line(tmp_path):
    card = {"class_names": ["Schüssel", "Krug"]}
    models.save(models.build_dense_baseline((4, 4, 1), 2), tmp_path / "m.keras", card)
    text = (tmp_path / "m.json").read_text(encoding="utf-8")
    shipped = (models.FOLDER / "cnn_digits.json").read_text(encoding="utf-8")
    assert '"Schüssel"' in text
    for key in ("file", "sha256", "parameters"):
        lines = [re.findall(rf'^ *"{key}": ', each, re.M) for each in (text, shipped)]
        assert lines[0] == lines[1]


@pytest.mark.parametrize(
    "card, error, words",
    [
        ({}, ValueError, "class_names are None, but the model has 2 outputs"),
        ({"class_names": ["a"]}, ValueError, r"\['a'\], but the model has 2 outputs"),
        ({"class_names": ["a", "a"]}, ValueError, "a different name for each"),
        ({"class_names": ["a", "b", "c"]}, ValueError, "has 2 outputs"),
        ({"class_names": ["a", "b", "a"]}, ValueError, "has 2 outputs"),
        ({"class_names": "ab"}, ValueError, "'ab', but the model has 2 outputs"),
        (CARD | {"seed": np.int64(1)}, TypeError, "int64 is not JSON"),
        (CARD | {"accuracy": float("nan")}, ValueError, "not JSON compliant"),
    ],
)
def test_a_wrong_card_changes_nothing(card, error, words, tmp_path):
    model = models.build_dense_baseline((4, 4, 1), 2)
    models.save(model, tmp_path / "mine.keras", CARD)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    model.set_weights([w + 1 for w in model.get_weights()])
    with pytest.raises(error, match=words):
        models.save(model, tmp_path / "mine.keras", card)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_hidden_halves_of_a_killed_program_are_no_models(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "FOLDER", tmp_path)
    (tmp_path / ".fast_cnn_digits.77.json").write_text("{")
    with pytest.raises(ValueError, match="there are: none"):
        models.read_card("cifar10")


def test_a_full_disk_keeps_the_old_model_and_its_card(small_disk):
    stack = [keras.Input((4,)), keras.layers.Dense(4000), keras.layers.Dense(2)]
    model = keras.Sequential(stack)
    card = {"class_names": ["a", "b"]}
    path = models.save(model, small_disk / "mine.keras", card)
    before = {p: p.read_bytes() for p in (path, path.with_suffix(".json"))}
    for left in (0, 8192, 65536):
        disks.fill(small_disk, left)
        for given in (None, card):
            with pytest.raises(OSError, match="mine.keras cannot be written, the disk"):
                models.save(model, path, given)
        (small_disk / "ballast").unlink()
    assert {p: p.read_bytes() for p in before} == before
    assert set(small_disk.iterdir()) == set(before)
