"""The program that does the runs: none twice, none lost, none replaced by fewer."""

import copy
import json

import numpy as np
import pytest

from benchmarks import experiments as program
from benchmarks import runs, studies
from benchmarks.common import forward_flop
from helpers import data, experiments, inputs, models, results
from helpers.data import Images
from helpers.experiments import Settings, change, resnet, tuning
from helpers.experiments.resnet import Resnet, Training
from helpers.quiet import keras

RANDOM = np.random.default_rng(0)
FEW = Images(RANDOM.integers(0, 256, (60, 16, 16, 3), "uint8"), np.arange(60) % 10)
TINY = Settings(filters=(4, 4), dense=8, epochs=2, batch_size=20)


really = experiments.run
trained = {}  # by settings, images and seed: the same run gives the same row


def once(settings, *images_and_seed):
    """Do a run, or return the row of the same one; nothing is trained twice."""
    *parts, seed = images_and_seed
    key = settings, seed, *(inputs.fingerprint(*part) for part in parts)
    if key not in trained:
        trained[key] = really(settings, *images_and_seed)
    return copy.deepcopy(trained[key])


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Let the program work on small images, in a folder of its own."""
    monkeypatch.setattr(experiments, "run", once)
    monkeypatch.setattr(program, "WORK", tmp_path / "runs")
    monkeypatch.setattr(program, "RESULTS", tmp_path / "experiments.json")
    monkeypatch.setattr(runs, "image_parts", lambda: (FEW, FEW, FEW))
    few = {"one": studies.Study({"a": TINY, "b": change(TINY, flip=1)}, 2, 20)}
    monkeypatch.setattr(program, "STUDIES", few)
    return tmp_path


def test_finished_runs_are_not_done_again_and_the_rest_is(small, monkeypatch):
    jobs = program.jobs_of(["one"])
    assert [job[1:] for job in jobs] == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    for job in jobs[:3]:
        program.do(job)
    before = {path: path.stat().st_mtime_ns for path in program.WORK.iterdir()}
    done = []
    monkeypatch.setattr(program, "work", lambda missing: done.extend(missing))
    program.main([])
    assert done == jobs[3:]
    assert before == {p: p.stat().st_mtime_ns for p in program.WORK.iterdir()}
    rows = json.loads(program.RESULTS.read_text())["one"]
    assert rows["a"]["seeds"] == [0, 1] and rows["b"]["seeds"] == [0]
    assert len(rows["a"]["history"]["val_accuracy"]) == TINY.epochs


def test_stored_results_are_not_replaced_by_fewer_runs(small, monkeypatch):
    for job in program.jobs_of(["one"]):
        program.do(job)
    monkeypatch.setattr(program, "work", lambda missing: None)
    program.main([])
    kept = json.loads(program.RESULTS.read_text())["one"]
    assert kept["a"]["seeds"] == [0, 1]
    for path in program.WORK.glob("*_1.json"):  # as if one seed were done
        path.unlink()
    program.main([])
    assert json.loads(program.RESULTS.read_text())["one"] == kept
    other = {"one": studies.Study({"a": change(TINY, dropout=0.5)}, 1, 20)}
    monkeypatch.setattr(program, "STUDIES", other)
    for path in program.WORK.iterdir():
        path.unlink()
    program.main([])  # results of other settings are no results of these
    assert json.loads(program.RESULTS.read_text())["one"] == {}


def test_a_machine_stays_with_what_it_measured(small, monkeypatch):
    def sums_up_on(name):
        monkeypatch.setattr(program, "machine", lambda: name)
        program.main([])
        return json.loads(program.RESULTS.read_text())["machine"]

    monkeypatch.setattr(program, "work", lambda missing: None)
    first, second, *_ = program.jobs_of(["one"])
    program.do(first)
    assert sums_up_on("the first") == "the first"
    assert sums_up_on("another") == "the first"
    program.do(second)
    assert sums_up_on("another") == "the first; another"
    assert sums_up_on("a third") == "the first; another"


@pytest.fixture
def seen(small, monkeypatch):
    """Collect the images that each run gets: to train on, to stop by, to judge by.

    It trains none of them: its rows are those of one run, with numbers of their own.
    """
    parts, row = [], once(TINY, FEW, FEW, FEW, 0)

    def run(settings, *images_and_seed, **_):
        parts.append(images_and_seed[:3])
        number = len(parts)
        history = row["history"] | {"val_accuracy": [0.0, number / 50]}
        return row | {"accuracy": number / 100, "history": history}

    monkeypatch.setattr(experiments, "run", run)
    return parts


def as_rows(images):
    return sorted(image.tobytes() for image in images)


def test_the_folds_of_two_networks_are_the_same_and_hold_out_each_image_once(seen):
    both = TINY, change(TINY, flip=1)
    rows = [
        runs.fold_run(runs.Folds(settings, folds=3, repeats=2), 30, seed)
        for settings in both
        for seed in range(6)
    ]
    held_out = [as_rows(stop.images) for _, stop, _ in seen]
    assert held_out[:6] == held_out[6:]
    all_of_them = as_rows(data.split(*FEW, 30, 0)[1].images)
    for start in (0, 3):
        assert sorted(sum(held_out[start : start + 3], [])) == all_of_them
    for train, stop, judge in seen:
        assert sorted(as_rows(train.images) + as_rows(stop.images)) == all_of_them
        assert len(train.labels) == 20 and judge is FEW
    summed = studies.fold_summary(rows[:6])
    assert summed["accuracy"] == [row["accuracy"] for row in rows[:6]]
    last = [row["history"]["val_accuracy"][-1] for row in rows[:6]]
    assert summed["fold accuracy"] == last


def test_shuffled_runs_see_the_same_change_of_places_everywhere(seen):
    for shuffled in (False, True):
        runs.shuffled_run(runs.Shuffled(TINY, shuffled), 30, 3)
    plain, moved = seen
    for before, after in zip(plain, moved, strict=True):
        again = tuning.shuffle(before, 3)
        assert np.array_equal(again.images, after.images)
        assert np.array_equal(before.labels, after.labels)
        assert not np.array_equal(before.images, after.images)


def test_a_resnet_and_the_cnn_see_the_same_images_and_say_what_one_costs(seen):
    rows = [runs.resnet_run(each, 30, 3) for each in (Training(), Resnet())]
    for one, other in zip(*seen, strict=True):
        assert np.array_equal(one.images, other.images)
    networks = models.build_cnn(), resnet.build(Resnet())
    costs = [forward_flop(network, 32) for network in networks]
    assert [row["operations"] for row in rows] == costs and costs[0] != costs[1]
    summed = studies.resnet_summary(rows[:1])
    assert summed["operations"] == costs[0] and summed["cpu_seconds"] >= 0
    assert summed["machine"] == rows[0]["machine"] and "validation" in summed["data"]


def test_the_sum_of_a_search_keeps_every_curve():
    rows = [once(TINY, FEW, FEW, FEW, seed) for seed in (0, 1)]
    summed = studies.curves_summary(rows)
    assert summed["val_accuracy"] == [row["history"]["val_accuracy"] for row in rows]
    assert set(summed) == {"parameters", "accuracy", "loss", "seconds", "val_accuracy"}


def test_an_interruption_keeps_what_is_finished(small, monkeypatch):
    def stopped(missing):
        program.do(missing[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "work", stopped)
    with pytest.raises(SystemExit, match="the same command goes on"):
        program.main(["one"])
    assert [path.name for path in program.WORK.iterdir()] == ["one_a_0.json"]


def test_a_file_of_another_search_is_refused_and_left_alone(small, monkeypatch):
    job = program.jobs_of(["one"])[0]
    program.do(job)
    kept = job.path.read_bytes()
    other = {"one": studies.Study({"a": change(TINY, dropout=0.5)}, 1, 20)}
    monkeypatch.setattr(program, "STUDIES", other)
    with pytest.raises(ValueError, match="one_a_0.json holds a run with other"):
        program.main([])
    assert job.path.read_bytes() == kept


def test_a_run_drawn_on_another_processor_is_the_same_run(small, monkeypatch):
    def search(decay):  # 10 ** x ends in another digit with AVX-512
        study = studies.Study({"a": change(TINY, weight_decay=decay)}, 1, 20)
        monkeypatch.setattr(program, "STUDIES", {"one": study})
        return program.jobs_of(["one"])[0]

    monkeypatch.setattr(program, "work", lambda missing: [program.do(missing[0])])
    job = search(0.3886303977238022)
    program.main([])
    kept, stored = program.finished(job), program.RESULTS.read_bytes()
    monkeypatch.setattr(program, "work", lambda missing: None)
    assert program.finished(search(0.38863039772380215)) == kept
    job.path.rename(job.path.with_suffix(".moved"))
    program.main([])  # which has only the sum of that run
    assert program.RESULTS.read_bytes() == stored
    job.path.with_suffix(".moved").rename(job.path)
    with pytest.raises(ValueError, match="one_a_0.json holds a run with other sett"):
        program.finished(search(0.3886303977))


def test_an_unknown_study_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="no study 'dropout'; there are: regulariz"):
        program.jobs_of(["dropout"])


def test_names_of_files_differ():
    jobs = program.jobs_of(list(program.STUDIES))
    assert len({job.path for job in jobs}) == len(jobs)


def test_the_stored_results_are_those_of_these_settings_and_seeds():
    stored = results.read("experiments")
    for study, content in program.STUDIES.items():
        assert [*stored[study]] == [*content.settings]
        for name, row in stored[study].items():
            wanted = program.Job(study, name, 0).wanted
            for key in ("settings", "images"):
                assert program.same(row[key], wanted[key])
            assert row["seeds"] == [*range(content.seeds)]
            accuracy = row["accuracy"]  # a list a seed, or one for each way
            lists = accuracy.values() if isinstance(accuracy, dict) else [accuracy]
            assert [len(each) for each in lists] == [content.seeds] * len(lists)
            assert content.seeds >= 5


def test_heads_on_a_body_are_yielded_in_turn_and_the_body_comes_back():
    keras.utils.set_random_seed(0)
    model = models.build_fast_cnn((32, 32, 3), 8, (4, 4, 4))
    few = Images(RANDOM.integers(0, 256, (20, 32, 32, 3), "uint8"), np.arange(20) % 2)
    before, changed = model.get_weights(), {}
    for way, _ in runs.on_features(runs.Transfer(learning_rates=(0.01,)), model, few):
        pairs = zip(before, model.get_weights(), strict=True)
        changed[way] = any((old != now).any() for old, now in pairs)
    assert changed == {"frozen": False, "fine-tuned, 0.01": True}
    for old, now in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(old, now)
