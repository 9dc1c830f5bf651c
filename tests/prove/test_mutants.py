"""The draw of the mutants and what is said of them; no mutant is tested here."""

from pathlib import Path

import pytest

from tools.prove import mutants

pytest.importorskip("cosmic_ray", reason='pip install -e ".[prove]"')
SOURCE = """def half(x: int | None = None) -> int | None:
    return x // 2
"""


def test_the_draw_is_the_same_every_day_and_leaves_type_hints_alone():
    drawn = mutants.sample(SOURCE, 9)
    assert drawn == mutants.sample(SOURCE, 9)
    assert {mutant.line for mutant in drawn} == {2}
    assert all(m.was == "return x // 2" != m.now for m in drawn)


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
