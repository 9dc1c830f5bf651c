"""Promises that ordinary tests prove: a step runs one test file and counts."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from tests import browsers
from tools.check_notebooks import neutral_environment
from tools.prove import Promise, store


def promise(name: str, says: str, *paths: str) -> Promise:
    """Return a promise that these test files prove, paths from the root."""
    return Promise(name, says, paths[0], lambda: list(paths), run, figure)


def run(
    path: str,
    *options: str,
    python: str = sys.executable,
    root: Path = store.ROOT,
    **variables: str,
) -> dict:
    """Run a test file of the checkout in `root`; return counts and what failed.

    `variables` are added to its environment.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [python, "-m", "pytest", "-q", path, *options]
        command += ["-p", "no:cacheprovider", f"--junitxml={report}"]
        env = neutral_environment() | {"TEST_BROWSER": ""} | variables
        return counted(report, subprocess.run(command, cwd=root, env=env).returncode)


def counted(report: Path, status: int) -> dict:
    """Return what pytest's XML report says; a run without a report failed."""
    if not report.is_file():
        return {"passed": 0, "failed": [f"pytest ended with status {status}"]}
    found, failed = {"passed": 0, "skipped": 0}, []
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failed.append(f"{case.get('classname')}.{case.get('name')} failed")
        else:
            found["skipped" if "skipped" in kinds else "passed"] += 1
    if not failed and (status or not found["passed"]):
        failed = [f"pytest ended with status {status}, {found['passed']} tests passed"]
    return {**found, "failed": failed}


def figure(found: list[dict]) -> str:
    """Say how many tests passed, and how many were left out."""
    passed = sum(one["passed"] for one in found)
    skipped = sum(one.get("skipped", 0) for one in found)
    return f"{passed:,} tests passed" + f", {skipped} skipped" * bool(skipped)


def in_firefox(path: str) -> dict:
    """Run a test file in Firefox; return counts, what failed and its version."""
    found = run(path, TEST_BROWSER="firefox", REQUIRE_BROWSER="1")
    return {**found, "browser": answer(browsers.program("firefox"), "--version")}


def in_webkit(path: str) -> dict:
    """Run a test file in WebKit; return counts, what failed and its version."""
    found = run(path, REQUIRE_WEBKIT="1", REQUIRE_BROWSER="1")
    return {**found, "browser": answer("dpkg-query", "-W", "webkit2gtk-driver")}


def answer(program: str | None, *asked: str) -> str:
    """Return what a program says of a version, in one line."""
    if not program or not shutil.which(program):
        return "none installed"
    told = subprocess.run([program, *asked], capture_output=True, text=True)
    return " ".join(told.stdout.split()) or "none installed"


def figure_of_browser(found: list[dict]) -> str:
    """Say how many tests passed, and in which browser."""
    return "; ".join([figure(found), *sorted({one["browser"] for one in found})])


PROMISES = [
    promise(
        "layers",
        "Layers written by hand, forwards and backwards, compute what Keras computes.",
        "tests/test_layers.py",
        "tests/test_gradients.py",
    ),
    promise(
        "explorer",
        "The page of a network computes in the browser what Keras computes.",
        "tests/explorer/test_scores.py",
        "tests/explorer/test_page.py",
        "tests/explorer/test_network.py",
    ),
    Promise(
        "firefox",
        "Networks' pages, book, slides, votes, the service and JupyterLab do in "
        "Firefox what they do in Chromium, as far as Playwright reaches there.",
        "tests/explorer/test_page.py",
        lambda: [
            "tests/explorer/test_scores.py",
            "tests/explorer/test_page.py",
            "tests/explorer/test_toys.py",
            "tests/tools/test_book.py",
            "tests/tools/test_slides.py",
            "tests/tools/test_questions.py",
            "tests/app/test_page.py",
            "tests/app/test_own_model.py",
            "tests/notebooks/test_browser.py",
        ],
        in_firefox,
        figure_of_browser,
    ),
    Promise(
        "webkit",
        "Pages, votes and slides do in WebKit what they do in Chromium, where the two "
        "were seen to differ.",
        "tests/test_webkit.py",
        lambda: ["tests/test_webkit.py"],
        in_webkit,
        figure_of_browser,
    ),
    promise(
        "resume",
        "Training that was stopped goes on as if it had not been.",
        "tests/training/test_resume.py",
        "tests/training/test_checkpoint.py",
        "tests/training/test_fingerprint.py",
    ),
    promise(
        "settings",
        "What a user has set for other programs does not reach into the course.",
        "tests/tools/test_check_notebooks.py",
        "tests/notebooks/test_surroundings.py",
        "tests/tools/test_makefile.py",
    ),
    promise(
        "exercises",
        "An exercise fails while it is blank, takes right answers and names mistakes.",
        "tests/notebooks/test_exercises.py",
        "tests/notebooks/test_mistakes.py",
        "tests/checks/test_exercises.py",
    ),
    promise(
        "reading",
        "In every notebook each stored figure has its description, and each control "
        "has a name, is moved by keyboard and answers in text.",
        "tests/notebooks/test_browser.py",
        "tests/notebooks/test_policy.py",
    ),
    promise(
        "prose",
        "Numbers in the text are computed, links lead somewhere, terms are explained.",
        "tests/notebooks/test_policy.py",
        "tests/notebooks/test_links.py",
        "tests/notebooks/test_numbers.py",
        "tests/notebooks/test_words.py",
    ),
    promise(
        "disks",
        "A full or read-only disk keeps the older file and is said in one sentence.",
        "tests/test_files.py",
        "tests/test_models.py",
        "tests/data/test_cache.py",
        "tests/checks/test_progress.py",
        "tests/experiments/test_tuning.py",
        "tests/benchmarks/test_common.py",
    ),
    promise(
        "attacks-data",
        "No archive, batch file, cache or progress file runs code or writes elsewhere.",
        "tests/attacks/test_data.py",
        "tests/data/test_cifar10.py",
        "tests/data/test_download.py",
        "tests/data/test_cache.py",
        "tests/data/test_folders.py",
    ),
    promise(
        "attacks-models",
        "No model file and no card runs code, fills the memory or leads elsewhere.",
        "tests/attacks/test_models.py",
    ),
    promise(
        "attacks-pages",
        "No name and no text becomes markup or script in any page, sheet or export.",
        "tests/attacks/test_pages.py",
        "tests/explorer/test_page.py",
    ),
    promise(
        "attacks-photos",
        "No photo takes more than 30 s and 400 MB, and none that is no photo hangs.",
        "tests/attacks/test_photos.py",
        "tests/photos/test_limits.py",
        "tests/photos/test_notes.py",
        "tests/photos/test_reading.py",
    ),
    promise(
        "attacks-service",
        "No one sender and no photo keeps others from the service, and none runs code.",
        "tests/app/test_attacks.py",
        "tests/app/test_hostile.py",
        "tests/app/test_own_model.py",
    ),
    promise(
        "supply",
        "What `make setup`, `make book`, `make prove` and `make pretrained` install "
        "has its hash in a lock, and no version below those that mended a known hole; "
        "workflows run pinned actions, and a job that runs code may read alone.",
        "tests/test_supply.py",
    ),
]
