"""What is stored of several workers is what notebook 18 says."""

import numpy as np

from benchmarks import scaling
from helpers import experiments, results


def test_the_stored_measurement_holds_what_page_18_says():
    stored = results.read("scaling")
    assert [row["seed"] for row in stored["seeds"]] == list(range(scaling.SEEDS))
    for row in stored["seeds"]:
        assert row["killed"]["attempts"] == 2 and row["killed"]["noticed"] > 0
        assert row["gap"]["two, killed"] == 0
        assert row["killed"]["accuracy"] == row["two"]["accuracy"]
    model = experiments.build(experiments.NORMALIZED)
    count = sum(int(np.prod(w.shape)) for w in model.trainable_variables)
    assert stored["parameters"] == count
    assert all(
        len(r["step_seconds"]) == scaling.ROUNDS for r in stored["speed"].values()
    )
