"""Findings are kept, the later one counts, and each says when, where and of what."""

import time

import pytest

from tools.prove import Promise, store

PROMISE = Promise("p", "It is.", "README.md", lambda: ["a", "b/c"], dict, str)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "BUILD", tmp_path / "build")
    monkeypatch.setattr(store, "SUMMARY", tmp_path / "prove.json")
    return tmp_path


def put(step, date, n):
    store.keep(store.place(PROMISE, step), {"found": {"n": n}, "date": date})


def found():
    return {step: r["found"]["n"] for step, r in store.results(PROMISE).items()}


def test_the_later_finding_counts_and_the_own_one_of_the_same_day():
    put("a", "2026-01-02", 1)
    put("b/c", "2026-01-02", 2)
    store.sum_up([PROMISE])
    put("a", "2026-01-01", 3)
    put("b/c", "2026-01-02", 4)
    assert found() == {"a": 1, "b/c": 4}


def test_a_step_is_one_line_of_the_summary_so_that_a_diff_is_short():
    put("a", "2026-01-02", [1, {"x": "] \n   {"}])
    store.sum_up([PROMISE])
    assert store.SUMMARY.read_text(encoding="utf-8") == (
        '{\n "p": {\n  "a": {"found": {"n": [1, {"x": "] \\n   {"}]}, '
        '"date": "2026-01-02"}\n }\n}\n'
    )
    assert found() == {"a": [1, {"x": "] \n   {"}]}


def test_what_is_to_be_renewed_counts_until_it_is():
    put("a", "2026-01-02", 1)
    kept = store.place(PROMISE, "a").with_name("between") / "x"
    kept.parent.mkdir()
    kept.touch()
    assert store.missing(PROMISE) == ["b/c"]
    store.renew(PROMISE)
    assert found() == {"a": 1} and not kept.exists()
    assert store.missing(PROMISE) == ["a", "b/c"]
    store.sum_up([PROMISE])
    put("a", "2026-01-02", 2)
    assert found() == {"a": 2} and store.missing(PROMISE) == ["b/c"]


def test_a_step_that_is_no_step_any_more_is_left_out():
    put("gone", "2026-01-02", 1)
    assert store.sum_up([PROMISE]) == {} and not store.SUMMARY.exists()


def test_a_finding_says_when_where_and_of_which_commit():
    known = store.finding({"failed": []}, "a machine", 1.26)
    assert known["date"] == time.strftime("%Y-%m-%d")
    assert known["machine"] == "a machine" and known["seconds"] == 1.3
    assert known["commit"] == store.commit() != "no commit"


def test_outside_git_no_commit_is_named(folder, monkeypatch):
    monkeypatch.setattr(store, "ROOT", folder)
    assert store.commit() == "no commit"


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", "3"])
def test_what_is_no_object_is_damaged(content, folder):
    (folder / "prove.json").write_text(content)
    with pytest.raises(store.DamagedError, match="prove.json is damaged: delete it"):
        store.results(PROMISE)
