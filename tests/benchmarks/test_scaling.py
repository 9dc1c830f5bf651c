"""What is stored of several workers is what notebook 18 says."""

import os

import numpy as np
import pytest

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


def test_a_system_that_keeps_no_process_to_a_core_is_told_so(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    with pytest.raises(SystemExit, match="it needs Linux"):
        scaling.main()
