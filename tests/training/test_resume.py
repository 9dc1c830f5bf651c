"""Long training: stopped, killed, damaged, gone on with; nothing finished is lost."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from helpers import models
from helpers.quiet import keras
from helpers.training import optimizer, parts, resume

IMAGES = np.random.default_rng(0).integers(0, 256, (96, 20, 20, 3), "uint8")
LABELS = np.arange(96) % 3
JUDGE = IMAGES[:30], keras.utils.to_categorical(LABELS[:30], 3)


def batches(epoch):
    return parts.Augmented(IMAGES, LABELS, 16, 3, epoch=epoch)


def network(widths=(4, 4, 4), seed=0):
    keras.utils.set_random_seed(seed)
    model = models.build_fast_cnn((20, 20, 3), 3, widths)
    rate = optimizer.LinearWarmupDecay(0.05, 24)
    model.compile(
        optimizer.FastSGD(rate, muon=1.0, momentum=0.85, weight_decay=0.01),
        keras.losses.CategoricalCrossentropy(label_smoothing=0.2),
        metrics=["accuracy"],
    )
    return model


def fit(model, epochs=4, **others):
    return resume.fit(model, batches, epochs, bar=False, **others)


def same(one, other):
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return all(np.array_equal(*pair) for pair in pairs)


@pytest.fixture(scope="module")
def whole():
    model = network()
    rows = fit(model, validation=JUDGE)
    return model, rows


def without_seconds(rows):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]


def test_stopped_and_resumed_equals_uninterrupted(whole, tmp_path):
    fit(network(), 2, progress=tmp_path / "run.npz", validation=JUDGE)
    second = network(seed=5)  # the start does not matter: the file holds the state
    rows = fit(second, progress=tmp_path / "run.npz", resume=True, validation=JUDGE)
    assert same(second, whole[0])
    assert without_seconds(rows) == without_seconds(whole[1])


def test_resume_of_a_finished_run_trains_nothing(tmp_path):
    rows = fit(network(), 2, progress=tmp_path / "run.npz")
    again = fit(network(seed=9), 2, progress=tmp_path / "run.npz", resume=True)
    assert again == rows


def test_interrupt_keeps_the_last_finished_epoch(tmp_path, capsys):
    class Interrupt(keras.callbacks.Callback):
        steps = 0

        def on_train_batch_end(self, batch, logs=None):
            self.steps += 1
            if self.steps == 14:  # third epoch, after its second of six steps
                raise KeyboardInterrupt

    model = network()
    path = tmp_path / "run.npz"
    rows = fit(model, progress=path, callbacks=[Interrupt()])
    assert len(rows) == 2 and "after 2 of 4 epochs" in capsys.readouterr().out
    two = network()
    fit(two, 2)
    assert same(model, two)


def test_interrupt_without_progress_is_not_swallowed():
    stop = keras.callbacks.LambdaCallback(on_train_batch_end=_interrupt)
    with pytest.raises(KeyboardInterrupt):
        fit(network(), callbacks=[stop])


def _interrupt(batch, logs):
    raise KeyboardInterrupt


def test_killed_run_resumes_to_the_same_weights(whole, tmp_path):
    """Kill a training process outright: at once, and when an epoch is stored."""
    program = tmp_path / "run.py"
    program.write_text(
        textwrap.dedent(
            """
            import sys
            from tests.training import test_resume as t
            print("ready", flush=True)
            t.fit(t.network(), progress=sys.argv[1], resume=True, validation=t.JUDGE,
                  best=sys.argv[2])
            """
        )
    )
    path, best = tmp_path / "run.npz", tmp_path / "best.keras"
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(root)}
    for stored in (False, True):
        process = subprocess.Popen(
            [sys.executable, str(program), str(path), str(best)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        process.stdout.readline()
        deadline = time.monotonic() + 120
        while stored and not path.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        process.kill()
        process.wait()
        if path.exists():
            resume.restore(network(), path)
        assert path.exists() or not stored
        if best.exists():
            keras.saving.load_model(best)
    model = network(seed=7)
    fit(model, progress=path, resume=True, validation=JUDGE, best=best)
    assert same(model, whole[0])


@pytest.mark.parametrize("name", ["run.txt", "nowhere/run.npz"])
@pytest.mark.parametrize("which", ["progress", "best"])
def test_a_bad_path_is_named_before_training(tmp_path, name, which):
    name = name if which == "progress" else name.replace(".npz", ".h5")
    options = {which: tmp_path / name, "validation": JUDGE}
    with pytest.raises(ValueError, match="must end in|is no folder"):
        resume.fit(network(), lambda epoch: pytest.fail("trained"), 1, **options)


def test_best_is_replaced_only_by_better(tmp_path):
    best = models.save(network(), tmp_path / "best.keras")
    answers = network().predict(IMAGES, verbose=0).argmax(1)
    unbeatable = IMAGES, keras.utils.to_categorical(answers, 3)
    before = best.read_bytes()
    fit(network(seed=3), 1, validation=unbeatable, best=best)
    assert best.read_bytes() == before
    better = network(seed=3)
    fit(better, 1)
    answers = better.predict(IMAGES, verbose=0).argmax(1)
    fit(
        network(seed=3),
        1,
        validation=(IMAGES, keras.utils.to_categorical(answers, 3)),
        best=best,
    )
    assert same(keras.saving.load_model(best), better)


def test_best_holds_standard_layers_only(tmp_path):
    """A stored model must load where the course is not installed."""
    best = tmp_path / "best.keras"
    fit(network(), 1, validation=JUDGE, best=best)
    program = (
        "import sys, keras\n"
        "model = keras.saving.load_model(sys.argv[1])\n"
        "assert 'helpers' not in sys.modules\n"
        "print(len(model.layers))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(best)], capture_output=True, text=True
    )
    assert done.stdout.strip() == str(len(network().layers)), done.stderr[-2000:]


def test_an_earlier_run_is_not_overwritten(tmp_path):
    path = tmp_path / "run.npz"
    fit(network(), 1, progress=path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="resume=True"):
        fit(network(), 1, progress=path)
    assert path.read_bytes() == before


def test_errors_say_what_to_do(tmp_path):
    path = tmp_path / "run.npz"
    fit(network(), 1, progress=path)
    with pytest.raises(ValueError, match="another network"):
        resume.restore(network((4, 4, 8)), path)
    whole_file = path.read_bytes()
    for damaged in (b"", b"no archive", whole_file[: len(whole_file) // 2]):
        path.write_bytes(damaged)
        model = network(seed=1)
        with pytest.raises(ValueError, match="damaged"):
            resume.restore(model, path)
        assert same(model, network(seed=1))
    with pytest.raises(ValueError, match="npz"):
        resume.store(network(), [], tmp_path / "run.keras")
    with pytest.raises(ValueError, match="validation"):
        fit(network(), best=tmp_path / "best.keras")
    (tmp_path / "best.keras").write_bytes(b"x")
    with pytest.raises(ValueError, match="move it away"):
        fit(network(), validation=JUDGE, best=tmp_path / "best.keras")


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    model = network()
    fit(model, 1, progress=path)
    before = path.read_bytes()

    def full(target, *arrays, **others):
        with open(target, "wb") as file:
            file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="space"):
        resume.store(model, [], path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["run.npz"]
