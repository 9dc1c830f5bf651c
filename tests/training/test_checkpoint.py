"""The file that a training goes on from is whole, or the old one, or refused."""

import os

import numpy as np
import pytest

from helpers.quiet import keras
from helpers.training import checkpoint
from tests.training.test_resume import fit, network, same


def test_a_file_that_does_not_fit_is_refused_and_the_model_stays(tmp_path):
    path = tmp_path / "run.npz"
    fit(network(), 1, progress=path)
    with pytest.raises(ValueError, match="another network"):
        checkpoint.restore(network((4, 4, 8)), path)
    whole_file = path.read_bytes()
    for damaged in (b"", b"no archive", whole_file[: len(whole_file) // 2]):
        path.write_bytes(damaged)
        model = network(seed=1)
        with pytest.raises(ValueError, match="damaged"):
            checkpoint.restore(model, path)
        assert same(model, network(seed=1))
    with pytest.raises(ValueError, match="npz"):
        checkpoint.store(network(), [], tmp_path / "run.keras")


FOREIGN = {
    "about": ["[]", "3", "null", '"x"', '{"training": []}', '{"training": null}']
    + ['{"callbacks": 3}', '{"callbacks": [3]}', '{"callbacks": [{"kind": "x"}]}']
    + ['{"callbacks": [{"kind": "x", "values": []}]}', '{"training": {"loss": 3}}']
    + ['{"callbacks": [{"values": {}}]}', "[" * 100_000],
    "rows": ["{}", "3", "null", "[3]", '"x"'],
}


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Return what the file of a training holds."""
    path = tmp_path_factory.mktemp("parts") / "run.npz"
    fit(network(), 1, progress=path)
    with np.load(path) as stored:
        return dict(stored)


@pytest.mark.parametrize(
    ("part", "says"), [(part, says) for part in FOREIGN for says in FOREIGN[part]]
)
def test_words_that_fit_no_training_are_damage(part, says, parts, tmp_path):
    path, model = tmp_path / "run.npz", network(seed=1)
    np.savez(path, **parts | {part: says})
    with pytest.raises(ValueError, match="^run.npz is damaged or no progress file"):
        checkpoint.restore(model, path)
    assert not same(model, network())
    np.savez(path, **parts)
    assert len(checkpoint.restore(model, path)) == 1


def test_a_good_file_that_does_not_fit_into_memory_is_not_called_damaged(
    parts, tmp_path, monkeypatch
):
    def full(*_, **__):
        raise MemoryError

    path = tmp_path / "run.npz"
    np.savez(path, **parts)
    monkeypatch.setattr(np, "load", full)
    says = "^there is not enough memory to read run.npz: close other programs$"
    with pytest.raises(ValueError, match=says):
        checkpoint.restore(network(), path)


def test_one_array_in_place_of_a_progress_file_is_damage(tmp_path):
    path = tmp_path / "run.npz"
    with open(path, "wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(ValueError, match="^run.npz is damaged or no progress file"):
        checkpoint.restore(network(), path)


def test_what_is_stored_comes_back(tmp_path):
    path, model, again = tmp_path / "run.npz", network(), network(seed=1)
    for variable in checkpoint.state(model):
        variable.assign(variable + 1)
    rows, about = [{"loss": 0.5}], {"training": {"images": "a"}}
    checkpoint.store(model, rows, path)
    assert checkpoint.restored(again, path, {}) == (rows, {"arrays": []})
    pairs = zip(checkpoint.state(model), checkpoint.state(again), strict=True)
    assert all(np.array_equal(*map(keras.ops.convert_to_numpy, pair)) for pair in pairs)
    checkpoint.store(model, rows, path, about, [np.arange(3), np.eye(2)])
    found, told = checkpoint.restored(again, path, about["training"])
    assert found == rows and told["training"] == about["training"]
    assert [a.tolist() for a in told["arrays"]] == [[0, 1, 2], [[1, 0], [0, 1]]]


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
        checkpoint.store(model, [], path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["run.npz"]
