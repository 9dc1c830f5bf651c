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
