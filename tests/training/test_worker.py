"""Several workers, real processes: they take the steps of one, and one may die."""

import contextlib
import json
import os
import shutil
import sys
import time
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import keras
import numpy as np
import pytest
from packaging.version import Version

from benchmarks import scaling
from helpers import data, experiments
from helpers.training import launch

pytestmark = [
    pytest.mark.skipif(
        sys.platform == "win32", reason="JAX connects no processes on Windows"
    ),
    pytest.mark.usefixtures("compiled_once"),
]
ONE_STEP = launch.Job("", data="digits", photos=128, epochs=1)


@pytest.fixture(autouse=True, scope="module")
def all_digits():
    """JAX 0.7 loses digits in a convolution's gradients where there is AVX-512."""
    with pytest.MonkeyPatch.context() as patch:
        if Version(metadata.version("jax")) < Version("0.8"):
            patch.setenv("XLA_FLAGS", "--xla_cpu_max_isa=AVX2")
        yield


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """One worker has taken one step; return its job and what it told."""
    job = replace(ONE_STEP, folder=str(tmp_path_factory.mktemp("alone")))
    return job, launch.train(job)


def test_two_workers_take_the_step_of_one(tmp_path, monkeypatch, alone):
    for name in ("http_proxy", "https_proxy"):  # it leads nowhere, and is not asked
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    job, (one,) = alone
    both = replace(job, folder=str(tmp_path), workers=2)
    (shared,) = launch.train(both)
    assert one["codes"] == [0] and shared["codes"] == [0, 0]
    assert one["rows"][0]["loss"] == pytest.approx(shared["rows"][0]["loss"], 1e-5)
    (first,), (second,) = map(launch.checkpoints, (job, both))
    assert scaling.gap(first, second) < 1e-6
    stored = scaling.arrays(first)  # vars/0 counts steps, vars/1 is the rate
    velocity = [v for name, v in stored.items() if name.startswith("optimizer/vars/")]
    moved = max(np.abs(v).max() for v in velocity if v.ndim > 1)
    assert moved > 1e-3, "a step that moves nothing proves nothing"
    assert "epoch" not in (tmp_path / "attempt-1.log.errors").read_text(), "one tells"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Two workers; the second is slow, so that an epoch lasts two seconds anywhere.

    Returns the job, the seconds it took, and on which cores each worker was seen.
    """
    folder, cores = tmp_path_factory.mktemp("whole"), [set(), set()]
    job = launch.Job(str(folder), 2, "digits", photos=1152, epochs=3, slow=0.2)

    def look(team):  # and hurt nobody
        for worker, seen in zip(team, cores, strict=True):
            with contextlib.suppress(AttributeError, ProcessLookupError):
                seen.add(frozenset(os.sched_getaffinity(worker.pid)))

    began = time.monotonic()
    codes, _ = launch.watch(launch.start(job, folder / "attempt-1.log"), look)
    assert codes == [0, 0]
    return job, time.monotonic() - began, cores


@pytest.mark.parametrize("victim", [0, 1])
def test_a_killed_worker_costs_an_epoch_and_no_accuracy(tmp_path, undisturbed, victim):
    whole = undisturbed[0]
    cut = replace(whole, folder=str(tmp_path / "cut"))
    first, second = launch.train(cut, kill=victim)
    assert first["codes"][victim] == -9
    assert first["codes"][1 - victim] not in (0, -9), "it must end by itself"
    assert first["seconds"] < 20, "and soon"
    assert [row["epoch"] for row in first["rows"]] == [1]
    assert [row["epoch"] for row in second["rows"]] == [2, 3]
    last = [launch.checkpoints(job)[-1] for job in (whole, cut)]
    assert scaling.gap(*last) < 1e-6
    validation = data.load_images("digits").validation
    right = [scaling.accuracy(checkpoint, validation) for checkpoint in last]
    assert right[0] == right[1] > 0.5


def test_a_slow_worker_slows_the_team(undisturbed):
    job, took, _ = undisturbed
    rows = Path(job.folder, "attempt-1.log").read_text().splitlines()
    seconds = [json.loads(row)["seconds"] for row in rows if row[:1] == "{"]
    assert len(seconds) == 3 and min(seconds) > 9 * 0.2, "nine steps an epoch"
    assert sum(seconds) < took


def test_each_worker_has_a_core_of_its_own(undisturbed):
    first, second = (min(seen, key=len, default=None) for seen in undisturbed[2])
    if first is None:
        pytest.skip("no system to give a process a core")
    assert len(first) == len(second) == 1
    assert first != second or len(os.sched_getaffinity(0)) == 1


def test_an_epoch_takes_the_steps_of_plain_keras(tmp_path, undisturbed):
    """Every photo once, in the order that the seed and the epoch's number give.

    TensorFlow rounds otherwise, which after nine steps is 0.002; another order, 0.08.
    """
    job = undisturbed[0]
    first, second, _ = launch.checkpoints(job)
    images, labels = data.load_images(job.data).train
    model = experiments.build(experiments.NORMALIZED, images.shape[1:])
    optimizer = keras.optimizers.SGD(job.learning_rate, momentum=0.9)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    optimizer.build(model.trainable_variables)
    model.load_weights(first)
    order = np.random.default_rng((job.seed, 2)).permutation(job.photos)
    for batch in np.split(order, 9):
        model.train_on_batch(images[batch], labels[batch])
    model.save_weights(tmp_path / "plain.weights.h5")
    assert scaling.gap(second, tmp_path / "plain.weights.h5") < 0.02
    assert scaling.gap(first, second) > 0.2, "steps that move nothing prove nothing"


def test_a_training_goes_on_and_a_finished_one_stays_as_it_is(tmp_path, alone):
    job = replace(alone[0], folder=str(tmp_path))
    shutil.copytree(alone[0].folder, tmp_path, dirs_exist_ok=True)
    first = tmp_path / "epoch-001.weights.h5"
    first.rename(tmp_path / "epoch-110.weights.h5")
    for name in (first.name, "part-0.weights.h5"):
        (tmp_path / name).write_bytes(b"cut off")  # by a loss of power
    (on,) = launch.train(replace(job, epochs=111, slow=3))
    assert [row["epoch"] for row in on["rows"]] == [111], "from the newest"
    assert on["rows"][0]["seconds"] > 3, "one alone is the last: it is the slow one"
    before = [checkpoint.read_bytes() for checkpoint in launch.checkpoints(job)]
    (again,) = launch.train(replace(job, epochs=111))
    assert again == {"codes": [0], "seconds": 0.0, "rows": []}
    assert [checkpoint.read_bytes() for checkpoint in launch.checkpoints(job)] == before
    with pytest.raises(ValueError, match="begun with another seed .0, now 3.: give"):
        launch.train(replace(job, seed=3))
    assert [checkpoint.read_bytes() for checkpoint in launch.checkpoints(job)] == before


def test_other_data_than_a_training_began_with_are_refused(
    tmp_path, monkeypatch, alone
):
    """What "auto" finds depends on the day: the digits offline, later CIFAR-10."""
    shutil.copytree(alone[0].folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "job.json").unlink()
    monkeypatch.setenv("IMAGE_DATA", "emoji")
    job = replace(alone[0], folder=str(tmp_path), data="auto", epochs=2, workers=2)
    says = "given up after 1 attempt; .*another data set .digits, now emoji.: give"
    with pytest.raises(RuntimeError, match=f"(?s){says}"):
        launch.train(job)
    assert len(launch.checkpoints(job)) == 1
