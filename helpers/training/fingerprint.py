"""Tell one training from another, so that no progress file is gone on with wrongly."""

import json
import re
from collections.abc import Callable

from helpers import inputs
from helpers.quiet import keras

VARIES = "varies"  # data that are drawn anew whenever they are asked for


def of(model: keras.Model, batches: Callable, validation) -> dict[str, str]:
    """Return what decides a training but the number of its epochs, name by name.

    Data: the first batch of epoch 0 and the validation data, by their hashes. The
    weights are not in it.
    """
    settings = model.optimizer.get_config()
    rate = settings.pop("learning_rate", None)
    loss = (model.get_compile_config() or {}).get("loss")
    data = batches(0)
    first, again = (_hashes(first_batch(data), ("images", "labels")) for _ in range(2))
    return {
        "network": inputs.fingerprint(_words(model.get_config())),
        "optimizer": _words(settings),
        "learning rate": _words(rate),
        "loss": _words(loss),
        "number of batches": str(len(data)),
        **{k: v if again[k] == v else VARIES for k, v in first.items()},
        **_hashes(validation or (), ("validation images", "validation labels")),
    }


def check(name: str, stored: dict, now: dict) -> None:
    """Raise ValueError, which says what differs, unless the two belong together.

    A learning rate may also be the one that a callback had set before the break.
    """
    for key, value in now.items():
        old = stored.get(key, value)
        known = {old, stored.get("learning rate now")} if "rate" in key else {old}
        if VARIES not in (old, value) and value not in known:
            short = max(len(old), len(value)) < 12  # no hash, no schedule
            said = f" ({old}, now {value})" if short else ""
            raise ValueError(
                f"{name} was begun with another {key}{said}: give back what it was "
                "begun with, or name another file"
            )


def first_batch(data) -> tuple:
    """Return the first batch of an epoch, (images, labels) or what it is made of."""
    found = data[0] if hasattr(data, "__getitem__") else next(iter(data))
    return tuple(found) if isinstance(found, tuple | list) else (found,)


def rate(model: keras.Model) -> str:
    """Return the learning rate that a model has now."""
    return _words(model.optimizer.get_config().get("learning_rate"))


def _hashes(arrays, names) -> dict[str, str]:
    """Hash what there is of images and labels, each with its shape."""
    pairs = zip(names, arrays, strict=False)
    return {name: inputs.fingerprint(*keras.tree.flatten(part)) for name, part in pairs}


def _words(config) -> str:
    """Return settings as text, without the numbers that Keras puts behind names."""
    if isinstance(config, float):
        return f"{config:.6g}"
    text = json.dumps(config, sort_keys=True, default=lambda x: type(x).__name__)
    return re.sub(r'_\d+(?=")', "", text)
