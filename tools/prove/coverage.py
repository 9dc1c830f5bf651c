"""Which branches of `helpers/` and `app/` do the unit tests take? By coverage.py.

A step is a room of the tests (half an hour for all, on two cores), counted in every
process that it starts; the last step puts together what the others left in `build`.
Tests that fail because counting costs time are no matter here: `make test` runs them
all without. coverage.py comes with nbval.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.check_notebooks import neutral_environment
from tools.prove import Promise, saving, store

LEAST = 95  # % of all branches
ROOMS = ("helpers", "app")
PLUGIN, PLUGINS = saving.__name__, str(store.ROOT)  # the second: where it is found
ELSEWHERE = ("notebooks", "tools", "prove", "benchmarks")  # tests of other rooms
# nbval alone takes two seconds to load, and only tests/notebooks needs it
UNUSED = "-p no:cacheprovider -p no:nbval".split()
TOGETHER = "together"
DATA = store.BUILD / "coverage" / "data"
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


def steps() -> list[str]:
    """List the rooms of the tests that count, and what puts them together."""
    folders = sorted(path.parent for path in store.ROOT.glob("tests/*/__init__.py"))
    names = [f"tests/{path.name}" for path in folders if path.name not in ELSEWHERE]
    return ["tests", *names, TOGETHER]


def run(step: str) -> dict:
    """Count what a room's tests take, or sum up all; count first what is not here."""
    rooms, missed = steps()[:-1], []
    if step != TOGETHER:
        return counted(store.ROOT, tests(step), kept(step))
    for room in rooms:
        if not kept(room).is_file():
            missed += counted(store.ROOT, tests(room), kept(room))["failed"]
    found = together(store.ROOT, [kept(room) for room in rooms if kept(room).is_file()])
    return {**found, "failed": missed + found["failed"]}


def tests(room: str) -> list[str]:
    """Return what pytest takes to run a room; those beside the rooms are a room too."""
    here = sorted(str(path) for path in store.ROOT.glob("tests/test_*.py"))
    return [*(here if room == "tests" else [room]), "-n2", "--dist=loadfile"]


def kept(room: str) -> Path:
    """Return where what a room took lies until the last step."""
    return DATA / room.replace("/", "-")


def counted(root: Path, tests: list[str], data: Path) -> dict:
    """Run pytest with these arguments in `root`; keep in `data` what was taken."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(root, folder)
        options = ["-q", *UNUSED, "-p", PLUGIN, *tests]
        status = _coverage(root, "run", settings, "-m", "pytest", *options)
        if status not in (0, 1):  # 1: some tests failed
            return {"failed": [f"pytest ended with status {status}"]}
        _coverage(root, "combine", settings, "--quiet")
        data.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(Path(folder, "data"), data)
        cut = len([*Path(folder).glob(f"{saving.UNSAVED}*")])
        said = f"processes of the tests that ended before they saved: {cut}"
        return {"failed": [said] if cut else []}


def together(root: Path, data: list[Path]) -> dict:
    """Count the lines and branches that these files together have taken."""
    with tempfile.TemporaryDirectory() as folder:
        settings, report = _settings(root, folder), Path(folder, "report.json")
        _coverage(root, "combine", settings, "--quiet", "--keep", *map(str, data))
        _coverage(root, "json", settings, "-o", str(report), "--quiet")
        return summed(json.loads(report.read_text(encoding="utf-8")))


def _settings(root: Path, folder: str) -> Path:
    path, rooms = Path(folder, "settings"), [f"    {root / room}" for room in ROOMS]
    text = SETTINGS.format(folder=folder, rooms="\n".join(rooms))
    path.write_text(text, encoding="utf-8")
    return path


def _coverage(root: Path, verb: str, settings: Path, *more: str) -> int:
    command = [sys.executable, "-m", "coverage", verb, f"--rcfile={settings}", *more]
    surroundings = neutral_environment() | {"PYTHONPATH": PLUGINS}
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
    if not branches:
        return "counted, not yet put together"
    return (
        f"{taken:,} of {branches:,} branches, {100 * taken / branches:.1f} %; "
        f"{run_:,} of {lines:,} lines, {100 * run_ / lines:.1f} %"
    )


PROMISES = [
    Promise(
        "coverage",
        "The unit tests take nearly every branch of helpers/ and app/.",
        "tools/prove/coverage.py",
        steps,
        run,
        figure,
    )
]
