"""Run the notebooks as Colab does, with the versions that Colab has: `make test-colab`.

Started by `.venv-colab`'s Python, which has what `.ci/colab.txt` lists. Each notebook
lies alone in an empty folder, in the place of /content; `google.colab` is a stand-in
whose upload gives the course as a zip file, packed from the working tree. The rest is
real: unzipping, pip, Keras of then. It fails where a cell fails and where the first
cell changed a version that Colab has. `python -m tools.check_colab 07` runs one.
"""

import importlib.metadata
import os
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools.checkout import listed

ROOT = Path(__file__).parents[1]
STAND_IN = """import os, shutil
class files:
    def upload():
        path = shutil.copy(os.environ["COURSE_ZIP"], os.getcwd())
        return {os.path.basename(path): b""}
"""


def changed() -> dict[str, str]:
    """Return the versions that are not those of Colab's list, by package."""
    lines = (ROOT / ".ci" / "colab.txt").read_text(encoding="utf-8").split()
    wanted = dict(line.split("==") for line in lines if "==" in line)
    found = {name: importlib.metadata.version(name) for name in wanted}
    return {name: found[name] for name in wanted if found[name] != wanted[name]}


def prepare(folder: Path) -> None:
    """Pack the course and write the stand-in; kernels find both by variables."""
    zipped, package = folder / "course.zip", folder / "stand_in" / "google" / "colab"
    with zipfile.ZipFile(zipped, "w") as archive:
        for name in listed():
            archive.write(ROOT / name, f"course-main/{name}")
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(STAND_IN)
    os.environ |= {
        "COURSE_ZIP": str(zipped),
        "PYTHONPATH": str(folder / "stand_in"),
        "PYTHONSTARTUP": "",
        "IMAGE_DATA": "digits",
        "CNN_COURSE_OFFLINE": "1",
    }


def run(path: Path, content: Path) -> str | None:
    """Execute a notebook from `content`; return what failed, None if nothing did."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("/content", str(content))
    # Colab imports this before the first cell
    notebook.cells.insert(0, nbformat.v4.new_code_cell("import google.colab"))
    place = {"metadata": {"path": str(content)}}
    client = NotebookClient(
        notebook, timeout=1800, kernel_name="python3", resources=place
    )
    try:
        client.execute()
    except CellExecutionError as error:
        return str(error)[-1500:]


def main() -> None:
    """Run all notebooks, or those whose number is given; exit with 1 for a fault."""
    wanted, failed = tuple(sys.argv[1:]) or ("",), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        for path in sorted((ROOT / "notebooks").glob("[!.]*.ipynb")):
            if not path.name.startswith(wanted):
                continue
            content, began = folder / path.stem, time.monotonic()
            content.mkdir()
            fault = run(path, content)
            state = "failed" if fault else "passed"
            print(
                f"{path.name} {state} in {time.monotonic() - began:.0f} s", flush=True
            )
            if fault:
                failed.append(path.name)
                print(fault, flush=True)
    print(f"not as on Colab: {changed() or 'nothing'}")
    sys.exit(bool(failed or changed()))


if __name__ == "__main__":
    main()
