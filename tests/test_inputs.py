"""Labels and images are taken as they are meant, or refused in one sentence."""

import numpy as np
import pytest

from helpers import data, evaluation, gradients, inputs, models
from helpers.data import Images
from helpers.experiments import Settings, settings, transfer
from helpers.training import parts

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (40, 32, 32, 3), "uint8")
LABELS = np.arange(40) % 4
SURE = np.eye(4)[LABELS]
TINY = Settings(filters=(4,), dense=4, epochs=1)


def run(images, labels):
    part = Images(images, labels)
    return settings.run(TINY, part, part, part, 0)["accuracy"]


def tune(images, labels):
    network = models.build_dense_baseline(classes=4)
    return transfer.tune(network, Images(images, labels), 0.01, 1).name


def only(images, labels):
    return transfer.only(Images(images, labels), [3, 1]).labels


def accuracy(images, labels):
    return transfer.accuracy(lambda x, training: SURE[: len(x)], Images(images, labels))


def augmented(images, labels):
    return parts.Augmented(images, labels, 20, 4)[1][1]


def split(images, labels):
    return data.split(images, labels, 10)[1].labels


def per_class(images, labels):
    return evaluation.per_class(labels, labels, "abcd")


def reliability(images, labels):
    return evaluation.reliability(SURE, labels)[1][-1:]


def loss(images, labels):
    return gradients.cross_entropy(9 * SURE, labels)


def gradient(images, labels):
    return gradients.cross_entropy_backward(9 * SURE, labels)


DOORS = [run, tune, only, accuracy, augmented, split, per_class, reliability]
DOORS += [loss, gradient]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_a_column_of_labels_is_taken_as_if_it_were_flat(door):
    """Keras hands out CIFAR-10 so: `(N, 1)`, unsigned."""
    column = LABELS[:, None].astype("uint8")
    one, other = door(IMAGES, LABELS), door(IMAGES, column)
    if door is not run:  # rounding of two trainings
        assert np.array_equal(one, other)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (LABELS - 1, r"labels must lie in 0\.\..*, not in -1\.\.2"),
        (SURE.astype(int), r"labels must be \(N,\), .*\(40, 4\); one-hot"),
        (LABELS / 2, "labels must be integers, not float64"),
        (LABELS.astype(str), "labels must be integers, not <U"),
        (LABELS[:0], r"labels must be \(N,\)"),
    ],
)
def test_labels_that_are_none_are_named(door, labels, says):
    with pytest.raises(ValueError, match=says):
        door(IMAGES, labels)


@pytest.mark.parametrize("door", [d for d in DOORS if d not in (only, split)])
def test_labels_that_count_from_one_are_named_with_the_cure(door):
    says = "labels (must lie in 0..3 for 4 classes, not in 1..4|run from 1 to 4): count"
    with pytest.raises(ValueError, match=says.replace(".", r"\.")):
        door(IMAGES, LABELS + 1)


@pytest.mark.parametrize("door", [run, tune, accuracy, augmented])
def test_scaled_images_for_a_network_that_scales_are_named(door):
    for scaled in (data.scale(IMAGES), data.scale(IMAGES).astype("float64") * 2 - 1):
        with pytest.raises(ValueError, match=r"lie in -1\.\.1, scaled already"):
            door(scaled, LABELS)


def test_scaled_images_are_named_where_there_are_no_labels():
    network = models.build_fast_cnn(classes=4, widths=(4, 4, 4))
    for door in (parts.whiten, parts.predict_tta):
        with pytest.raises(ValueError, match="scaled already"):
            door(network, data.scale(IMAGES))


@pytest.mark.parametrize("door", [run, tune, augmented, split])
def test_fewer_labels_than_images_are_named(door):
    with pytest.raises(ValueError, match="there are 40 images, but 39 labels"):
        door(IMAGES, LABELS[:39])


@pytest.mark.parametrize("size", [41, 0, -1])
def test_a_batch_that_no_images_fill_is_named(size):
    with pytest.raises(ValueError, match=f"batch_size={size} does not .* from 1 to 40"):
        parts.Augmented(IMAGES, LABELS, size, 4)


def test_images_that_are_not_scaled_pass_whatever_their_type():
    for images in (IMAGES, IMAGES.astype("float32"), np.zeros((2, 4, 4, 3), "uint8")):
        assert inputs.unscaled(images) is images


def test_a_class_that_is_missing_is_no_fault():
    assert inputs.count_classes([2, 0, 5]) == 6
    assert inputs.count_classes([1, 3]) == 4


def test_a_fingerprint_sees_values_shape_type_and_order():
    one = np.arange(6)
    others = [one[::-1], one.reshape(2, 3), one.astype("int32"), one + (one == 5)]
    found = [inputs.fingerprint(x) for x in (one, *others)]
    found += [inputs.fingerprint(one, 1), inputs.fingerprint("words")]
    assert len(set(found)) == len(found) and {len(x) for x in found} == {16}
    assert inputs.fingerprint(one) == inputs.fingerprint(np.arange(12)[::2] // 2)


def test_only_what_counts_from_one_is_told_to_count_from_zero():
    for beyond in ([0, 5], [0, 4], [2, 4]):
        with pytest.raises(ValueError, match=r"must lie in 0\.\.3") as refused:
            inputs.class_numbers(beyond, 4)
        assert "count from 0" not in str(refused.value)
