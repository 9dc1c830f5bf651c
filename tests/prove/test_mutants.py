"""The draw of the mutants, what is said of them, and a module of two lines for real."""

import os
from pathlib import Path

import pytest

from tools.prove import mutants, trial

pytest.importorskip("cosmic_ray", reason='pip install -e ".[prove]"')
SOURCE = """def half(x: int | None = None) -> int | None:
    return x // 2
"""


def test_the_draw_is_the_same_every_day_and_leaves_type_hints_alone():
    drawn = mutants.sample(SOURCE, 9)
    assert drawn == mutants.sample(SOURCE, 9)
    assert {mutant.line for mutant in drawn} == {2}
    assert all(m.was == "return x // 2" != m.now for m in drawn)


def test_an_error_with_a_dotted_name_is_no_obstacle():
    source = "try:\n    print(1 + 2)\nexcept (OSError, os.error):\n    pass\n"
    assert {mutant.line for mutant in mutants.sample(source, 9)} >= {2}


STRONG = "from helpers.half import half\n\ndef test_half():\n    assert half(7) == 3\n"
WEAK = STRONG.replace("half(7) == 3", "half(0) == 0")


def judged(tree, test):
    (tree / "tests" / "test_half.py").write_text(test)
    return mutants.judge("helpers.half", tree, 3)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no fork")
def test_a_weak_test_lets_mutants_survive_and_a_sharp_one_kills_them(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(mutants, "KEPT", tmp_path / "kept")
    for name in ("HEAVY", "KERAS"):  # this module needs neither
        monkeypatch.setattr(trial, name, [])
    tree = tmp_path / "tree"
    for name in ("helpers", "tests"):
        (tree / name).mkdir(parents=True)
        (tree / name / "__init__.py").touch()
    (tree / "tests" / "conftest.py").touch()
    (tree / "helpers" / "half.py").write_text(SOURCE)
    weak = judged(tree, WEAK)
    assert weak["survivors"] and weak["survivors"][0]["was"] == "return x // 2"
    assert weak["failed"][0].startswith("helpers.half: ")
    sharp = judged(tree, STRONG)  # no verdict of the weak test is taken over
    assert sharp["killed"] == sharp["mutants"] > 0 and not sharp["failed"]
    monkeypatch.setattr(trial.Trial, "verdict", None)
    assert judged(tree, STRONG) == sharp  # no mutant is tried twice
    assert (tree / "helpers" / "half.py").read_text() == SOURCE
    broken = judged(tree, STRONG.replace("3", "4"))
    assert broken["failed"] == ["helpers.half: its tests fail without a mutant"]


def test_every_module_has_tests_that_are_there():
    for step in mutants.steps():
        assert (mutants.ROOT / mutants.path_of(step)).is_file()
        for test in mutants.tests_of(step):
            assert Path(mutants.ROOT, test).exists(), f"{step}: no {test}"


def test_a_module_of_which_mutants_survive_is_named_with_line_and_change():
    killed = [(mutants.Mutant(1, "a", f"b{n}", ""), "killed") for n in range(8)]
    left = [(mutants.Mutant(7, "x < 0", "x <= 0", ""), "survived")] * 2
    found = mutants.summed("helpers.inputs", killed + left)
    assert found["failed"] == ["helpers.inputs: 8 of 10 mutants killed"]
    assert found["survivors"][0] == {"line": 7, "was": "x < 0", "now": "x <= 0"}
    assert not mutants.summed("helpers.inputs", killed)["failed"]


def test_what_is_explained_stands_in_its_module_still():
    for step, notes in mutants.NOTES["equivalent"].items():
        source = (mutants.ROOT / mutants.path_of(step)).read_text(encoding="utf-8")
        lines = {line.strip() for line in source.splitlines()}
        for note in notes:
            assert note["was"] in lines and note["why"], f"{step}: {note['was']}"
