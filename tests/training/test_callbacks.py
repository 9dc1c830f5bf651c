"""Callbacks see what they see in Keras's own fit, in one go and after a resume."""

import collections
import copy
import json
import time

import numpy as np
import pytest

from helpers.quiet import keras
from helpers.training import optimizer, resume
from helpers.training.callbacks import OneTraining

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (64, 8, 8, 3)).astype("uint8")
LABELS = RANDOM.integers(0, 10, 64)
OTHERS = IMAGES[:20], LABELS[20:40]


class Memory(keras.callbacks.Callback):
    """Remember one value."""

    def __init__(self, value):
        super().__init__()
        self.value = value


def begun(given, *kept):
    one = OneTraining(given, keras.Sequential())
    one.begin(*kept)
    return one


def stored(one):
    """Return what a training remembers, as its file gives it back."""
    words, arrays = one.state()
    return json.loads(json.dumps(words)), arrays


def after_a_resume(at_begin, later, anew):
    """Return what a callback remembers that held `anew` before it was resumed."""
    first, second = Memory(at_begin), Memory(anew)
    one = begun([first])
    first.value = later
    begun([second], *stored(one))
    return second.value


ZEROS, NAN = np.zeros((2, 2)), np.full(2, np.nan)


@pytest.mark.parametrize(
    "at_begin, later",
    [
        (1, 1.0),
        (None, {"a": [1, "b", np.nan, True]}),
        (3, ZEROS),
        (ZEROS, 3),
        (ZEROS, ZEROS + 1),
        (ZEROS, ZEROS[:1]),
        (ZEROS, ZEROS.ravel()),
        (ZEROS, ZEROS.astype("float32")),
        (ZEROS, [*ZEROS]),
        ([*ZEROS], ZEROS),
        ([], [ZEROS]),
        ([ZEROS], []),
        ([ZEROS], [ZEROS, NAN]),
        ([ZEROS, NAN], [ZEROS]),
        ([ZEROS, NAN], [ZEROS, ZEROS]),
    ],
)
def test_what_has_changed_since_the_begin_comes_back(at_begin, later):
    assert repr(after_a_resume(at_begin, later, "anew")) == repr(later)


@pytest.mark.parametrize(
    "later, back",
    [
        (np.float32(0.5), 0.5),
        ([np.float64(0.5), 1, np.int64(2)], [0.5, 1, 2]),
        ({"a": [np.float32(0.5), {"b": np.bool_(True)}]}, {"a": [0.5, {"b": True}]}),
        ({np.str_("cat"): [np.str_("a")]}, {"cat": ["a"]}),
    ],
    ids=["number", "list", "inside", "words"],
)
def test_a_numpy_number_or_word_comes_back_as_pythons(later, back):
    assert repr(after_a_resume(None, later, "anew")) == repr(back)


SETTINGS = [3, np.nan, "word", [1, np.nan], ZEROS, NAN, [ZEROS, NAN], np.array(["a"])]


@pytest.mark.parametrize("setting", SETTINGS, ids=repr)
def test_what_has_not_changed_is_as_it_was_given_anew(setting):
    assert after_a_resume(setting, copy.deepcopy(setting), "anew") == "anew"


ROUND, DEEP = [], []
ROUND.append(ROUND)
for _ in range(100_000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "value",
    [
        (1, 2),
        {1: 2},
        max,
        ROUND,
        DEEP,
        [ZEROS, 1],
        [collections.Counter("a")],
        np.array([None]),
        np.array([(None,)], dtype=[("a", object)]),
    ],
    ids=[
        "tuple",
        "keys",
        "function",
        "round",
        "deep",
        "mixed",
        "counter",
        "object",
        "objects",
    ],
)
def test_what_a_file_would_not_give_back_as_it_was_begins_anew(value):
    assert after_a_resume(None, value, "anew") == "anew"


def test_what_came_back_is_stored_again_though_it_has_not_changed_since():
    one = begun([Memory("anew")])
    one.callbacks[0].value = "old"
    kept = stored(one)
    assert stored(begun([Memory("anew")], *kept)) == kept


def test_callbacks_are_told_apart_by_kind_and_those_of_one_kind_by_order():
    a, b, c = (type(name, (Memory,), {}) for name in "ABC")
    one = begun([c(""), a(""), b(""), b("")])
    for callback, value in zip(
        one.callbacks, ("c", "a", "b", "second b"), strict=False
    ):
        callback.value = value
    given = [b(""), b(""), a(""), c("")]
    begun(given, *stored(one))
    assert [callback.value for callback in given] == ["b", "second b", "a", "c"]


@pytest.mark.parametrize("judged", [False, True])
def test_an_epoch_lasts_from_its_start_to_its_last_step(judged):
    one = begun([])
    one.on_train_begin()
    one.start = time.perf_counter() / 3
    least = time.perf_counter() - one.start
    if judged:
        one.on_test_begin()
        most = time.perf_counter() - one.start
        time.sleep(0.01)
    one.on_epoch_end(0, {})
    assert least <= one.seconds <= (most if judged else time.perf_counter() - one.start)


def test_a_row_has_the_last_measures_and_hundredths_of_a_second():
    one = begun([])
    one.seconds = 1.2345
    for epoch, loss in enumerate((3.0, 2.0, 1.0)):
        one.on_epoch_end(epoch, {"loss": loss})
    assert one.row() == {"loss": 1.0, "seconds": 1.23}


class Data(keras.utils.PyDataset):
    def __init__(self):
        super().__init__(workers=2)

    def __len__(self):
        return 4

    def __getitem__(self, step):
        return IMAGES[16 * step :][:16], LABELS[16 * step :][:16]


def network(rate=0.002):
    keras.utils.set_random_seed(0)
    stack = [keras.Input((8, 8, 3)), keras.layers.Rescaling(1 / 255)]
    stack += [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential(stack)
    rate = keras.optimizers.Adam(rate)
    model.compile(rate, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Record(keras.callbacks.Callback):
    """Write down what Keras calls, and with what."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_begin(self, logs=None):
        self.seen.append(["begin", self.params["epochs"], self.params["steps"]])

    def on_epoch_begin(self, epoch, logs=None):
        self.seen.append(["epoch", epoch, sorted(logs or {})])

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(["end of epoch", epoch, {k: float(logs[k]) for k in logs}])

    def on_train_end(self, logs=None):
        self.seen.append(["end", sorted(logs)])


def half(epoch, rate):
    return rate / 2 if epoch % 3 == 2 else rate


def callbacks(folder):
    return [
        Record(),
        keras.callbacks.LearningRateScheduler(half),
        keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2, min_delta=0.003),
        keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True),
        keras.callbacks.CSVLogger(folder / "log.csv"),
        keras.callbacks.ModelCheckpoint(folder / "kept.keras", save_best_only=True),
        optimizer.Lookahead(60, every=3),
    ]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Train with Keras's own fit."""
    folder = tmp_path_factory.mktemp("plain")
    model, given = network(0.05), callbacks(folder)
    options = {"validation_data": OTHERS, "validation_batch_size": 500}
    model.fit(Data(), epochs=14, shuffle=False, verbose=0, callbacks=given, **options)
    return model, given, folder


def fit(model, given, epochs=14, **options):
    options = {"validation": OTHERS, "bar": False} | options
    return resume.fit(model, lambda epoch: Data(), epochs, callbacks=given, **options)


def the_same(plain, model, given, folder, rows):
    theirs, their_callbacks, their_folder = plain
    assert 5 < len(rows) < 14  # EarlyStopping has stopped both
    for name, line in theirs.history.history.items():
        assert [row[name] for row in rows] == line
    assert model.history.history == theirs.history.history
    assert model.history.epoch == theirs.history.epoch
    for one, other in zip(model.get_weights(), theirs.get_weights(), strict=True):
        assert np.array_equal(one, other)
    log, their_log = (f / "log.csv" for f in (folder, their_folder))
    assert log.read_text() == their_log.read_text()
    kept, theirs_kept = (
        keras.saving.load_model(f / "kept.keras") for f in (folder, their_folder)
    )
    for one, other in zip(kept.get_weights(), theirs_kept.get_weights(), strict=True):
        assert np.array_equal(one, other)
    for name in ("wait", "best", "stopped_epoch", "best_epoch"):
        assert getattr(given[3], name) == getattr(their_callbacks[3], name)
    assert given[2].wait == their_callbacks[2].wait


def test_callbacks_see_one_training_as_in_keras_own_fit(plain, tmp_path):
    model, given = network(0.05), callbacks(tmp_path)
    rows = fit(model, given)
    the_same(plain, model, given, tmp_path, rows)
    assert given[0].seen == plain[1][0].seen


@pytest.mark.parametrize("again", ["a new kernel", "the same objects"])
def test_a_resumed_training_equals_keras_own_fit_in_one_go(plain, tmp_path, again):
    path = {"progress": tmp_path / "run.npz"}
    model, given = network(0.05), callbacks(tmp_path)
    for epochs in (3, 4, 14):
        if again == "a new kernel":
            model, given = network(0.05), callbacks(tmp_path)
        rows = fit(model, given, epochs, resume=True, **path)
    the_same(plain, model, given, tmp_path, rows)
    seen = [row for row in given[0].seen if row[0].endswith("epoch")]
    assert seen == [row for row in plain[1][0].seen if row[0].endswith("epoch")]


def test_what_a_callback_stopped_stays_stopped_and_says_how_to_go_on(tmp_path, capsys):
    def stop():
        return [keras.callbacks.EarlyStopping("loss", min_delta=9, patience=1)]

    path = {"progress": tmp_path / "run.npz", "resume": True}
    assert len(fit(network(), stop(), 5, **path)) == 2
    assert len(fit(network(), stop(), 5, **path)) == 2
    said = "Stopped by a callback after 2 of 5 epochs; without callbacks it goes on."
    assert capsys.readouterr().out == said + "\n"
    assert len(fit(network(), [], 5, **path)) == 5


def test_a_setting_changed_before_the_resume_holds_and_new_callbacks_are_said(
    tmp_path, capsys
):
    path = {"progress": tmp_path / "run.npz", "resume": True}
    fit(network(), [keras.callbacks.EarlyStopping("loss", patience=50)], 2, **path)
    stopping = keras.callbacks.EarlyStopping("loss", patience=60)
    fit(network(), [stopping, Record()], 3, **path)
    assert stopping.patience == 60 and stopping.best is not None
    assert capsys.readouterr().out == "Record begins anew: the earlier run had none.\n"


class Stop(keras.callbacks.Callback):
    """Stop one step before the end of the second epoch."""

    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = self.model.optimizer.iterations == 7


def test_an_epoch_that_was_cut_short_is_a_row_and_is_done_again(tmp_path):
    path = {"progress": tmp_path / "run.npz", "resume": True}
    assert len(fit(network(), [Stop()], 3, **path)) == 2  # as Keras's fit
    model = network()
    fit(model, [], 3, **path)
    assert model.optimizer.iterations == 12


class Late(keras.callbacks.Callback):
    """Lose time in each step, and more in the validation."""

    def on_train_batch_end(self, batch, logs=None):
        time.sleep(0.05)

    def on_test_end(self, logs=None):
        time.sleep(0.5)


def test_the_seconds_of_a_row_leave_the_validation_out():
    began = time.perf_counter()
    rows = fit(network(), [Late()], 2)
    seconds = [row["seconds"] for row in rows]
    assert min(seconds) >= 4 * 0.05
    assert sum(seconds) <= time.perf_counter() - began - 2 * 0.5


def test_a_network_that_diverges_stops(tmp_path):
    given = [keras.callbacks.TerminateOnNaN()]
    model = network()
    model.layers[-1].kernel.assign(model.layers[-1].kernel * np.nan)
    assert len(fit(model, given, 4)) == 1


def test_what_cannot_be_one_training_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match="BackupAndRestore .* progress="):
        fit(network(), [keras.callbacks.BackupAndRestore(tmp_path)])
    model = network()
    averaged = keras.optimizers.SGD(0.1, use_ema=True)
    model.compile(averaged, "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="use_ema averages"):
        fit(model, [])
