"""Long training: stopped, killed, damaged, gone on with; nothing finished is lost."""

import contextlib
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
from helpers.training import checkpoint, optimizer, parts, resume

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


@contextlib.contextmanager
def training(lines, *files):
    """Run such a training in another process; yield it once it says so."""
    head = "import os, sys\nfrom tests.training import test_resume as t\n"
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", head + textwrap.dedent(lines), *map(str, files)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(root)},
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        yield process
        process.kill()


def test_killed_run_resumes_to_the_same_weights(whole, tmp_path):
    """Kill a training process outright: at once, and when an epoch is stored."""
    program = """
        print("ready", flush=True)
        t.fit(t.network(), progress=sys.argv[1], resume=True, validation=t.JUDGE,
              best=sys.argv[2])
        """
    path, best = tmp_path / "run.npz", tmp_path / "best.keras"
    for stored in (False, True):
        with training(program, path, best):
            deadline = time.monotonic() + 120
            while stored and not path.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.2)
        if path.exists():
            checkpoint.restore(network(), path)
        assert path.exists() or not stored
        if best.exists():
            keras.saving.load_model(best)
    model = network(seed=7)
    fit(model, progress=path, resume=True, validation=JUDGE, best=best)
    assert same(model, whole[0])


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_between_progress_and_best_costs_no_best(whole, tmp_path, when):
    """Kill a process when it stores the epoch that is the best, and right after."""
    accuracies = [row["val_accuracy"] for row in whole[1]]
    number = int(np.argmax(accuracies))
    program = """
        print("ready", flush=True)
        store = t.checkpoint.store

        def killed(model, rows, *others):
            last = len(rows) > int(sys.argv[3])
            if last and sys.argv[4] == "before":
                os.kill(os.getpid(), 9)
            store(model, rows, *others)
            if last:
                os.kill(os.getpid(), 9)

        t.checkpoint.store = killed
        t.fit(t.network(), progress=sys.argv[1], validation=t.JUDGE, best=sys.argv[2])
        """
    path, best = tmp_path / "run.npz", tmp_path / "best.keras"
    with training(program, path, best, number, when) as process:
        assert process.wait(120) == -9
    fit(network(), progress=path, resume=True, validation=JUDGE, best=best)
    kept = keras.saving.load_model(best)
    kept.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    found = kept.evaluate(*JUDGE, verbose=0, return_dict=True)
    assert found["accuracy"] == pytest.approx(max(accuracies))


def test_two_trainings_on_one_file_are_refused_and_a_killed_one_costs_no_wait(tmp_path):
    program = """
        import keras, time
        def wait(batch, logs):
            print("ready", flush=True)
            time.sleep(90)
        wait = keras.callbacks.LambdaCallback(on_train_batch_end=wait)
        t.fit(t.network(), callbacks=[wait], progress=sys.argv[1],
              validation=t.JUDGE, best=sys.argv[2])
        """
    path, best = tmp_path / "run.npz", tmp_path / "best.keras"
    with training(program, path, best) as process:
        for mine in ({"progress": path}, {"best": best, "validation": JUDGE}):
            says = f"is in use by process {process.pid}: stop that one first"
            with pytest.raises(BlockingIOError, match=says):
                fit(network(), **mine)
    for left in (".run.123.npz", ".best.123.keras", ".run.notes.npz", "run.1.npz"):
        (tmp_path / left).write_bytes(b"half")  # as if killed while it was written
    start = time.monotonic()
    rows = fit(network(), 1, progress=path, best=best, validation=JUDGE)
    assert time.monotonic() - start < rows[0]["seconds"] + 20
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        ".run.notes.npz", "best.keras", "run.1.npz", "run.npz"
    ]  # fmt: skip


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
    with pytest.raises(ValueError, match="best needs validation"):
        fit(network(), best=tmp_path / "best.keras")
    (tmp_path / "best.keras").write_bytes(b"x")
    with pytest.raises(ValueError, match="move it away"):
        fit(network(), validation=JUDGE, best=tmp_path / "best.keras")
    nothing = models.build_dense_baseline((20, 20, 3), 3)
    nothing.compile("sgd", "categorical_crossentropy", metrics=["mse"])
    with pytest.raises(ValueError, match=r'compiled with metrics=\["accuracy"\]'):
        fit(nothing, validation=JUDGE, best=tmp_path / "other.keras")
    with pytest.raises(ValueError, match="an epoch has no batch"):
        resume.fit(network(), lambda epoch: Few(), 1, bar=False)


class Few(keras.utils.PyDataset):
    def __len__(self):
        return 0


class Pairs(keras.utils.PyDataset):
    """Images and their class numbers, as they are."""

    def __init__(self, images, labels):
        super().__init__()
        self.pair = images, labels

    def __len__(self):
        return 1

    def __getitem__(self, step):
        return self.pair


@pytest.mark.parametrize("where", ["training", "validation"])
@pytest.mark.parametrize(
    ("images", "labels", "says"),
    [
        (IMAGES, LABELS - 1, r"must lie in 0\.\.2 for 3 classes, not in -1\.\.1"),
        (IMAGES, LABELS + 1, r"not in 1\.\.3: count from 0, labels - 1"),
        (IMAGES, np.eye(3)[LABELS], r"must be \(N,\).*\(96, 3\); one-hot"),
        (IMAGES, LABELS / 2, "must be integers, not float64"),
        (IMAGES / np.float32(255), LABELS, r"lie in -1\.\.1, scaled already"),
    ],
)
def test_what_keras_takes_without_a_word_is_named(where, images, labels, says):
    pairs = {"training": (IMAGES, LABELS), "validation": (IMAGES, LABELS)}
    pairs[where] = images, labels
    data = Pairs(*pairs["training"])
    options = {"validation": pairs["validation"], "bar": False}
    model = models.build_dense_baseline((20, 20, 3), 3)
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=says):
        resume.fit(model, lambda epoch: data, 1, **options)


def always(number):
    """Build a network that gives every image this class, and learns nothing."""
    flat = [keras.Input((20, 20, 3)), keras.layers.Flatten()]
    dense = keras.layers.Dense(3, kernel_initializer="zeros", activation="softmax")
    model = keras.Sequential([*flat, dense])
    dense.bias.assign(9 * np.eye(3)[number])
    still = keras.optimizers.SGD(0.0)
    model.compile(still, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("shape", [(96, 1), (96,)])
def test_best_is_judged_by_labels_as_keras_hands_them_out(tmp_path, shape):
    best = models.save(always(2), tmp_path / "best.keras")
    judge, before = (IMAGES, np.full(shape, 2)), best.read_bytes()
    options = {"validation": judge, "best": best, "bar": False}
    for number in (0, 2):
        resume.fit(always(number), lambda epoch: Pairs(*judge), 1, **options)
        assert best.read_bytes() == before
    models.save(always(0), best)
    resume.fit(always(2), lambda epoch: Pairs(*judge), 1, **options)
    assert same(keras.saving.load_model(best), always(2))


def shown(epoch, seed=0, labels=LABELS, size=16):
    return parts.Augmented(IMAGES, labels, size, 3, epoch=epoch, seed=seed)


@pytest.mark.parametrize(
    ("key", "now", "says"),
    [
        ("batches", lambda e: shown(e, seed=1), "another images"),
        ("batches", lambda e: shown(e, labels=LABELS[::-1]), "another labels"),
        (
            "batches",
            lambda e: shown(e, size=12),
            r"another number of batches \(6, now 8",
        ),
        ("validation", (IMAGES[:20], JUDGE[1][:20]), "another validation images"),
        ("validation", (JUDGE[0], JUDGE[1][::-1]), "another validation labels"),
        ("rate", 0.02, r"another learning rate \(0\.01, now 0\.02\)"),
    ],
)
def test_a_progress_file_of_another_training_is_refused(tmp_path, key, now, says):
    path = tmp_path / "run.npz"
    given = {"batches": shown, "validation": JUDGE, "rate": 0.01}
    _resumed(path, **given)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"run.npz was begun with {says}"):
        _resumed(path, **given | {key: now})
    assert path.read_bytes() == before


def _resumed(path, batches, validation, rate, epochs=1):
    model = always(0)
    rate = keras.optimizers.SGD(rate)
    model.compile(rate, "categorical_crossentropy", metrics=["accuracy"])
    options = {"validation": validation, "progress": path, "resume": True}
    return resume.fit(model, batches, epochs, bar=False, **options)


def test_the_first_epoch_is_number_0_and_its_batches_come_in_their_order():
    """As in Keras, which shuffles what it is given but not here."""
    asked = []

    class Ordered(Pairs):
        def __len__(self):
            return 40

        def __getitem__(self, step):
            asked.append(step)
            return self.pair

    data = Ordered(IMAGES[:3], LABELS[:3])
    resume.fit(always(0), [data].__getitem__, 1, bar=False)
    assert asked[-40:] == [*range(40)]


def test_a_plain_training_says_nothing_and_its_bar_counts_all_steps(tmp_path, capfd):
    path, best = tmp_path / "run.npz", tmp_path / "best.keras"
    options = {"progress": path, "best": best, "validation": JUDGE}
    for epochs in (1, 2):
        fit(network(), epochs, resume=True, **options)
    assert capfd.readouterr() == ("", "")
    resume.fit(network(), batches, 3, resume=True, **options)
    said = capfd.readouterr()
    assert not said.out and "18/18" in said.err


def test_a_training_that_gets_none_right_has_a_best_model_too(tmp_path):
    best = tmp_path / "best.keras"
    judge = IMAGES, np.full(96, 2)
    options = {"validation": judge, "best": best, "bar": False}
    (row,) = resume.fit(always(0), lambda epoch: Pairs(*judge), 1, **options)
    assert row["val_accuracy"] == 0 and best.is_file()


def test_whole_numbers_are_class_numbers_whatever_their_type():
    judge = IMAGES, LABELS.astype("float32")
    resume.fit(always(0), lambda epoch: Pairs(*judge), 1, validation=judge, bar=False)


def test_a_best_model_may_have_been_saved_with_a_loss_that_is_not_here(tmp_path):
    def own(answers, scores):
        return keras.losses.categorical_crossentropy(answers, scores)

    best, kept = tmp_path / "best.keras", network()
    kept.compile("sgd", own)
    kept.save(best)
    with pytest.raises((TypeError, ValueError)):
        keras.saving.load_model(best)
    fit(network(), 1, validation=JUDGE, best=best)
