"""RELIABILITY.md says what prove.json holds, of promises whose proofs exist."""

import re

import pytest

from tools.prove import Promise, __main__, report, store

PROMISES = __main__.promises()


def test_the_document_is_what_was_found():
    known = store.read(store.SUMMARY)
    text = report.DOCUMENT.read_text(encoding="utf-8")
    assert text == report.document(PROMISES, known), "python -m tools.prove --report"


def test_names_are_names_of_folders_and_no_two_are_the_same():
    names = [promise.name for promise in PROMISES]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
def test_a_promise_is_a_sentence_with_a_proof_that_exists(promise):
    assert (store.ROOT / promise.proof).is_file()
    assert promise.says[0].isupper() and promise.says.endswith(".")
    steps = promise.steps()
    places = {store.place(promise, step) for step in steps}
    assert steps and len(places) == len(steps)


def test_what_is_known_is_of_a_promise():
    """A renamed promise or step must not leave a figure behind that no one renews."""
    known = store.read(store.SUMMARY)
    steps = {promise.name: promise.steps() for promise in PROMISES}
    assert set(known) <= set(steps)
    assert all(set(found) <= set(steps[name]) for name, found in known.items())


def figure(*found, wanted=2):
    """Return what the table says of a promise with these findings."""
    names = [f"step {n}" for n in range(wanted)]
    count = lambda found: f"{len(found)} tried"  # noqa: E731
    promise = Promise("p", "It is.", "README.md", lambda: names, dict, count)
    return report.figure(
        promise, {n: {"found": f} for n, f in zip(names, found, strict=False)}
    )


def test_nothing_that_failed_reads_as_held():
    held, lost = {"failed": []}, {"failed": ["one was\nlost", "another was lost"]}
    died = {"crashed": True, "failed": ["step 1 ended with status -9: no output"]}
    assert figure(held, held) == "2 tried"
    assert figure(held) == "1 tried (1 of 2 steps run)"
    assert figure(held, lost) == "**BROKEN**: one was lost (and 1 more); 2 tried"
    assert figure(held, died).startswith("**BROKEN**: step 1 ended with status -9")
    assert figure(died, wanted=1).endswith("; no step came to its end")
