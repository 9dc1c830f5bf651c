"""Students get no solution, instructors get the wrong answers to expect."""

import ast
import io
import posixpath
import re
import tomllib
import zipfile

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
