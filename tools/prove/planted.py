"""Faults planted in a copy of the checkout: what `make test` runs must turn red.

A step plants one fault and runs only the tests concerned, which must pass without it.
"""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.checkout import copied
from tools.prove import Promise, reproduction, tested
from tools.prove.changes import (
    alt,
    cells,
    digit,
    generated,
    say,
    sleep,
    stored,
    strip,
    swap,
)
from tools.prove.surroundings import Surroundings

POLICY = "tests/notebooks/test_policy.py::test_policy"
BANK, HOUSE = "tests/checks/test_bank.py", "tests/test_house.py"
ACTIONS = "tests/test_supply.py::test_a_workflows_actions_are_commits"
ACTIONS += "_with_their_version_behind"
JOBS = "tests/test_supply.py::test_a_workflow_may_only_what_its_jobs_say"
HASHES = "tests/test_supply.py::test_everything_in_a_lock_has_hashes"
FLOORS = "tests/test_supply.py::test_the_locks_stay_above"
FLOORS += "_what_is_known_to_be_open_to_attack"
CHECKED = "tests/test_supply.py::test_whoever_installs_by_a_lock_checks_its_hashes"
KIT = "tests/tools/test_kit.py"
NB = "notebooks/03_activation.ipynb"
RIGHT = """answer = "'abcdef'[1:3]"\n"""


@dataclass(frozen=True)
class Fault:
    """A file, what changes its text (None: it is gone), and what should see it.

    `seen_by` names tests as pytest does, or notebooks that nbval executes.
    """

    path: str
    change: Callable[[str], str] | None
    seen_by: str


FAULTS = {
    "a changed stored number": Fault(NB, cells(stored), "03_activation"),
    "a slow cell": Fault(NB, cells(sleep), "03_activation"),
    "a stripped notebook": Fault(NB, cells(strip), f"{POLICY}[03_activation]"),
    "a missing alt text": Fault(NB, cells(alt), f"{POLICY}[03_activation]"),
    "a dead link": Fault(
        NB, cells(say("[Gone](../nowhere.md)")), f"{POLICY}[03_activation]"
    ),
    "a link to no section": Fault(
        NB, cells(say("[9](09_training.ipynb#Gone)")), "tests/notebooks/test_links.py"
    ),
    "an event handler": Fault(
        NB, cells(say('<img src="x" onerror="y">')), f"{POLICY}[03_activation]"
    ),
    "a retired word": Fault(
        NB, cells(say("Nudge the weight.")), "tests/notebooks/test_words.py"
    ),
    "a wrong number in the text": Fault(
        NB, cells(say("That makes 31,337.")), "tests/notebooks/test_numbers.py"
    ),
    "a wrong number in the README": Fault(
        "README.md", generated, "tests/tools/test_readme.py"
    ),
    "a changed solution": Fault(
        "notebooks/solutions/01_images.ipynb",
        swap(r"\* 255", "* 200"),
        "tests/notebooks/test_exercises.py",
    ),
    "a broken check in the bank": Fault(
        "helpers/checks/01_images.toml",
        swap(re.escape(RIGHT), RIGHT.replace("1:3", "0:3")),
        BANK,
    ),
    "a literal answer": Fault(
        "helpers/checks/01_images.toml",
        swap(re.escape(RIGHT), "answer = \"'bc'\"\n"),
        BANK,
    ),
    "a misconception without a name": Fault(
        "helpers/checks/01_images.toml", swap(r"^label = .*$", 'label = "odd"'), BANK
    ),
    "a removed test module": Fault("tests/test_evaluation.py", None, HOUSE),
    "a helper that imports upward": Fault(
        "helpers/inputs.py", swap(r"\Z", "\nfrom helpers import models\n"), HOUSE
    ),
    "a room without a row": Fault(
        "CONTRIBUTING.md", swap(r"^\| `helpers/inputs`.*\n", ""), HOUSE
    ),
    "a flipped kernel": Fault(
        "helpers/layers.py",
        swap(
            r"^    images, kernels, bias, single = (.*)$",
            r"\g<0>\n    kernels = kernels[::-1, ::-1]",
        ),
        "tests/test_layers.py",
    ),
    "another preset than was measured": Fault(
        "helpers/training/presets.py",
        swap(r"epochs: int = 2$", "epochs: int = 3"),
        "tests/benchmarks/test_bench.py::test_stored_results_speak_of_these_presets",
    ),
    "a handout not written again": Fault(
        "instructor/handouts.md", digit, f"{KIT}::test_the_generated_files_are_current"
    ),
    "an action by its tag": Fault(
        ".github/workflows/ci.yml", swap(r"checkout@.*", "checkout@v4"), ACTIONS
    ),
    "a job that may write": Fault(
        ".github/workflows/ci.yml", swap("contents: read", "contents: write"), JOBS
    ),
    "a credential left behind": Fault(
        ".github/workflows/ci.yml",
        swap("persist-credentials: false", "persist-credentials: true"),
        JOBS,
    ),
    "a lost hash": Fault(
        ".ci/requirements.lock",
        swap(r"(^keras==\S+)( \\\n +--hash=\S+)+", r"\1"),
        HASHES,
    ),
    "a version below its floor": Fault(
        ".ci/requirements.lock", swap("^urllib3==.*? ", "urllib3==2.7.0 "), FLOORS
    ),
    "an installation without hashes": Fault(
        "Makefile", swap(" --require-hashes", ""), CHECKED
    ),
}


def run(step: str) -> dict:
    """Plant the fault of this name in a copy; say by which test it was seen."""
    fault = FAULTS[step]
    with tempfile.TemporaryDirectory() as folder:
        root = copied(Path(folder) / "course")
        if broken := judged(root, fault):
            return {"failed": [f"{step}: {broken[0]} without a fault"]}
        plant(root, fault)
        red = judged(root, fault)
    missed = [] if red else [f"{step} was not seen"]
    return {"seen_by": red[:1], "failed": missed}


def plant(root: Path, fault: Fault) -> None:
    """Change a file of the checkout in `root`, or remove it."""
    path = root / fault.path
    if fault.change:
        text = fault.change(path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
    else:
        path.unlink()


def judged(root: Path, fault: Fault) -> list[str]:
    """Return what fails in the checkout in `root`, of the tests concerned."""
    if fault.seen_by.endswith((".py", "]")) or "::" in fault.seen_by:
        return tested.run(fault.seen_by, root=root)["failed"]
    where = Surroundings(root=root, folder=root)
    return reproduction.executed([fault.seen_by], where)["failed"]


def figure(found: list[dict]) -> str:
    """Say how many faults were planted, and how many turned a test red."""
    seen = sum(bool(one.get("seen_by")) for one in found)
    return f"{len(found)} planted, {seen} seen"


PROMISES = [
    Promise(
        "planted",
        "A fault in what is committed turns a test red: a changed number, a broken "
        "check, a stripped notebook, a dead link, a lost hash and others.",
        "tools/prove/planted.py",
        lambda: list(FAULTS),
        run,
        figure,
        together=True,
    ),
]
