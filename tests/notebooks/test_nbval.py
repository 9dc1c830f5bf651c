"""nbval sees any changed digit."""

import re
import subprocess
import sys
from copy import deepcopy

import nbformat
from nbval.plugin import IPyNbFile, coalesce_streams

from tests.notebooks.reading import COMPARED, each, printing, texts
from tools.check_notebooks import NOTEBOOKS, kernel_environment


def changed_digits(outputs):
    """Yield the outputs once for each digit of their text, with that digit changed."""
    for index, (box, key) in enumerate(texts(outputs)):
        for digit in re.finditer(r"[0-9]", box[key]):
            changed = deepcopy(outputs)
            box_, (at, end) = texts(changed)[index][0], digit.span()
            box_[key] = box[key][:at] + str((int(digit[0]) + 1) % 10) + box[key][end:]
            yield changed


@each(COMPARED)
def test_nbval_would_see_any_changed_digit(path, request):
    for item in IPyNbFile.from_parent(request.session, path=path).collect():
        item.format_output_compare = lambda *_: None  # a report that takes seconds
        compared = item.options["check"] and item.cell.execution_count
        stored = coalesce_streams(deepcopy(item.cell.outputs))
        for changed in changed_digits(item.cell.outputs):
            assert compared, f"{item.cell.id} is not compared"
            assert not item.compare_outputs(coalesce_streams(changed), stored)


def test_nbval_fails_on_one_changed_digit(tmp_path, good):
    good.cells = [c for c in good.cells if "pictures/" not in c.source]
    nbformat.write(good, tmp_path / "as_it_is.ipynb")
    printing(good).outputs = next(changed_digits(printing(good).outputs))
    nbformat.write(good, tmp_path / "changed.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env"]
    command += ["--nbval-kernel-startup-timeout=180", "-p", "no:cacheprovider"]
    command += [f"--nbval-sanitize-with={NOTEBOOKS.parent / 'tools/nbval.cfg'}"]
    where = {"cwd": tmp_path, "env": kernel_environment("digits")}
    done = subprocess.run(command, capture_output=True, text=True, **where)
    cells = sum(cell.cell_type == "code" for cell in good.cells)
    assert f"1 failed, {2 * cells - 1} passed" in done.stdout, done.stdout
    assert "Cell outputs differ" in done.stdout
    assert "FAILED changed.ipynb" in done.stdout
