"""What is installed is what was chosen: floors, hashes, and pinned workflow actions."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from tools.check_notebooks import NOTEBOOKS

ROOT = NOTEBOOKS.parent
LOCKS = sorted((ROOT / ".ci").glob("*.lock"))
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PYTHONS = ["3.11", "3.12", "3.13"]
FLOORS = {  # of the locks alone: Colab has older ones
    "filelock": "3.20.1",  # CVE-2025-68146
    "jupyter-server": "2.20.0",  # CVE-2026-44727
    "keras": "3.15.1",
    "nbconvert": "7.17.1",  # CVE-2026-39378
    "pillow": "12.3.0",  # CVE-2026-59205
    "setuptools": "83.0.0",  # CVE-2026-59890
    "urllib3": "2.8.0",  # CVE-2026-97687
}
EXTRAS = "test", "book", "prove", "pinning", "pretrained"  # that have a lock
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
HASHED = "--require-hashes --only-binary :all:"


def locked(path):
    """Return each requirement of a lock, and its hashes."""
    text = re.sub(r"(?m)^ *#.*\n", "", path.read_text(encoding="utf-8"))
    for line in text.replace("\\\n", " ").splitlines():
        name, *hashes = re.split(r" +(?=--hash)", line.strip())
        yield Requirement(name), hashes


def versions(python):
    """Return the versions that a Python gets, by name: several where locks disagree."""
    at = {"python_version": python, "python_full_version": f"{python}.7"}
    found = {}
    for path in LOCKS:
        for one, _ in locked(path):
            (pin,) = one.specifier
            assert pin.operator == "==", one
            if not one.marker or one.marker.evaluate(at):
                found.setdefault(one.name, set()).add(Version(pin.version))
    return found


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_everything_in_a_lock_has_hashes(path):
    without = [
        str(one)
        for one, hashes in locked(path)
        if not hashes or not all(map(HASH.fullmatch, hashes))
    ]
    assert list(locked(path)) and not without, f"no hash: {without}; run `make lock`"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_locks_stay_above_what_is_known_to_be_open_to_attack(python):
    found = versions(python)
    low = [n for n, floor in FLOORS.items() if min(found[n]) < Version(floor)]
    assert not low, f"{low}: `make lock`"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_locks_agree_with_each_other_and_with_what_is_asked_for(python):
    found = versions(python)
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = about["project"]["optional-dependencies"]
    asked = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = [line.partition("#")[0].strip() for line in asked]
    asked += [it for e in EXTRAS for it in extras[e]]
    for one in [Requirement(it) for it in asked if it]:
        name = one.name.lower().replace(".", "-")
        assert name in found, f"{name} is not locked: `make lock`"
        assert all(one.specifier.contains(it) for it in found[name]), one
    assert not {name: both for name, both in found.items() if len(both) > 1}


def test_whoever_installs_by_a_lock_checks_its_hashes():
    """Makefile, README and workflows; a plain `-c` would also refuse the course."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"LOCKED := $(PIP) {HASHED} --requirement\n" in makefile
    rules = [
        line
        for line in makefile.splitlines()
        if re.match(r"\t\$\(BIN\)/python .*\.lock", line)
    ]
    assert len(rules) == 5 and all("$(LOCKED) .ci/" in line for line in rules)
    for path in [ROOT / "README.md", ROOT / ".github" / "workflows" / "ci.yml"]:
        text = " ".join(path.read_text(encoding="utf-8").split())
        said = re.findall(r"pip install ([^`]*?)\.ci/(\S+\.lock)", text)
        assert {how for how, _ in said} == {f"{HASHED} -r "}, path.name
        assert said[0][1] == "requirements.lock"


def wheel(folder) -> str:
    """Write a package of one line as a wheel and return its hash."""
    about = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
    kind = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    path = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("tiny.py", "x = 1\n")
        file.writestr("tiny-1.0.dist-info/METADATA", about)
        file.writestr("tiny-1.0.dist-info/WHEEL", kind)
        file.writestr("tiny-1.0.dist-info/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make")
@pytest.mark.parametrize("planted", ["nothing", "a wrong hash", "no hash"])
def test_a_file_with_another_hash_is_not_installed(planted, tmp_path):
    """By `make setup` itself, from a lock that names one small wheel."""
    course = tmp_path / "course"
    (course / ".ci").mkdir(parents=True)
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, course)
    digest = wheel(tmp_path)
    line = {
        "nothing": f"tiny==1.0 --hash=sha256:{digest}\n",
        "a wrong hash": f"tiny==1.0 --hash=sha256:{digest[::-1]}\n",
        "no hash": "tiny==1.0\n",
    }[planted]
    (course / ".ci" / "requirements.lock").write_text(line, encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "PIP"))}
    kept |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    run = ["make", "setup", f"PYTHON={sys.executable}"]
    done = subprocess.run(run, cwd=course, env=kept, capture_output=True, text=True)
    there = list(course.glob(".venv/lib/*/site-packages/tiny.py"))
    assert len(there) == (planted == "nothing"), done.stderr
    assert done.returncode and not (course / ".venv" / ".ready").exists()
    reason = {
        "nothing": "--editable .",  # the course needs setuptools, which is not there
        "a wrong hash": "DO NOT MATCH THE HASHES",
        "no hash": "Hashes are required in --require-hashes mode",
    }[planted]
    assert reason in done.stdout + done.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_workflows_actions_are_commits_with_their_version_behind(path):
    text = path.read_text(encoding="utf-8")
    uses = re.findall(r"^ *(?:- )?uses: *(.*)$", text, re.MULTILINE)
    commit = re.compile(r"[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+")
    assert uses and not [it for it in uses if not commit.fullmatch(it)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_workflow_may_only_what_its_jobs_say(path):
    """A job that runs code of ours, or what that installs, writes nothing."""
    flow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert flow["permissions"] == {}
    for name, job in flow["jobs"].items():
        may = job["permissions"]
        assert isinstance(may, dict), f"{name}: list what it may"
        if any("run" in step for step in job["steps"]):
            assert may == {"contents": "read"}, name
        assert set(may) <= {"contents", "pages", "id-token"}, name
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, name
