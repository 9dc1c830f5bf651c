"""`make prove` runs what is missing, survives a crash, and can be stopped."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tools.prove import store

PLANNED = """
import os, subprocess, sys, tempfile, time
from pathlib import Path
from tools.prove import Promise

def run(step):
    Path("runs").open("a").write(step + "\\n")
    if step == "crash":
        os.abort()
    if step.endswith("of two"):
        path = Path(step.split()[0])
        path.write_text(os.environ["PROVE_JOBS"])
        other = Path({"first": "second", "second": "first"}[path.name])
        waited = time.monotonic() + 20
        while not other.exists() and time.monotonic() < waited:
            time.sleep(0.05)
        return {"n": 1, "failed": ["it was alone"] * (not other.exists())}
    if step.startswith("slow"):
        apart = [sys.executable, "-c", "import time; time.sleep(60)"]
        child = subprocess.Popen(apart, start_new_session=True)
        Path("left").open("a").write(f"{child.pid} {tempfile.mkdtemp()}\\n")
        Path("runs").open("a").write("asleep ")
        time.sleep(60)
    return {"n": 2, "failed": ["the third was lost"] * (step == "lost")}

def promise(name, *steps, **more):
    count = lambda found: f"{sum(one['n'] for one in found)} tried"
    return Promise(name, f"{name} | is true.", "tools/readme.py",
                   lambda: list(steps), run, count, **more)

PROMISES = [promise("held", "a", "b/c"), promise("broken", "lost"),
            promise("dead", "crash"), promise("long", "d", "slow"),
            promise("pair", "first of two", "second of two", together=True),
            promise("several", "e", "slow", "slow too", together=True)]
"""


pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a folder with the runner and promises that hold, break, die and last."""
    folder = tmp_path_factory.mktemp("a course")
    (folder / "benchmarks").mkdir()
    shutil.copy(store.ROOT / "benchmarks" / "record.py", folder / "benchmarks")
    skip = shutil.ignore_patterns("__pycache__", "[a-z]*.py")
    shutil.copytree(store.ROOT / "helpers", folder / "helpers")
    shutil.copytree(store.ROOT / "tools" / "prove", folder / "tools/prove", ignore=skip)
    for name in ("store.py", "report.py", "running.py", "trial.py"):
        shutil.copy(store.ROOT / "tools" / "prove" / name, folder / "tools/prove")
    (folder / "tools" / "prove" / "planned.py").write_text(PLANNED)
    return folder


def prove(folder, *arguments):
    """Run the runner there; return its status and what it printed."""
    command = [sys.executable, "-m", "tools.prove", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def runs(folder):
    path = folder / "runs"
    return path.read_text().split() if path.exists() else []


def until(true):
    late = time.monotonic() + 60
    while not true():
        assert time.monotonic() < late
        time.sleep(0.05)


def runs_still(pid):
    """Tell whether a process works; the dead wait for whoever is to bury them."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def table(folder):
    lines = (folder / "RELIABILITY.md").read_text(encoding="utf-8").splitlines()
    return {x[2:].split()[0]: x for x in lines if x.startswith("| ") and "true" in x}


def test_what_holds_breaks_and_dies(course):
    status, said = prove(course, "held", "broken", "dead")
    assert status == 1, said
    rows = table(course)
    assert (
        "| held / is true. | [tools/readme.py](tools/readme.py) | 4 tried | 20"
        in (rows["held"])
    )
    assert "**BROKEN**: the third was lost; 2 tried" in rows["broken"]
    assert "**BROKEN**: crash ended with status -6" in rows["dead"]
    assert rows["long"].endswith("| not run yet | | | |")
    assert "`no commit` | A |" in rows["held"]
    assert "- **A**: " in (course / "RELIABILITY.md").read_text(encoding="utf-8")


def test_nothing_is_run_twice_but_what_is_asked_for_again(course):
    before = runs(course)
    assert prove(course, "held")[0] == 0
    assert prove(course, "broken")[0] == 1, "a broken promise stays broken"
    assert runs(course) == before
    shutil.rmtree(course / "build" / "prove")
    assert prove(course, "held")[0] == 0
    assert runs(course) == before, "prove.json holds them"
    prove(course, "--again", "held")
    assert runs(course) == [*before, "a", "b/c"]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("name, jobs", [("long", 1), ("several", 3)])
def test_stopped_it_goes_on_where_it_was(course, name, jobs, stop):
    for file in ("runs", "left"):
        (course / file).unlink(missing_ok=True)
    command = [sys.executable, "-m", "tools.prove", name, f"--jobs={jobs}"]
    asleep = max(jobs - 1, 1)
    process = subprocess.Popen(
        ["sh", "-c", f"trap '' INT; exec {shlex.join(command)}"],  # as `&` does
        cwd=course,
        stdout=subprocess.PIPE,
        text=True,
    )
    done = course / "build" / "prove" / name / f"{'d' if jobs == 1 else 'e'}.json"
    until(lambda: done.exists() and runs(course).count("asleep") == asleep)
    status, said = prove(course, "held")
    assert said.startswith("Another make prove is running") and status == 1
    process.send_signal(stop)
    assert "Stopped." in process.communicate(timeout=20)[0]
    assert process.returncode == 130
    left = [line.split() for line in (course / "left").read_text().splitlines()]
    assert len(left) == asleep
    assert not any(runs_still(int(child)) for child, _ in left)
    assert not any(os.path.exists(folder) for _, folder in left)
    assert f"2 tried (1 of {asleep + 1} steps run)" in table(course)[name]
    known = json.loads((course / "benchmarks/results/prove.json").read_text())
    assert list(known[name]) == [done.stem]


def test_two_at_a_time_know_of_each_other(course):
    for file in ("first", "second"):
        (course / file).unlink(missing_ok=True)
    assert prove(course, "pair", "--jobs", "2")[0] == 0
    assert "2 tried | " in table(course)["pair"]
    assert (course / "first").read_text() == "2"


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_no_number_of_jobs_is_said(course, jobs):
    status, said = prove(course, "held", f"--jobs={jobs}")
    assert status == 2 and said.endswith(f"{jobs!r} is no number from 1\n")


def test_again_and_stopped_a_broken_promise_stays_broken(course):
    before = table(course)
    (course / "runs").unlink()
    command = [sys.executable, "-m", "tools.prove", "--again", "long", "broken"]
    process = subprocess.Popen(command, cwd=course, stdout=subprocess.DEVNULL)
    until(lambda: "asleep" in runs(course))
    process.terminate()
    assert process.wait(timeout=20) == 130
    assert "**BROKEN**: the third was lost" in table(course)["broken"]
    assert table(course) == before
    (course / "runs").unlink()
    assert prove(course, "broken")[0] == 1
    assert runs(course) == ["lost"], "it goes on with what is to be renewed"


def test_killed_it_loses_no_step(course):
    shutil.rmtree(course / "build")
    store_file = course / "benchmarks" / "results" / "prove.json"
    store_file.unlink()
    (course / "runs").unlink()
    command = [sys.executable, "-m", "tools.prove", "held", "long"]
    process = subprocess.Popen(command, cwd=course, start_new_session=True)
    until(lambda: "asleep" in runs(course))
    process.kill()
    process.wait()
    assert prove(course, "--report")[0] == 0
    assert "4 tried | " in table(course)["held"]
    assert "(1 of 2 steps run)" in table(course)["long"]


def test_a_wrong_name_is_said_with_the_right_ones(course):
    status, said = prove(course, "helt")
    assert status == 1
    assert said == (
        "no promise is called helt: "
        "choose among held, broken, dead, long, pair, several\n"
    )


def test_a_damaged_finding_is_said(course):
    path = course / "build" / "prove" / "held" / "a.json"
    path.write_text('{"found": {"n"')
    status, said = prove(course, "held")
    assert status == 1
    assert said.endswith("a.json is damaged: delete it and run it again\n")
    assert "Traceback" not in said
