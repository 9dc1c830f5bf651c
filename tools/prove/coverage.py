"""Which branches of `helpers/` and `app/` do the unit tests take? By coverage.py.

One run of them all (a quarter of an hour on two cores), counted in every process that
they start. Tests that fail because counting costs time are no matter here: `make test`
runs them all without. coverage.py comes with nbval.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.check_notebooks import neutral_environment
from tools.prove import Promise, saving, store

LEAST = 95  # % of all branches
ROOMS = ("helpers", "app")
PLUGIN = saving.__name__
ELSEWHERE = ("notebooks", "tools", "prove", "benchmarks")  # tests of other rooms
TESTS = ["tests", "-n2", "--dist=loadfile", "--no-loadscope-reorder"]
TESTS += [f"--ignore=tests/{room}" for room in ELSEWHERE]
SETTINGS = """[run]
branch = true
parallel = true
patch = subprocess, _exit
sigterm = true
disable_warnings = no-data-collected, module-not-imported, module-not-measured
data_file = {folder}/data
source =
{rooms}
"""


def run(step: str) -> dict:
    """Count the branches that the unit tests take."""
    return measured(store.ROOT, TESTS)


def measured(root: Path, tests: list[str]) -> dict:
    """Run pytest with these arguments in `root`; count lines and branches there."""
    with tempfile.TemporaryDirectory() as folder:
        settings, report = Path(folder, "settings"), Path(folder, "report.json")
        rooms = "\n".join(f"    {root / room}" for room in ROOMS)
        settings.write_text(SETTINGS.format(folder=folder, rooms=rooms), "utf-8")
        options = ["-q", "-p", "no:cacheprovider", "-p", PLUGIN, *tests]
        status = _coverage(root, "run", settings, "-m", "pytest", *options)
        if status not in (0, 1):  # 1: some tests failed
            return {"failed": [f"pytest ended with status {status}"]}
        _coverage(root, "combine", settings, "--quiet")
        _coverage(root, "json", settings, "-o", str(report), "--quiet")
        found = summed(json.loads(report.read_text(encoding="utf-8")))
        if cut := [*Path(folder).glob(f"{saving.UNSAVED}*")]:
            said = f"processes of the tests that ended before they saved: {len(cut)}"
            found["failed"].insert(0, said)
        return found


def _coverage(root: Path, verb: str, settings: Path, *more: str) -> int:
    command = [sys.executable, "-m", "coverage", verb, f"--rcfile={settings}", *more]
    surroundings = neutral_environment() | {"PYTHONPATH": str(store.ROOT)}  # PLUGIN's
    return subprocess.run(command, cwd=root, env=surroundings).returncode


def summed(report: dict) -> dict:
    """Return the counts of coverage.py's report, and the modules below `LEAST` %."""
    total, files = report["totals"], report["files"]
    low = {
        name: f"{one['summary']['covered_branches']}/{one['summary']['num_branches']}"
        for name, one in files.items()
        if _percent(one["summary"]) < LEAST
    }
    found = {
        "branches": total["num_branches"],
        "taken": total["covered_branches"],
        "lines": total["num_statements"],
        "run": total["covered_lines"],
        "low": low,
    }
    percent, failed = _percent(total), []
    if percent < LEAST:
        failed = [f"{percent:.1f} % of the branches are taken, {LEAST} % are promised"]
    return {**found, "failed": failed}


def _percent(summary: dict) -> float:
    if not summary["num_branches"]:
        return 100.0
    return 100 * summary["covered_branches"] / summary["num_branches"]


def figure(found: list[dict]) -> str:
    """Say how many branches and lines were taken, in percent too."""
    taken, branches, run_, lines = (
        sum(one.get(key, 0) for one in found)
        for key in ("taken", "branches", "run", "lines")
    )
    return (
        f"{taken:,} of {branches:,} branches, {100 * taken / max(branches, 1):.1f} %; "
        f"{run_:,} of {lines:,} lines, {100 * run_ / max(lines, 1):.1f} %"
    )


PROMISES = [
    Promise(
        "coverage",
        "The unit tests take nearly every branch of helpers/ and app/.",
        "tools/prove/coverage.py",
        lambda: ["unit tests"],
        run,
        figure,
    )
]
