"""A good notebook, to be broken on purpose."""

import pytest

from tests.notebooks.reading import FIRST, execution_counts, read


@pytest.fixture
def good():
    """Return a copy of notebook 01, which must have been executed."""
    if any(execution_counts(read(FIRST), FIRST)):
        pytest.fail(f"{FIRST.name} is not executed: make refresh NB=01", pytrace=False)
    return read(FIRST)
