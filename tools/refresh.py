"""Execute notebooks and store their outputs: `python -m tools.refresh 02 solutions/02`.

A fresh kernel for each, in the notebook's folder. What must not be stored is dropped:
stderr, timings, widget state, and the outputs of live controls (tag `live`). A notebook
is written beside itself and moved into place only if every cell ran.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from helpers import files
from tools.check_notebooks import NOTEBOOKS, PART_1, kernel_environment, notebook_paths

COVER = "After your prediction:\n"
ASKING = re.compile(r"prediction = None|\w+ = None.*\n(?:.*\n)*.*\bcheck\(")


def find(number: str) -> list[Path]:
    """Return the notebooks named by "02", "solutions/02" or "" for all; or exit."""
    found = [
        p
        for p in notebook_paths()
        if p.relative_to(NOTEBOOKS).as_posix().startswith(number)
    ]
    if not found:
        sys.exit(f"no notebook starts with {number!r} in {NOTEBOOKS.name}/")
    return found


def tidy(notebook) -> None:
    """Drop from an executed notebook what differs from run to run."""
    notebook.metadata = {
        "kernelspec": {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        cell.metadata.pop("ExecuteTime", None)
        if cell.cell_type != "code":
            continue
        live = "live" in cell.metadata.get("tags", [])
        cell.outputs = (
            [] if live else [o for o in cell.outputs if o.get("name") != "stderr"]
        )
        for output in cell.outputs:
            if (
                output.output_type == "error"
            ):  # the traceback names files of this machine
                output.traceback = [f"{output.ename}: {output.evalue}"]


def asks(cell) -> bool:
    """Tell whether a cell waits for an answer: a prediction, or an opening question."""
    return cell.cell_type == "code" and bool(ASKING.match(cell.source))


def answers(notebook) -> Iterator:
    """Yield the code cells between each prediction and the text that follows it."""
    asked = False
    for cell in notebook.cells:
        if cell.cell_type != "code":
            asked = False
        elif asks(cell):
            asked = True
        elif asked:
            yield cell


def cover(notebook) -> None:
    """Fold what answers a prediction; Lab shows the first line, so a neutral one.

    It shows the whole when the cell is run. nbval leaves the line out: `nbval.cfg`.
    """
    for cell in answers(notebook):
        if cell.outputs:
            cell.metadata["jupyter"] = {"outputs_hidden": True}
            first = cell.outputs[0]
            if first.output_type == "stream" and not first.text.startswith(COVER):
                first.text = COVER + first.text


def uncover(cell) -> None:
    """Take out the line that `cover` wrote, for pages that cover in another way."""
    for output in cell.get("outputs", [])[:1]:
        if output.output_type == "stream":
            output.text = output.text.removeprefix(COVER)


def refresh(path: Path) -> None:
    """Execute one notebook and replace it, or leave it as it is and raise."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=900,
        kernel_name="python3",
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    tidy(notebook)
    cover(notebook)
    nbformat.validate(notebook)
    with files.beside(path) as part:
        nbformat.write(notebook, part)
    print(f"refreshed {path.relative_to(NOTEBOOKS).as_posix()}")


def main(numbers: list[str]) -> None:
    """Refresh the named notebooks; Parts 2 to 5 only with CIFAR-10 at hand."""
    paths = [path for number in numbers or [""] for path in find(number)]
    if any(path.name[:2] not in PART_1 for path in paths):
        from helpers import data  # it takes a second, which Part 1 does not need

        os.environ.pop("IMAGE_DATA", None)
        if data.at_hand() != "cifar10":
            sys.exit("Parts 2 to 5 are stored as on CIFAR-10: set CIFAR10_DIR to it")
        os.environ["IMAGE_DATA"] = "cifar10"
    environment = kernel_environment(os.environ.get("IMAGE_DATA", "digits"))
    os.environ.clear()
    os.environ.update(environment)
    for path in paths:
        refresh(path)


if __name__ == "__main__":
    main(sys.argv[1:])
