"""The parts of fast training, on whatever backend Keras runs on."""

import numpy as np
import pytest

from helpers import data, models
from helpers.quiet import keras
from helpers.training import parts

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (40, 20, 20, 3), "uint8")
LABELS = np.arange(40) % 4


def photo_pieces():
    photo = data.sample_photo()  # real pixels, strongly correlated
    return np.stack([photo[i : i + 20, j : j + 20] for i in range(99) for j in (0, 90)])


def test_whitening_makes_maps_uncorrelated_and_equally_strong():
    pixels = photo_pieces() / np.float32(64) - 2
    kernel = parts.whitening_kernel(pixels, epsilon=0)
    assert kernel.shape == (2, 2, 3, 24)
    np.testing.assert_array_equal(kernel[..., 12:], -kernel[..., :12])
    maps = keras.ops.convert_to_numpy(keras.ops.conv(pixels, kernel))
    maps = maps[..., :12].reshape(-1, 12)
    np.testing.assert_allclose(maps.T @ maps / len(maps), np.eye(12), atol=0.02)


def test_whitening_epsilon_keeps_a_constant_direction_finite():
    grey = np.repeat(photo_pieces()[..., :1], 3, axis=3) / np.float32(64) - 2
    kernel = parts.whitening_kernel(grey)  # 8 of 12 directions are empty
    assert np.isfinite(kernel).all() and np.abs(kernel).max() < 5e-4**-0.5


def test_whiten_sets_only_the_first_layer():
    model = models.build_fast_cnn((20, 20, 3), 4, (8, 8, 8))
    before = model.get_weights()
    parts.whiten(model, IMAGES)
    changed = [
        not np.array_equal(a, b)
        for a, b in zip(before, model.get_weights(), strict=True)
    ]
    assert changed == [True] + [False] * (len(changed) - 1)
    assert not model.get_layer("whitening").trainable


def test_hand_through_copies_the_first_maps():
    model = models.build_fast_cnn((20, 20, 3), 4, (8, 12, 30))
    parts.identity_init(model)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.trainable:
            channels, filters = layer.kernel.shape[2:]
            maps = RANDOM.normal(size=(2, 5, 5, channels)).astype("float32")
            same = min(channels, filters)
            out = keras.ops.convert_to_numpy(layer(maps))
            np.testing.assert_allclose(out[..., :same], maps[..., :same], atol=1e-6)
            if filters > channels:
                rest = layer.get_weights()[0][..., same:]
                limit = (9 * channels) ** -0.5
                assert limit * 0.9 < np.abs(rest).max() <= limit


def epoch(number, flip="alternating", seed=0, shift=2, **others):
    return parts.Augmented(
        IMAGES, LABELS, 10, 4, epoch=number, flip=flip, seed=seed, shift=shift, **others
    )


def origin(image, shift=2):
    """Find which image, mirrored or not, shifted how, was drawn: brute force."""
    edge = ((0, 0), (shift, shift), (shift, shift), (0, 0))
    padded = np.pad(IMAGES, edge, "reflect")
    for row in range(2 * shift + 1):
        for column in range(2 * shift + 1):
            window = padded[:, row : row + 20, column : column + 20]
            for mirrored in (False, True):
                candidates = window[:, :, ::-1] if mirrored else window
                hits = np.flatnonzero((candidates == image).all(axis=(1, 2, 3)))
                if len(hits):
                    return int(hits[0]), mirrored, (row, column)
    raise AssertionError("no shifted image of the set")


def origins(batches):
    found = {}
    for index in range(len(batches)):
        images, labels = batches[index]
        for image, label in zip(images, labels, strict=True):
            number, mirrored, corner = origin(image)
            assert label.argmax() == LABELS[number] and label.sum() == 1
            found[number] = mirrored, corner
    return found


def test_an_epoch_shows_every_image_once_shifted():
    found = origins(epoch(0))
    assert sorted(found) == list(range(40))
    assert len({corner for _, corner in found.values()}) > 10


def test_two_epochs_show_both_sides():
    first, second, third = (origins(epoch(n)) for n in range(3))
    sides = [[found[n][0] for n in range(40)] for found in (first, second, third)]
    assert sides[0] == sides[2] == [not side for side in sides[1]]
    assert 8 < sum(sides[0]) < 32
    again = [origins(epoch(n, "random")) for n in range(2)]
    assert sum(again[0][n][0] == again[1][n][0] for n in range(40)) not in (0, 40)
    assert not any(side for side, _ in origins(epoch(0, "none")).values())


def test_seed_and_epoch_decide_everything():
    np.testing.assert_array_equal(epoch(3)[1][0], epoch(3)[1][0])
    assert not np.array_equal(epoch(3)[1][0], epoch(4)[1][0])
    assert not np.array_equal(epoch(3)[1][0], epoch(3, seed=1)[1][0])


def test_shift_zero_without_flip_is_a_reordering():
    batch, labels = epoch(0, "none", shift=0)[0]
    for image, label in zip(batch, labels, strict=True):
        assert (IMAGES[LABELS == label.argmax()] == image).all(axis=(1, 2, 3)).any()


@pytest.mark.parametrize("side", [1, 4, 7])
def test_cutout_greys_one_square_and_nothing_else(side):
    plain, cut = epoch(2)[1][0], epoch(2, cutout=side)[1][0]
    grey = (cut == 128).all(axis=-1)
    assert np.array_equal(cut[~grey], plain[~grey])
    for hole in grey:
        rows, columns = (np.flatnonzero(hole.any(axis=axis)) for axis in (1, 0))
        assert hole.sum() == len(rows) * len(columns) > 0
        for found in (rows, columns):  # a square, or what the edge leaves of it
            at_edge = found[0] == 0 or found[-1] == 19
            assert np.ptp(found) + 1 == len(found)
            assert len(found) == side or at_edge and len(found) >= side // 2
    again = epoch(3, cutout=side)[1][0]
    assert not np.array_equal((again == 128).all(axis=-1), grey)


def test_small_images_and_left_over_ones():
    assert epoch(0, size=12)[0][0].shape == (10, 12, 12, 3)
    batches = parts.Augmented(IMAGES[:37], LABELS[:37], 10, 4)
    assert len(batches) == 3 and batches[2][0].shape == (10, 20, 20, 3)
    with pytest.raises(ValueError, match='"random"'):
        epoch(0, flip=True)


def test_fit_sees_the_batches_in_their_order():
    batches, seen = epoch(0), []
    model = keras.Sequential([keras.Input((20, 20, 3)), keras.layers.Flatten()])
    model.add(keras.layers.Dense(4, kernel_initializer="zeros", use_bias=False))

    def loss(y_true, y_pred):
        labels = keras.ops.sum(y_true * np.arange(4, dtype="float32"))
        return labels + 0 * keras.ops.sum(y_pred)

    model.compile("sgd", loss)
    log = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(float(logs["loss"]))
    )
    model.fit(batches, shuffle=False, verbose=0, callbacks=[log])
    sums = [float((batches[i][1] @ np.arange(4)).sum()) for i in range(4)]
    running = np.cumsum(sums) / np.arange(1, 5)
    np.testing.assert_allclose(seen, running, rtol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.data")
def test_tensorflow_does_not_tune_the_queue():
    """Or `fit` would return many seconds late: see Augmented."""
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    dataset = PyDatasetAdapter(epoch(0)).get_tf_dataset()
    assert dataset.options().autotune.enabled is False


def test_views_are_weighed_as_described():
    model = models.build_fast_cnn((20, 20, 3), 4, (8, 8, 8))
    parts.whiten(model, IMAGES)

    def once(images):
        return model.predict(images, verbose=0)

    images = IMAGES[:6]
    mirror = images[:, :, ::-1]
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), "reflect")
    moved = [padded[:, :20, :20], padded[:, 2:, 2:]]
    moved += [view[:, :, ::-1] for view in moved]
    two = (once(images) + once(mirror)) / 2
    six = two / 2 + sum(once(view) for view in moved) / 8
    for views, expected in ((1, once(images)), (2, two), (6, six)):
        found = parts.predict_tta(model, images, views)
        np.testing.assert_allclose(found, expected, atol=1e-6)
    with pytest.raises(ValueError, match="1, 2 or 6"):
        parts.predict_tta(model, images, 3)


def test_the_strongest_direction_comes_first_and_is_made_weakest():
    kernel = parts.whitening_kernel(photo_pieces() / np.float32(64) - 2, epsilon=0.01)
    lengths = np.linalg.norm(kernel[..., :12].reshape(12, 12), axis=0)
    assert (np.diff(lengths) > 0).all()


def test_six_views_are_taken_untold_and_two_workers_where_they_lose_nothing():
    model = keras.Sequential([keras.Input((20, 20, 3)), keras.layers.Flatten()])
    six, found = (parts.predict_tta(model, IMAGES[:2], *n) for n in ([6], []))
    np.testing.assert_array_equal(found, six)
    workers = 2 if keras.backend.backend() == "tensorflow" else 1
    assert epoch(0).workers == workers
