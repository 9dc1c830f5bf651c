"""The course with the lowest, the pinned and the newest versions of what it needs.

Each promise has an environment for each Python in `build/prove/environments`, installed
anew by its step "install", and used by the steps that run a room of the tests or a part
of the notebooks in it.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

from tools.prove import Promise, reproduction, store, tested
from tools.prove.surroundings import Surroundings

ENVIRONMENTS = store.BUILD / "environments"
REQUIREMENTS = store.ROOT / "requirements.txt"
# what Colab has is the oldest that the course claims to run with; it lacks the last two
LOWEST = ["-r", ".ci/colab.txt", "-e", ".[test,colab]", "nbval", "jupyterlab"]
HASHES = "--require-hashes"
PINNED = [HASHES, "--only-binary", ":all:"]
PINNED += ["-r", ".ci/requirements.lock", "-r", ".ci/book.lock"]
COURSE = ["--no-deps", "--no-build-isolation", "-e", "."]  # which has no hash
# newer ones are known to break, and why stands in requirements.txt
CAPS = {"ipykernel": "<7", "backports.strenum": "<1.3"}
SAID = ["tensorflow", "keras", "numpy", "scikit-learn", "matplotlib", "jax", "pillow"]
ROOMS = sorted(
    path.parent.relative_to(store.ROOT).as_posix()
    for path in store.ROOT.glob("tests/*/__init__.py")
    if path.parent.name != "prove"  # these would run this
)


def libraries() -> list[str]:
    """List what `requirements.txt` names, without versions."""
    text = REQUIREMENTS.read_text(encoding="utf-8")
    return re.findall(r"^([\w.-]+)==", text, re.MULTILINE)


def newest() -> list[str]:
    """Return what pip takes to install the newest of every library."""
    names = [name + CAPS.get(name, "") for name in libraries()]
    return ["--upgrade", *names, "-e", ".[test,book]"]


def steps(pythons: list[str], parts: list[str]) -> list[str]:
    """List the steps: in each Python installing, Part 1, tests by room, other parts."""
    each = ["install", "Part 1", "tests", *ROOMS, *parts]
    return [f"{python} {step}" for python in pythons for step in each]


def run(name: str, takes: list[str], step: str) -> dict:
    """Run a step of the promise of this name in its environment."""
    python, _, part = step.partition(" ")
    folder = ENVIRONMENTS / f"{name} {python}"
    if part == "install" or not (folder / ".ready").is_file():
        if failed := install(folder, f"python{python}", takes):
            return {"versions": {}, "failed": [failed]}
    inside = str(folder / "bin" / "python")
    if part == "install":
        return {"versions": versions(inside), "failed": []}
    if part.startswith("Part"):
        first = part == "Part 1"
        chosen = [n for n in reproduction.names() if reproduction.in_part_1(n) == first]
        return reproduction.executed(chosen, Surroundings(python=inside))
    here = sorted(store.ROOT.glob("tests/test_*.py"))
    paths = [str(path) for path in here] if part == "tests" else [part]
    return tested.run(*paths, python=inside)


def install(folder: Path, python: str, takes: list[str]) -> str:
    """Make an environment anew; return what pip could not do, "" where it could."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        command = [python, "-m", "venv", str(folder)]
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return f"{python} is not here, or makes no environment: install it"
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--no-user", "--no-color"]
    for them in [takes] + [COURSE] * (HASHES in takes):
        run = [*pip, "--disable-pip-version-check", *them]
        done = subprocess.run(run, cwd=store.ROOT, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            said = [it for it in done.stderr.splitlines() if it.startswith("ERROR")]
            return (said or ["pip failed"])[0]
    (folder / ".ready").touch()
    return ""


def versions(python: str) -> dict[str, str]:
    """Return the installed version of each library that the course itself names."""
    command = [
        python,
        "-m",
        "pip",
        "list",
        "--format=json",
        "--disable-pip-version-check",
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = {p["name"].lower(): p["version"] for p in json.loads(done.stdout)}
    return {name: found[name] for name in libraries() if name in found}


def figure(found: list[dict]) -> str:
    """Say what passed in how many environments, and with which versions."""
    passed = sum(one["passed"] for one in found if "passed" in one)
    outputs = sum(one["compared"] for one in found if "compared" in one)
    installed = [one["versions"] for one in found if one.get("versions")]
    sets = [", ".join(f"{n} {v[n]}" for n in SAID if n in v) for v in installed]
    said = f"{len(installed)} environment{'s' * (len(installed) != 1)}, "
    said += f"{passed:,} tests passed, {outputs:,} outputs compared"
    return f"{said}; {' or '.join(dict.fromkeys(sets))}" if sets else said


def promise(name, says, takes, pythons, parts=()) -> Promise:
    """Return the promise that the course works with these versions."""
    return Promise(
        f"versions-{name}",
        says,
        "tools/prove/versions.py",
        lambda: steps(pythons, list(parts)),
        lambda step: run(name, takes, step),
        figure,
    )


PROMISES = [
    promise(
        "lowest",
        "Tests and Part 1 pass with the oldest versions claimed, those that Colab has.",
        LOWEST,
        ["3.11"],
    ),
    promise(
        "pinned",
        "Tests and all parts pass with the pinned versions under Python 3.11 to 3.13.",
        PINNED,
        ["3.11", "3.12", "3.13"],
        ["Parts 2 to 5"],
    ),
    promise(
        "newest",
        "Tests and all parts pass with the newest versions of every library.",
        newest(),
        ["3.13"],
        ["Parts 2 to 5"],
    ),
]
