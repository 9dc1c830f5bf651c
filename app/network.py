"""The network that is served: its file and its card."""

import json
from hashlib import sha256
from pathlib import Path

CARD = Path(__file__).parent / "model" / "fast_cnn_cifar10.json"


def read_model() -> tuple[bytes, dict]:
    """Return the model file's content and its card, after checking the SHA-256.

    Raises ValueError if the file is missing or is not the one that its card describes.
    """
    path = CARD.with_suffix(".tflite")
    card = json.loads(CARD.read_text(encoding="utf-8"))
    content = path.read_bytes() if path.is_file() else b""
    if sha256(content).hexdigest() != card["sha256"]:
        fault = "has an unknown hash" if content else "is missing or empty"
        raise ValueError(
            f"{path.name} {fault}: restore it with `git checkout -- app/model`, or "
            "write it again with `make export`"
        )
    return content, card
