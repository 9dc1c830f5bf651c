"""Students get no solution, instructors get the wrong answers to expect."""

import ast
import io
import os
import posixpath
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest

from helpers.checks import bank
from tests.notebooks.reading import NOTEBOOKS, PAGES, exercises, read
from tools import editions
from tools.refresh import answers


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Write each edition once; return `{edition: {name: content}}`."""
    folder, found = tmp_path_factory.mktemp("editions"), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(editions, "TARGET", folder)
        for edition in ("students", "solutions", "instructor"):
            with zipfile.ZipFile(editions.write(edition)) as archive:
                assert archive.testzip() is None
                names = archive.namelist()
                found[edition] = {name: archive.read(name) for name in names}
    return found


def notebook(files, path):
    name = f"course/notebooks/{path.name}"
    return nbformat.read(io.BytesIO(files[name]), as_version=4)


def solution_lines():
    """List the lines that only the solutions' functions hold, long enough to tell."""
    for path in PAGES:
        blank = read(path)
        known = "\n".join(cell.source for cell in blank.cells)
        for cell in exercises(read(NOTEBOOKS / "solutions" / path.name)).values():
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.FunctionDef):
                    lines = ast.get_source_segment(cell.source, node).splitlines()
                    yield from (x for x in lines if len(x) > 45 and x not in known)


def test_nothing_of_a_solution_is_in_the_students_copy(made):
    students, lines = made["students"], set(solution_lines())
    assert len(lines) > 10
    assert not [name for name in students if "solution" in name or "_answers" in name]
    for name, data in students.items():
        if name.endswith((".ipynb", ".md", ".toml")):  # helpers may say the same
            text = data.decode().replace('\\"', '"')
            assert not [line for line in lines if line.strip() in text], name


def test_the_exam_is_not_in_the_students_copy(made):
    students = made["students"]
    exams = [one.id for one in bank.everything().values() if one_use(one) == "exam"]
    held = [data.decode() for name, data in students.items() if name.endswith(".toml")]
    asked = "\n".join(held)
    assert len(exams) > 50 and "values_b" not in asked and "values_c" not in asked
    assert not [name for name in exams if f'"{name}"' in asked]
    for path in PAGES:
        tomllib.loads(students[f"course/helpers/checks/{path.stem}.toml"].decode())
    assert not [name for name in students if "/tools/questions/" in name]
    readme = students["course/README.md"].decode()
    assert "instructor/" not in readme and "## Serve it" in readme


def one_use(one):
    return getattr(one, "use", "")


def test_files_can_be_read_and_run_by_others(tmp_path, monkeypatch):
    monkeypatch.setattr(editions, "TARGET", tmp_path)
    with zipfile.ZipFile(editions.write("solutions")) as archive:
        modes = {info.external_attr >> 16 for info in archive.infolist()}
    assert modes == {0o100644}


def test_students_predict_before_they_see(made):
    for path in PAGES:
        copy = notebook(made["students"], path)
        assert not any(cell.outputs for cell in answers(copy)), path.name
        assert [c.source for c in copy.cells] == [c.source for c in read(path).cells]


def test_the_students_copy_sets_up_and_checks(made):
    names = {name.removeprefix("course/") for name in made["students"]}
    needed = {"Makefile", "requirements.txt", "pyproject.toml", "environment.yml"}
    needed |= {
        ".ci/requirements.lock",
        ".ci/book.lock",
        "tests/bands.toml",
        "helpers/checks/labels.toml",
    }
    assert needed <= names
    assert {f"helpers/checks/{path.stem}.toml" for path in PAGES} <= names


@pytest.fixture(scope="module")
def unpacked(made, tmp_path_factory):
    """Unpack the students' copy, set up with this Python; return its folder."""
    if os.name == "nt":
        pytest.skip("a user of Windows may make no links")
    folder = tmp_path_factory.mktemp("semester 1")
    for name, data in made["students"].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    course = folder / "course"
    (course / ".venv").mkdir()
    for part in Path(sys.prefix).glob("[!.]*"):  # a path to it may hold spaces
        (course / ".venv" / part.name).symlink_to(part)
    (course / ".venv" / ".ready").write_text(f"{course.resolve()}\n")
    return course


def run(folder, *command):
    """Return what a command says there, and its status."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "PYTEST"))}
    done = subprocess.run(
        command, cwd=folder, env=kept, text=True, stdout=-1, stderr=subprocess.STDOUT
    )
    return done.stdout, done.returncode


def make(folder, *asked):
    return run(folder, "make", *asked)


needs_make = pytest.mark.skipif(not shutil.which("make"), reason="there is no make")
IMPORTED = """
import importlib, pathlib, sys
for name in sys.argv[1:]:
    path = pathlib.Path(importlib.import_module(name).__file__)
    assert path.is_relative_to(pathlib.Path.cwd()), path
"""


@needs_make
def test_what_make_offers_in_the_students_copy_is_there(unpacked):
    text = (unpacked / "Makefile").read_text()
    goals = " ".join(re.findall(r"^\.PHONY: ([a-z].*)$", text, re.MULTILINE)).split()
    refused = set(editions.WITHOUT)
    assert set(goals) > refused and len(goals) > len(refused) + 15
    head = set(re.findall(r"[a-z-]+", text.partition("PYTHON ?=")[0]))
    assert not head & refused
    said, status = make(unpacked, "-n", *sorted(set(goals) - refused))
    assert status == 0, said
    ours = r"(?<![\w.])(?:app|benchmarks|helpers|tools)\b(?:\.[a-z]\w*)*(?=[\s.])"
    modules = set(re.findall(ours, re.sub(r"\S*/\S*(?<!python)", "", said)))
    assert {"app", "tools.book.formulas", "tools.refresh", "helpers.checks"} <= modules
    told = run(unpacked, sys.executable, "-c", IMPORTED, *sorted(modules))
    assert told[1] == 0, told[0]
    assert not re.search(r"tests(?!/bands)|solutions", said)


@needs_make
@pytest.mark.parametrize("goal", editions.WITHOUT)
def test_what_the_students_copy_lacks_is_said_in_a_sentence(unpacked, goal):
    said, status = make(unpacked, "-s", goal)
    assert status != 0 and said.splitlines()[0] == (
        f"make {goal} needs the whole course: this is its copy for students."
    )


@needs_make
def test_the_readme_of_the_students_copy_offers_what_make_does(unpacked):
    readme = (unpacked / "README.md").read_text()
    assert not re.search("pytest|unit tests|^$\n\n", readme, re.MULTILINE)
    for path in [unpacked / "README.md", *(unpacked / "notebooks").glob("*.*[bd]")]:
        seen = re.sub("<!--.*?-->", "", path.read_text(), flags=re.DOTALL)
        asked = set(re.findall(r"(?:`|^|\\n|\")make ([a-z-]+)", seen, re.MULTILINE))
        assert not asked & set(editions.WITHOUT), path.name
        for name in re.findall(r"python -m ((?:tools|app|helpers)[\w.]*\w)", seen):
            place = unpacked / name.replace(".", "/")
            assert place.is_dir() or place.with_suffix(".py").is_file(), name


@needs_make
def test_the_students_copy_checks_itself_and_writes_its_pages(unpacked):
    assert "-m tools.check_notebooks" in make(unpacked, "-n", "test")[0]
    assert make(unpacked, "lint")[1] == 0, make(unpacked, "lint")[0]
    checks = "from tools.check_notebooks import *\n"
    checks += "path = NOTEBOOKS / '05_flattening.ipynb'\n"
    checks += "sys.exit(run_nbval('strict', '05', [path], 'digits'))"
    said, status = run(unpacked, sys.executable, "-c", checks)
    assert status == 0 and re.search(r"[1-9]\d* of them compared", said), said
    said, status = make(unpacked, "html", "NB=07")
    assert status == 0, said
    page = (unpacked / "build" / "html" / "07_learning.html").read_text()
    assert "<math" in page


def test_the_instructor_reads_what_to_expect(made):
    for path in PAGES:
        text = "\n".join(c.source for c in notebook(made["instructor"], path).cells)
        for one in bank.read(path.name[:2]).values():
            if getattr(one, "use", "") == "prediction":
                assert f"**For the instructor ({one.id}).**" in text
                for wrong in one.wrong:
                    assert one.fill(wrong.message) in text


def test_solutions_come_alone(made):
    names = made["solutions"]
    assert len(names) == len(PAGES)
    assert all(re.match(r"course/notebooks/solutions/\d\d_", name) for name in names)


def test_every_link_of_the_students_copy_opens(made):
    students = made["students"]
    folders = {posixpath.dirname(name) for name in students}
    folders |= {posixpath.dirname(name) for name in folders}
    seen = 0
    for name, data in students.items():
        if not name.endswith((".md", ".ipynb")):
            continue
        for target in re.findall(r"\]\(([^)#\s]+)", data.decode()):
            place = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
            if ":" not in target and "." in target:
                seen += 1
                assert place in students or place in folders, (name, target)
    assert seen > 300
    assert "in notebooks/solutions, terms" in students["course/README.md"].decode()


@pytest.mark.parametrize(
    "name, link, stays",
    [
        ("README.md", "[a](notebooks/01_images.ipynb)", True),
        ("README.md", "[a](notebooks/)", True),
        ("README.md", "[a](helpers)", True),
        ("README.md", "[a](instructor/guide.md)", False),
        ("README.md", "[a](notebooks/solutions/)", False),
        ("README.md", "[a](https://example.org/instructor/guide.md)", True),
        ("README.md", "[a](#serve-it)", True),
        ("README.md", "![a](instructor/map.svg)", True),
        ("notebooks/glossary.md", "[a](01_images.ipynb#Bytes)", True),
        ("notebooks/glossary.md", "[a](../README.md)", True),
        ("notebooks/glossary.md", "[a](../instructor/guide.md#Votes)", False),
        ("notebooks/glossary.md", "[a](notebooks/01_images.ipynb)", False),
    ],
)
def test_a_link_becomes_text_where_nothing_is_behind_it(name, link, stays):
    told = editions.students_links(f"See {link}, then go on.", name)
    assert told == f"See {link if stays else 'a'}, then go on."
