"""Keras architectures, uncompiled, and the trained models that ship with the course."""

import hashlib
import json
import re
import zipfile
from functools import partial
from pathlib import Path

import numpy as np

from helpers import files
from helpers.quiet import keras

# what Keras 3.15 writes of initializers and batch normalization, where nothing is set
NEWER = re.compile(
    rb', "(input|output)_axes": null'
    rb'|, "renorm": false, "renorm_clipping": null, "renorm_momentum": [\d.]+'
)
FOLDER = Path(__file__).parents[1] / "notebooks" / "models"


def build_dense_baseline(input_shape=(32, 32, 3), classes=10) -> keras.Model:
    """Build the baseline without convolutions: flatten, dense 128, softmax.

    `(N, H, W, C) uint8 images -> (N, classes) probabilities`.
    """
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(classes, activation="softmax"),
        ],
        name="dense_baseline",
    )


def build_cnn(input_shape=(32, 32, 3), classes=10) -> keras.Model:
    """Build the CNN of notebook 09 from the layers of notebooks 02 to 06, no others.

    `(N, H, W, C) uint8 images -> (N, classes) probabilities`; H and W at least 8.
    """
    convolution = {"kernel_size": 3, "padding": "same", "activation": "relu"}
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(32, **convolution),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(64, **convolution),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(128, **convolution),
            keras.layers.Conv2D(128, **convolution),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(classes, activation="softmax"),
        ],
        name="cnn",
    )


def build_fast_cnn(
    input_shape=(32, 32, 3), classes=10, widths=(32, 64, 128), activation="relu"
) -> keras.Model:
    """Build the network of notebook 14: three blocks behind a whitening convolution.

    `(N, H, W, C) uint8 images -> (N, classes) probabilities`; H and W at least 18, or
    None. `widths` are the filters of each block. The layer "whitening" is frozen:
    `parts.whiten` sets it.
    """
    channels = 2 * 2 * 2 * input_shape[2]
    layers = [
        keras.Input(input_shape),
        keras.layers.Rescaling(1 / 64, -2),  # 0..255 -> -2..2, centred
        keras.layers.Conv2D(
            channels, 2, use_bias=False, trainable=False, name="whitening"
        ),
        keras.layers.Activation(activation),
    ]
    for width in widths:
        layers += [_convolution(width), keras.layers.MaxPooling2D(2)]
        layers += [_normalization(), keras.layers.Activation(activation)]
        layers += [_convolution(width)]
        layers += [_normalization(), keras.layers.Activation(activation)]
    layers += [
        keras.layers.GlobalMaxPooling2D(),
        keras.layers.Dense(classes, use_bias=False),
        keras.layers.Rescaling(1 / 9),
        keras.layers.Softmax(),
    ]
    return keras.Sequential(layers, name="fast_cnn")


def _convolution(filters: int) -> keras.layers.Layer:
    """Return a 3 x 3 convolution that starts uniform within 1 / sqrt(its inputs)."""
    start = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
    return keras.layers.Conv2D(
        filters, 3, padding="same", use_bias=False, kernel_initializer=start
    )


def _normalization() -> keras.layers.Layer:
    """Return batch normalization with statistics that follow within a few steps."""
    return keras.layers.BatchNormalization(scale=False, momentum=0.6, epsilon=1e-5)


def save(model: keras.Model, path: str | Path, card: dict | None = None) -> Path:
    """Save a model so that `path` holds either the old file or the whole new one.

    Keras writes in place; this writes beside, loads the result, compares its weights
    and only then moves it to `path`. `card` goes beside it, as `path` ending in
    ".json": at least `class_names`, one an output; added are `file`, `sha256`,
    `parameters` and `input_size` (height, width). Raises ValueError if `path` does not
    end in ".keras" or cannot be written, or the names do not fit, TypeError for a card
    that is no JSON, and OSError if the written file does not give the weights back.
    """
    path = Path(path)
    files.check(path, ".keras")
    if card is None:
        with files.beside(path) as part:
            _write(model, part, path.name)
        return path
    _check_names(card, model)
    json.dumps(card, allow_nan=False)
    with files.together(path, path.with_suffix(".json")) as (part, card_part):
        _write(model, part, path.name)
        found = card | _described(model, part, path.name)
        text = json.dumps(found, indent=1, ensure_ascii=False)
        card_part.write_text(text + "\n", encoding="utf-8")
    return path


def _write(model: keras.Model, path: Path, name: str) -> None:
    """Save a model and load it again; OSError unless it gives the weights back."""
    model.save(path)
    open_to_older_keras(path)
    both = model, keras.saving.load_model(path, compile=False)
    mine, again = (one.get_weights() for one in both)
    same = map(partial(np.array_equal, equal_nan=True), mine, again)
    if len(mine) != len(again) or not all(same):
        raise OSError(f"{name} did not read back as written; nothing was changed")


def _check_names(card: dict, model: keras.Model) -> None:
    """ValueError unless a card has a different class name for each output."""
    names, outputs = card.get("class_names"), model.output_shape[-1]
    listed = isinstance(names, (list, tuple))
    if not listed or not len(names) == len(set(names)) == outputs:
        raise ValueError(
            f"the card's class_names are {names!r}, but the model has {outputs} "
            "outputs: give it a list with a different name for each"
        )


def _described(model: keras.Model, written: Path, name: str) -> dict:
    """Return what a card says of the file itself."""
    return {
        "file": name,
        "sha256": hashlib.sha256(written.read_bytes()).hexdigest(),
        "parameters": model.count_params(),
        "input_size": list(model.input_shape[1:3]),
    }


def open_to_older_keras(path: Path) -> None:
    """Rewrite a saved model without the settings that Keras before 3.15 refuses.

    They are left out where they ask for nothing; weights and all else stay, byte for
    byte.
    """
    with zipfile.ZipFile(path) as archive:
        parts = [(info, archive.read(info)) for info in archive.infolist()]
    with files.patiently(lambda: zipfile.ZipFile(path, "w")) as archive:
        for info, content in parts:
            if info.filename == "config.json":
                content = NEWER.sub(b"", content)
            archive.writestr(info, content)


def read_card(data_name: str, kind: str = "fast_cnn") -> dict:
    """Read how a shipped model was made: data, split, seed, accuracies, file hash.

    `data_name` is "cifar10" or "digits"; `kind` is "fast_cnn", the strong network of
    notebook 14, "cnn", that of notebook 09, or "dense_baseline".
    """
    path = FOLDER / f"{kind}_{data_name}.json"
    if not path.is_file():
        shipped = ", ".join(sorted(p.stem for p in FOLDER.glob("[!.]*.json"))) or "none"
        raise ValueError(
            f"there is no trained model {path.stem}; there are: {shipped}; leave "
            "IMAGE_DATA unset, or name one of their data"
        )
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        card = None
    named = isinstance(card, dict) and [card.get("file"), card.get("sha256")]
    if not named or not all(isinstance(value, str) for value in named):
        raise ValueError(
            f"{path.name} is damaged: restore it with `git checkout -- "
            "notebooks/models`"
        )
    return card


def load_trained(data_name: str, kind: str = "fast_cnn") -> keras.Model:
    """Load a model that ships with the course, after checking its hash; uncompiled.

    Names as for `read_card`; without a kind it is the strongest. Raises ValueError for
    a name that is not shipped and for a file whose SHA-256 is not the one in its card:
    such a file is never opened.
    """
    card = read_card(data_name, kind)
    path = FOLDER / Path(card["file"]).name  # no card leads out of the folder
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    if found != card["sha256"]:
        fault = "is missing" if found is None else "is not the file its card describes"
        raise ValueError(
            f"{path.name} {fault}: restore it with `git checkout -- notebooks/models`, "
            "or train it again with `make models`"
        )
    return keras.saving.load_model(path, compile=False)


def load_foreign(path: Path) -> keras.Model:
    """Load a model file of anybody's, uncompiled; nothing that it names is run.

    ValueError, in one sentence, for what is no model of Keras's own layers, and for a
    file that would unpack into many times its size.
    """
    _check_size(path)
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # damage has many names
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"{path.name} cannot be loaded: {said}") from error


def _check_size(path: Path) -> None:
    """ValueError for a file that would unpack into many times its size."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        inside = sum(member.file_size for member in archive.infolist())
    if inside > 10 * path.stat().st_size + 10_000_000:
        raise ValueError(f"{path.name} would unpack into {inside:,} bytes: no model is")
