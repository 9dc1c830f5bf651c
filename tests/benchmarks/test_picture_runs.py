"""Runs on the shipped pictures: the same sides for all, no group on both of them."""

import numpy as np
import pytest

from benchmarks import picture_runs, studies
from benchmarks.picture_runs import Frozen
from helpers import data, models, results
from helpers.experiments import transfer
from helpers.quiet import keras


def rows_of(images):
    return [image.tobytes() for image in images]


def test_sides_share_no_group_and_hold_no_picture_for_testing():
    found = picture_runs.pictures(32)
    part = data.split_folder(found, seed=0)
    rows = rows_of(found.images)
    once = {row for row in rows if rows.count(row) == 1}  # some concepts look the same
    group = dict(zip(rows, found.groups, strict=True))
    testing = once & set(rows_of(found.images[part == 2]))
    for seed in (0, 1):
        few, judge = picture_runs.sides(32, 800, seed)
        learned, judged = rows_of(few.images), rows_of(judge.images)
        assert len(learned) == 800 and len(judged) > 200
        sides = ({group[row] for row in once & {*side}} for side in (learned, judged))
        assert not set.intersection(*sides)
        assert len(testing) > 200 and not testing & {*learned, *judged}
    again = picture_runs.sides(32, 800, 1)[1]
    assert np.array_equal(again.images, judge.images)
    larger = picture_runs.sides(64, 800, 1)[1]
    assert np.array_equal(larger.labels, judge.labels)  # the same pictures


def test_a_run_repeats_the_stored_accuracy_of_the_backbone_that_ships():
    """Nothing is drawn in it but the split, so one seed may be done again."""
    row = picture_runs.frozen_run(Frozen("CIFAR-10", 32), 800, 3)
    stored = results.read("experiments")["frozen features"]["CIFAR-10, 32"]
    assert row["accuracy"] == pytest.approx(stored["accuracy"][3], abs=0.005)
    assert row["features"] == stored["features"] == 176
    assert row["parameters"] == stored["parameters"]
    shipped = models.load_trained("cifar10")
    assert row["parameters"] == transfer.backbone(shipped).count_params()
    summed = studies.frozen_summary([row, {**row, "accuracy": 0.5}])
    assert summed["accuracy"] == [row["accuracy"], 0.5]
    assert "shipped" in summed["data"] and summed["machine"] == row["machine"]


def test_a_network_that_was_not_made_yet_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(picture_runs, "LITE0", tmp_path / "lite0.keras")
    with pytest.raises(ValueError, match="lite0.keras is missing: make pretrained"):
        picture_runs.backbone(Frozen("ImageNet", 64))
    stack = [keras.Input((None, None, 3)), keras.layers.GlobalAveragePooling2D()]
    keras.Sequential(stack).save(tmp_path / "lite0.keras")
    assert picture_runs.backbone(Frozen("ImageNet", 64)).output_shape == (None, 3)
