"""Measure the memory that a student needs: `make memory` (about half an hour).

`make memory NB="18 20"` measures these notebooks anew and keeps the other rows; each
row says when and where it was measured.

Every notebook is executed from a fresh kernel; what its kernel and all processes under
it hold is added up five times a second, and the most is kept. JupyterLab's server, of
which every student on a JupyterHub has one, comes on top. The result is
benchmarks/results/memory.json; `make readme` writes the instructor's table from it.
Linux.
"""

import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient

from benchmarks.record import machine, read, write
from helpers import data, results  # not Keras: what it shares would count half
from tools.check_notebooks import NOTEBOOKS, kernel_environment

RESULTS = results.FOLDER / "memory.json"


def held() -> int:
    """Return the bytes that all processes under this one hold, what they share once.

    What they share with others counts in part (Linux's PSS).
    """
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            total += process.memory_full_info().pss
        except psutil.NoSuchProcess:
            pass  # it has just ended
    return total


class Watch:
    """Inside the `with` block, look again and again at what is held; keep the most."""

    def __enter__(self):
        self.most, self.over = 0, threading.Event()
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def look(self):
        while not self.over.wait(0.2):
            self.most = max(self.most, held())


def notebook_row(path: Path) -> dict:
    """Execute a notebook; return its peak in megabytes and its seconds."""
    client = NotebookClient(
        nbformat.read(path, as_version=4),
        timeout=900,
        resources={"metadata": {"path": str(path.parent)}},
    )
    start = time.monotonic()
    with Watch() as watch:
        client.execute(env=kernel_environment(data.at_hand()))
    return {
        "mb": watch.most >> 20,
        "seconds": round(time.monotonic() - start),
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine(),
    }


def server() -> int:
    """Return the megabytes of a JupyterLab server after its start."""
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--port=0"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([*command, "--allow-root"], cwd=NOTEBOOKS, **quiet)
    try:
        with Watch() as watch:
            time.sleep(15)
    finally:
        process.kill()
        process.wait()
    return watch.most >> 20


def summary(rows: dict[str, dict]) -> dict[str, str]:
    """Say when and where the rows were measured."""
    dates = sorted({row["date"] for row in rows.values()})
    machines = sorted({row["machine"] for row in rows.values()})
    return {
        "date": " to ".join(dict.fromkeys((dates[0], dates[-1]))),
        "machine": "; ".join(machines),
    }


def main(numbers: list[str]) -> None:
    """Measure all notebooks, or those of these numbers, and write the result."""
    paths = {path.name[:2]: path for path in sorted(NOTEBOOKS.glob("[!.]*.ipynb"))}
    if strange := {*numbers} - {*paths}:
        sys.exit(f"no notebook {', '.join(strange)}; there are: {', '.join(paths)}")
    found = read(RESULTS) if numbers else {"server_mb": server(), "notebooks": {}}
    if found.get("data", data.at_hand()) != data.at_hand():
        sys.exit(f"the other rows were measured on {found['data']}: measure all")
    rows = found["notebooks"]
    for number in numbers or paths:
        path = paths[number]
        rows[path.stem] = notebook_row(path)
        print(path.stem, rows[path.stem], flush=True)
    found |= {"data": data.at_hand()} | summary(rows)
    write(RESULTS, found)


if __name__ == "__main__":
    main(sys.argv[1:])
