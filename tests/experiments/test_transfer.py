"""Bodies, heads, and what stays still while they learn."""

import numpy as np
import pytest

from helpers import models
from helpers.data import Images
from helpers.experiments import transfer
from helpers.quiet import keras

RANDOM = np.random.default_rng(0)
BATCH_NORM = keras.layers.BatchNormalization


@pytest.fixture
def network():
    keras.utils.set_random_seed(0)
    return models.build_fast_cnn((32, 32, 3), 8, (4, 4, 4))


@pytest.fixture(scope="module")
def few():
    return Images(RANDOM.integers(0, 256, (40, 32, 32, 3), "uint8"), np.arange(40) % 2)


def moved(model, images, rate):
    """Train an epoch and name the kinds of weights that are different."""
    before = [weight.numpy() for weight in model.weights]
    transfer.tune(model, images, rate, steps=2)
    pairs = zip(model.weights, before, strict=True)
    return {w.path.split("/")[-1] for w, old in pairs if (w.numpy() != old).any()}


def test_only_keeps_classes_and_numbers_them_in_order():
    images = Images(np.arange(6), np.array([4, 7, 1, 7, 4, 9]))
    kept = transfer.only(images, (7, 4))
    assert kept.images.tolist() == [0, 1, 3, 4] and kept.labels.tolist() == [1, 0, 0, 1]
    with pytest.raises(ValueError, match="no image has the class 3"):
        transfer.only(images, (4, 3))


def test_the_body_gives_what_the_last_layer_gets_and_shares_its_layers(network, few):
    body = transfer.backbone(network)
    features = body(few.images)
    rest = network.layers[len(body.layers) - 1 :]
    for layer in rest:
        features = layer(features)
    assert np.allclose(features, network(few.images), atol=1e-6)
    assert set(map(id, body.layers[1:])) < set(map(id, network.layers))
    with pytest.raises(ValueError, match="no GlobalMaxPooling2D layer to cut behind"):
        transfer.backbone(models.build_cnn())


def test_a_body_for_another_size_slides_the_same_kernels(network):
    large = transfer.backbone(network, 64)
    assert large.input_shape == (None, 64, 64, 3) and large.output_shape == (None, 4)
    any_size = models.build_fast_cnn((None, None, 3), 8, (4, 4, 4))
    any_size.set_weights(network.get_weights())
    drawn = RANDOM.integers(0, 256, (2, 64, 64, 3), "uint8")
    wanted = transfer.backbone(any_size)(drawn)
    assert np.allclose(large(drawn), wanted, atol=1e-6)
    assert large.layers[2] is network.layers[1]


def test_a_linear_probe_finds_the_line_and_asks_for_class_numbers():
    labels = np.arange(200) % 2
    features = RANDOM.normal(size=(200, 5)) + 6 * labels[:, None] * [1, 0, 0, 0, 0]
    features *= [1, 1000, 1, 1, 1]  # scales do not matter
    probe = transfer.linear(features[:150], labels[:150])
    assert probe.score(features[150:], labels[150:]) > 0.95
    assert transfer.linear(features, labels[:, None]).predict(features).shape == (200,)
    with pytest.raises(ValueError, match="labels must be .N,., one class number"):
        transfer.linear(features, np.eye(2)[labels])


def test_a_frozen_body_learns_nothing_and_a_thawed_one_all_but_its_statistics(
    network, few
):
    body = transfer.backbone(network)
    model = transfer.with_head(body)
    transfer.freeze(body)
    assert [w.shape for w in model.trainable_weights] == [(4, 2), (2,)]
    assert moved(model, few, 0.1) == {"kernel", "bias"}
    assert body.trainable_weights == []
    transfer.freeze(body, BATCH_NORM)
    before = network.get_layer("whitening").get_weights()[0]
    assert moved(model, few, 0.1) == {"kernel", "bias"}
    assert (network.get_layer("whitening").get_weights()[0] == before).all()
    transfer.freeze(body, ())
    wanted = {"kernel", "bias", "beta", "moving_mean", "moving_variance"}
    assert moved(model, few, 0.1) == wanted


def test_the_trap_statistics_move_at_a_rate_of_0_unless_their_layer_is_still(
    network, few
):
    body = transfer.backbone(network)
    transfer.freeze(body, ())
    assert moved(transfer.with_head(body), few, 0.0) == {
        "moving_mean",
        "moving_variance",
    }
    transfer.freeze(body, BATCH_NORM)
    assert moved(transfer.with_head(body), few, 0.0) == set()


def test_accuracy_is_that_of_predict_also_beyond_one_part(network):
    images = RANDOM.integers(0, 256, (260, 32, 32, 3), "uint8")
    labels = RANDOM.integers(0, 8, 260)
    found = (network.predict(images, verbose=0).argmax(axis=1) == labels).mean()
    assert transfer.accuracy(network, Images(images, labels)) == pytest.approx(found)


def test_a_layer_is_known_by_its_name_however_it_came_about():
    names = "".join(["white", "ning"]), "head"  # as read from a file
    body = keras.Sequential([keras.layers.Dense(1, name=name) for name in names])
    transfer.freeze(body, ())
    assert [layer.trainable for layer in body.layers] == [False, True]


def test_the_weights_of_a_linear_probe_are_held_small():
    probe = transfer.linear(RANDOM.normal(size=(40, 3)), np.arange(40) % 2)
    assert probe[-1].C == 0.01 and probe[-1].max_iter == 1000


@pytest.mark.parametrize(
    ("count", "epochs", "steps"), [(40, 150, 300), (45, 100, 300), (700, 9, 315)]
)
def test_tuning_takes_about_300_steps_of_20_unless_told(
    count, epochs, steps, monkeypatch
):
    model = keras.Sequential([keras.Input((1, 1, 3)), keras.layers.Flatten()])
    told = {}
    monkeypatch.setattr(model, "fit", lambda *images, **given: told.update(given))
    images = Images(np.zeros((count, 1, 1, 3), "uint8"), np.arange(count) % 3)
    assert transfer.tune(model, images, 0.5) is model
    assert told == {"batch_size": 20, "epochs": epochs, "verbose": 0}
    decay = model.optimizer.get_config()["learning_rate"]["config"]
    assert (decay["initial_learning_rate"], decay["decay_steps"]) == (0.5, steps)
    transfer.tune(model, images, 0.5, steps=1)
    assert told["epochs"] == 1
    with pytest.raises(ValueError, match="3"):
        transfer.tune(model, Images(images.images, images.labels + 1), 0.5)


@pytest.mark.parametrize("count", [1, 249, 250, 251, 252, 500, 501])
def test_every_image_is_asked_once_and_counts_once(count):
    model = keras.Sequential([keras.Input((1, 1, 2)), keras.layers.Flatten()])
    images = RANDOM.integers(0, 256, (count, 1, 1, 2), "uint8")
    labels = RANDOM.integers(0, 2, count)
    right = (images[:, 0, 0, 1] > images[:, 0, 0, 0]) == labels
    assert transfer.accuracy(model, Images(images, labels)) == pytest.approx(
        right.mean()
    )


def test_accuracy_is_that_of_inference(network, few):
    keras.utils.set_random_seed(0)
    drops = keras.Sequential(
        [keras.Input((32, 32, 3)), keras.layers.Flatten(), keras.layers.Dropout(0.9)]
    )
    labels = np.asarray(few.images.reshape(40, -1).argmax(axis=1))
    assert transfer.accuracy(drops, Images(few.images, labels)) == 1
