"""The same training is known again, in a new kernel too; another is not."""

import numpy as np
import pytest

from helpers import inputs
from helpers.quiet import keras
from helpers.training import fingerprint

LAYERS = keras.layers
RANDOM = np.random.default_rng()


class Data(keras.utils.PyDataset):
    """Batches of the same images, or of others whenever they are asked for."""

    def __init__(self, random=False):
        super().__init__()
        self.random = random

    def __len__(self):
        return 2

    def __getitem__(self, step):
        images = np.ones((4, 8, 8, 3)) + (RANDOM.random() if self.random else 0)
        return images, np.arange(4)


def network(rate=0.1, drop=0.5, loss="sparse_categorical_crossentropy", **options):
    stack = [keras.Input((8, 8, 3)), LAYERS.RandomFlip(), LAYERS.RandomRotation(0.1)]
    stack += [LAYERS.GaussianNoise(0.1), LAYERS.Conv2D(2, 3), LAYERS.Flatten()]
    stack += [LAYERS.Dropout(drop), LAYERS.Dense(4)]
    model = keras.Sequential(stack)
    model.compile(keras.optimizers.SGD(rate, **options), loss)
    return model


def of(model, random=False, validation=None):
    return fingerprint.of(model, lambda epoch: Data(random), validation)


def test_the_same_training_is_known_again_though_keras_counts_its_names():
    assert of(network()) == of(network())
    decay = keras.optimizers.schedules.CosineDecay
    assert of(network(decay(0.1, 20))) == of(network(decay(0.1, 20)))


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"drop": 0.4}, "another network"),
        ({"momentum": 0.9}, "another optimizer"),
        ({"loss": "mse"}, "another loss"),
        ({"rate": 0.2}, r"another learning rate \(0\.1, now 0\.2\)"),
        (
            {"rate": keras.optimizers.schedules.CosineDecay(0.1, 20)},
            "another learning rate: give",
        ),
    ],
)
def test_another_training_is_named(other, says):
    with pytest.raises(ValueError, match=f"run.npz was begun with {says}"):
        fingerprint.check("run.npz", of(network()), of(network(**other)))


def test_a_rate_that_a_callback_has_set_is_known_again():
    model = network()
    begun = of(model)
    model.optimizer.learning_rate = 0.05
    stored = begun | {"learning rate now": fingerprint.rate(model)}
    fingerprint.check("run.npz", stored, of(model))
    fingerprint.check("run.npz", stored, begun)
    model.optimizer.learning_rate = 0.07
    with pytest.raises(ValueError, match="learning rate"):
        fingerprint.check("run.npz", stored, of(model))


def test_data_drawn_anew_each_time_are_not_compared_and_labels_still_are():
    one, other = of(network(), random=True), of(network(), random=True)
    assert one["images"] == fingerprint.VARIES != one["labels"]
    fingerprint.check("run.npz", one, other)
    with pytest.raises(ValueError, match="another labels"):
        fingerprint.check("run.npz", one, other | {"labels": "x"})


def test_a_file_that_does_not_tell_is_trusted():
    fingerprint.check("run.npz", {}, of(network()))


class Numbered(Data):
    """Batches that say which they are, and of which epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def __getitem__(self, step):
        return np.full((4, 8, 8, 3), 10 * self.epoch + step), np.arange(4)


def test_the_first_batch_of_the_first_epoch_counts_however_batches_come():
    labels = np.arange(4)
    images = [np.full((4, 8, 8, 3), number) for number in (0, 1)]
    begun = of(network()) | fingerprint.of(network(), Numbered, None)
    assert begun["images"] == inputs.fingerprint(images[0])
    for given in (Numbered(0), iter(((images[0], labels), (images[1], labels)))):
        first, second = fingerprint.first_batch(given)
        assert np.array_equal(first, images[0]) and np.array_equal(second, labels)
    assert fingerprint.first_batch([images[0]])[0] is images[0]


def test_what_is_short_is_said_and_a_hash_or_a_schedule_is_not():
    def said(old, new):
        with pytest.raises(ValueError) as caught:
            fingerprint.check("run.npz", {"loss": old}, {"loss": new})
        return str(caught.value)

    assert "another loss (a, now bbbbbbbbbbb): give" in said("a", 11 * "b")
    assert "another loss: give" in said("a", 12 * "b")
    assert "another loss: give" in said(12 * "b", "a")


def test_settings_in_another_order_are_the_same_settings():
    class SGD(keras.optimizers.SGD):
        def get_config(self):
            return dict(reversed(super().get_config().items()))

    model, other = network(), network()
    other.compile(SGD(0.1), "sparse_categorical_crossentropy")
    assert of(other) == of(model)
