"""Every notebook executed again and again, and under other conditions.

A step executes one notebook once, in a fresh kernel that finds no settings of a user,
and counts the outputs that were compared with the stored ones. With CIFAR-10 at hand
every notebook is compared; without it Parts 2 to 5 run on the digits, where only what
does not depend on the data is compared.
"""

import os
import random
import subprocess
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from helpers import data
from tools.check_notebooks import (
    NOTEBOOKS,
    OPTIONS,
    PART_1,
    kernel_environment,
    notebook_paths,
    shared_cores,
)
from tools.prove import Promise, tested
from tools.prove.surroundings import ALL, NotHereError, Surroundings, made

TIMES = 20
SHUFFLED = ["shuffled/Part 1", "shuffled/all"]


def names() -> list[str]:
    """List the notebooks and solutions, "solutions/02_convolution"; Part 1 first."""
    found = [p.relative_to(NOTEBOOKS).with_suffix("") for p in notebook_paths()]
    return sorted((str(p) for p in found), key=lambda name: not in_part_1(name))


def in_part_1(name: str) -> bool:
    """Tell whether a notebook needs no data set."""
    return Path(name).name[:2] in PART_1


def again() -> list[str]:
    """List one step for each execution: "1/01_images", ..., round by round."""
    return [f"{n}/{name}" for n in range(1, TIMES + 1) for name in names()]


def elsewhere() -> list[str]:
    """List the steps of all conditions, Part 1 under each of them first."""
    quick = [n for n in names() if in_part_1(n)]
    slow = [n for n in names() if not in_part_1(n)]
    steps = [
        f"{where}/{name}" for part in (quick, slow) for where in ALL for name in part
    ]
    steps = [step for step in steps if not step.startswith("as it is/")]
    return [SHUFFLED[0], *steps, SHUFFLED[1]]


def run_again(step: str) -> dict:
    """Execute the notebook of a step once, as `make test` does."""
    return executed([step.partition("/")[2]], Surroundings())


def run_elsewhere(step: str) -> dict:
    """Execute the notebook of a step under its condition, or many in random order."""
    where, _, name = step.partition("/")
    if where == "shuffled":
        chosen = [n for n in names() if name == "all" or in_part_1(n)]
        random.Random(0).shuffle(chosen)
        return executed(chosen, Surroundings())
    try:
        with made(where) as surroundings:
            return executed([name], surroundings)
    except NotHereError as error:
        return {"skipped": str(error), "failed": []}


def executed(chosen: list[str], where: Surroundings) -> dict:
    """Let nbval execute these notebooks; return what was compared and what failed."""
    strict = [n for n in chosen if in_part_1(n) or data.at_hand() == "cifar10"]
    lax = [n for n in chosen if n not in strict]
    parts = [("--nbval", strict), ("--nbval-lax", lax)]
    found = [_nbval(flag, part, where) for flag, part in parts if part]
    return {
        "notebooks": len(chosen),
        "cells": sum(one["passed"] for one in found),
        "compared": sum(one["compared"] for one in found),
        "failed": [line for one in found for line in one["failed"]],
    }


def _nbval(flag: str, chosen: list[str], where: Surroundings) -> dict:
    """Run nbval in these surroundings, with settings that no other run has touched."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        paths = [where.root / "notebooks" / f"{name}.ipynb" for name in chosen]
        command = [*where.before, where.python, "-m", "pytest", flag, *OPTIONS, "-n0"]
        command += ["-q", "-p", "tools.check_notebooks", f"--junitxml={report}"]
        command += [f"--nbval-sanitize-with={where.root / 'tools' / 'nbval.cfg'}"]
        command += [f"--rootdir={where.root}"]
        # pytest reads square brackets in absolute paths
        command += [os.path.relpath(path, where.folder) for path in paths]
        environment = _environment(Path(folder), where)
        done = subprocess.run(command, env=environment, cwd=where.folder)
        found = tested.counted(report, done.returncode)
        return {**found, "compared": compared(report)}


def _environment(folder: Path, where: Surroundings) -> dict[str, str]:
    """Return a kernel's environment, with its settings in this empty folder."""
    data_name = "cifar10" if data.at_hand() == "cifar10" else "digits"
    kept = kernel_environment(data_name)
    shared = "IPYTHONDIR JUPYTER_CONFIG_DIR JUPYTER_DATA_DIR JUPYTER_RUNTIME_DIR"
    for name in f"{shared} KERAS_HOME MPLCONFIGDIR".split():
        kept[name] = str(folder / name.lower())
    kept["CNN_COURSE_PROGRESS"] = str(folder / "progress.jsonl")
    kept["PYTHONSTARTUP"] = str(where.root / "tools" / "kernel_startup.py")
    kept["PYTHONPATH"] = str(where.root)  # pytest finds tools there
    jobs = int(os.environ.get("PROVE_JOBS", 1))
    return kept | (shared_cores(jobs) if jobs > 1 else {}) | where.settings


def compared(report: Path) -> int:
    """Count the cells that passed and were compared with their stored output."""
    if not report.is_file():
        return 0
    cases = ElementTree.parse(report).iter("testcase")
    passed = [case for case in cases if case.find("failure") is None]
    marks = [mark.attrib for case in passed for mark in case.iter("property")]
    return marks.count({"name": "compared", "value": "True"})


def figure(found: list[dict]) -> str:
    """Say how many executions there were, and what their outputs were."""
    ran = [one for one in found if "skipped" not in one]
    differ = sum(len(one["failed"]) for one in ran)
    executions = sum(one["notebooks"] for one in ran)
    outputs = sum(one["compared"] for one in ran)
    said = f"{executions:,} executions, {outputs:,} outputs compared, {differ} differ"
    bare = sum(one["notebooks"] == 1 and not one["compared"] for one in ran)
    said += f"; {bare:,} had assertions alone" * bool(bare)
    left = len(found) - len(ran)
    return said + f"; {left} not possible on that machine" * bool(left)


PROMISES = [
    Promise(
        "reproduction",
        f"Every notebook, executed {TIMES} times, gives the outputs that are stored; "
        "a solution, which stores none, passes its assertions.",
        "tools/prove/reproduction.py",
        again,
        run_again,
        figure,
        together=True,
    ),
    Promise(
        "conditions",
        "Every notebook gives its stored outputs with AVX2 alone, on one thread, in "
        "the C locale, in another time zone, started from another folder, in a "
        "read-only checkout, under a path with spaces and letters of other scripts, "
        "and in any order.",
        "tools/prove/surroundings.py",
        elsewhere,
        run_elsewhere,
        figure,
        together=True,
    ),
]
