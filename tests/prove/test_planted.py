"""Planted faults are seen, quick ones for real; a fault that nothing sees is said."""

import pytest

from tools.prove import changes, planted, store

QUICK = ["a removed test module", "an action by its tag", "a dead link"]


@pytest.mark.parametrize("step", QUICK)
def test_a_fault_is_seen(step):
    found = planted.run(step)
    assert found["seen_by"] and not found["failed"]
    assert planted.figure([found]) == "1 planted, 1 seen"


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda text: text + " ", "blind was not seen"),
        (changes.swap("no such words", ""), None),
    ],
)
def test_what_no_test_sees_breaks_the_promise(change, said, monkeypatch):
    """A blank at the end of a file changes nothing, and a fault must be a change."""
    path = ".github/workflows/book.yml"
    fault = planted.Fault(path, change, planted.JOBS)
    monkeypatch.setitem(planted.FAULTS, "blind", fault)
    if said:
        assert planted.run("blind")["failed"] == [said]
    else:
        with pytest.raises(ValueError, match="nothing to change: no no such words"):
            planted.run("blind")


@pytest.mark.parametrize("step", planted.FAULTS)
def test_every_fault_changes_its_file_and_names_a_test(step):
    fault = planted.FAULTS[step]
    path = store.ROOT / fault.path
    if fault.change:
        text = path.read_text(encoding="utf-8")
        assert fault.change(text) != text
    if "test_" in fault.seen_by:
        file, _, name = fault.seen_by.partition("::")
        source = (store.ROOT / file).read_text(encoding="utf-8")
        assert name.partition("[")[0] in source
    else:
        assert (store.ROOT / "notebooks" / f"{fault.seen_by}.ipynb").is_file()
