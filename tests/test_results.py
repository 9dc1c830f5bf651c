"""What benchmarks/ measured is found by its name."""

import pytest

from helpers import results


def test_every_result_is_read_and_another_is_refused_with_their_names():
    names = {path.stem for path in results.FOLDER.glob("*.json")}
    assert {"bench", "search", "experiments", "scaling", "load", "memory"} <= names
    assert all(results.read(name) for name in names)
    with pytest.raises(
        ValueError, match="there is attacks, bench, .*search, not 'speed'"
    ):
        results.read("speed")


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", "3"])
def test_a_damaged_result_is_one_sentence(content, tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    (tmp_path / "bench.json").write_text(content)
    with pytest.raises(ValueError, match="^bench.json is damaged: restore it with"):
        results.read("bench")
