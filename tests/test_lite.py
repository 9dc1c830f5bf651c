"""LiteRT's scores are Keras's, photo by photo."""

import numpy as np
import pytest

from helpers import lite, models
from helpers.quiet import stderr


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Return a network and the content of its LiteRT file."""
    model = models.load_trained("digits", "cnn")
    path = tmp_path_factory.mktemp("lite") / "network.tflite"
    with stderr():
        model.export(str(path), format="litert", verbose=False)
    return model, path.read_bytes()


def test_scores_are_those_of_keras(exported):
    model, content = exported
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (5, 32, 32, 3), "uint8")
    found = lite.scores(lite.interpreter(content), images)
    assert found.shape == (5, 10) and found.dtype == np.float32
    np.testing.assert_allclose(found, model.predict(images, verbose=0), atol=1e-5)


def test_the_interpreter_is_made_without_a_word(exported, capfd):
    lite.interpreter(exported[1])
    assert capfd.readouterr() == ("", "")
