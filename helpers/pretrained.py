"""A backbone that others trained on ImageNet: a file, Keras's cache, or a download.

The download is MobileNetV3Large without its head, as `keras.applications` takes it; so
what one of the two has fetched, the other finds. Its size is that of the file, and its
digest stands in Keras's source (Keras gives MD5s).
"""

import os
import warnings
from pathlib import Path

from helpers import files, models
from helpers.data import download, folders, request
from helpers.quiet import keras

FILE = "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5"
URLS = (
    "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v3/" + FILE,
)
BYTES = 12_683_000
MD5 = "07fb09a5933dd0c8eaafa16978110389"


def load() -> keras.Model | None:
    """Load a pretrained backbone: `(N, H, W, 3)` images in 0..255 to `(N, F)` features.

    In this order: the file that PRETRAINED names, Keras's cache, a download into it.
    Prints which it took, or in one sentence why there is none, and then returns None.
    """
    try:
        if path := folders.named("PRETRAINED"):
            model, origin = read(path), f"from {path.name}"
        else:
            origin = fetch(folder := cache())
            model = read(folder / FILE)
    except (ValueError, OSError) as error:
        print(f"No pretrained network: {error}.")
        return None
    parameters, features = model.count_params(), model.output_shape[-1]
    print(f"{model.name} {origin}: {parameters:,} parameters, {features:,} features.")
    return model


def build() -> keras.Model:
    """Build the network without weights, for images of any size from 32 pixels on."""
    return keras.applications.MobileNetV3Large(
        (None, None, 3), include_top=False, weights=None, pooling="avg"
    )


def read(path: Path) -> keras.Model:
    """Read a backbone from `.keras`, or the weights of the one above from `.h5`.

    ValueError, in one sentence, for a file that is missing or is neither.
    """
    if not path.is_file():
        raise ValueError(f"there is no file {path.name}")
    if path.suffix == ".keras":
        return _checked(models.load_foreign(path), path.name)
    if path.suffix != ".h5":
        raise ValueError(f'{path.name} ends neither in ".keras" nor in ".h5"')
    model = build()
    try:
        with warnings.catch_warnings(action="error", category=UserWarning):
            model.load_weights(path)
    except Exception:  # other layers, other shapes, half a file: each has its own name
        raise ValueError(
            f"{path.name} does not hold the weights of {model.name} without its head; "
            "save another network whole, as .keras"
        ) from None
    return model


def _checked(model: keras.Model, name: str) -> keras.Model:
    """Return a backbone; ValueError for a model that is none."""
    taken, given = (getattr(model, f"{way}_shape", None) for way in ("input", "output"))
    if not isinstance(taken, tuple) or len(taken) != 4 or taken[-1] != 3:
        raise ValueError(f"{name} takes {taken}, not colour images (N, H, W, 3)")
    if not isinstance(given, tuple) or len(given) != 2:
        raise ValueError(f"{name} gives {given}, not features (N, F): pool them")
    return model


def cache() -> Path:
    """Return the folder where Keras keeps the weights that it downloads."""
    home = os.environ.get("KERAS_HOME") or "~/.keras"
    return Path(os.path.expanduser(home), "models")


def fetch(folder: Path) -> str:
    """Download the weights unless `folder` has them; return where they came from.

    OSError says in words why they cannot be had. CNN_COURSE_OFFLINE forbids to ask.
    """
    path = folder / FILE
    if download.is_complete(path, BYTES, MD5):
        return "from Keras's cache"
    if os.environ.get("CNN_COURSE_OFFLINE"):
        raise ConnectionError("CNN_COURSE_OFFLINE is set, and none is in Keras's cache")
    part = folder / f"{FILE}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with files.alone(path):
            wanted = URLS, part, BYTES, MD5
            origin = download.fetch(*wanted, request.PATIENCE, "MobileNetV3Large")
            files.move(part, path)
    except BlockingIOError:
        raise ConnectionError("another notebook is downloading it") from None
    except ConnectionError as error:
        raise ConnectionError(f"{error}; PRETRAINED can name a file") from None
    except OSError as error:
        fault = f"{folder} cannot be written, {error.strerror or error}"
        raise OSError(f"{fault}; PRETRAINED can name a file elsewhere") from None
    return f"downloaded {origin}"
