"""Re-execute every notebook under nbval: `python -m tools.check_notebooks`.

With CIFAR-10 at hand every stored output is compared that does not depend on the
machine. Without it Part 1, which needs no data set, is compared just the same; Parts 2
to 5 run on scikit-learn's digits with all their assertions, and only the cells tagged
`nbval-check-output` are compared. `--lax` (other operating systems) does the latter
everywhere, `--part-1` does Part 1 alone. The module is also the pytest plugin that
counts the cells.
"""

import os
import subprocess
import sys
from pathlib import Path

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
SETTINGS = NOTEBOOKS.parent / "build" / "settings"  # in place of the user's own
STARTUP = Path(__file__).with_name("kernel_startup.py")
PART_1 = {f"{n:02}" for n in range(1, 8)}  # no data set in these
# a slow machine may train 09 for more than ten minutes; in Part 1 nothing takes long
CELL_SECONDS, PART_1_SECONDS = 1800, 180
WORKERS = 2  # notebooks at a time
OPTIONS = f"""--nbval-current-env --nbval-cell-timeout={CELL_SECONDS}
    -p no:cacheprovider
    --nbval-kernel-startup-timeout=180 --nbval-sanitize-with=tools/nbval.cfg
    -n {WORKERS} --dist loadfile""".split()


def notebook_paths() -> list[Path]:
    """List the course's notebooks and their solutions, in order."""
    return sorted(NOTEBOOKS.glob("[!.]*.ipynb")) + sorted(
        NOTEBOOKS.glob("solutions/[!.]*.ipynb")
    )


def neutral_environment() -> dict[str, str]:
    """Return this process's environment without what a user set for other programs.

    Jupyter, IPython, Matplotlib and Keras find an empty folder of settings.
    """
    foreign = "PYTHON TF_ XLA_ JAX_ KERAS_ MPL MATPLOTLIB OMP_D KMP_".split()
    kept = {n: v for n, v in os.environ.items() if not n.startswith(tuple(foreign))}
    folders = "IPYTHONDIR JUPYTER_CONFIG_DIR JUPYTER_DATA_DIR JUPYTER_RUNTIME_DIR"
    for name in f"{folders} KERAS_HOME MPLCONFIGDIR".split():
        kept[name] = str(SETTINGS / name.lower())
    return {**kept, "PYTHONSTARTUP": str(STARTUP)}


def kernel_environment(data_name: str) -> dict[str, str]:
    """Return the environment of notebooks: plain text, one data set, no download."""
    dropped = {"NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES"}
    neutral = neutral_environment().items()
    kept = {name: value for name, value in neutral if name not in dropped}
    kept["CNN_COURSE_PROGRESS"] = str(SETTINGS / "progress.jsonl")  # not the student's
    return {**kept, "IMAGE_DATA": data_name, "CNN_COURSE_OFFLINE": "1"}


def shared_cores(programs: int) -> dict[str, str]:
    """Return settings with which so many programs at a time share the cores.

    Else each starts a thread for every core, and threads that wait for one another take
    processor time too.
    """
    here = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if here else os.cpu_count() or 1
    threads = str(max(1, cores // programs))
    return {"OMP_NUM_THREADS": threads, "TF_NUM_INTRAOP_THREADS": threads}


def run_nbval(mode: str, label: str, paths: list[Path], data_name: str) -> int:
    """Run nbval over `paths` in "strict" or "lax" mode; return pytest's exit status."""
    if not paths:
        return 0
    flag = {"strict": "--nbval", "lax": "--nbval-lax"}[mode]
    command = [sys.executable, "-m", "pytest", flag, *OPTIONS, "-q"]
    command += [
        "-p",
        "tools.check_notebooks",
        *(str(p.relative_to(NOTEBOOKS.parent)) for p in paths),
    ]
    environment = kernel_environment(data_name) | shared_cores(WORKERS)
    environment["NOTEBOOKS_LABEL"] = label
    return subprocess.run(command, env=environment, cwd=NOTEBOOKS.parent).returncode


def main(arguments: list[str]) -> int:
    """Choose data and mode, run nbval, and return 1 if anything failed."""
    from helpers import data  # here, because pytest's workers load this file too

    if "--part-1" in arguments:
        found = [p for p in notebook_paths() if p.name[:2] in PART_1]
        return run_nbval("strict", "Part 1, compared, no data set", found, "digits")

    # not every notebook runs on what else IMAGE_DATA may name
    data_name = "cifar10" if data.at_hand() == "cifar10" else "digits"
    paths = notebook_paths()
    if sys.platform == "win32":  # JAX connects no processes there
        paths = [path for path in paths if path != NOTEBOOKS / "18_scaling_out.ipynb"]
    first = [p for p in paths if p.name[:2] in PART_1]
    rest = [p for p in paths if p.name[:2] not in PART_1]
    if "--lax" in arguments:
        runs = [("lax", f"all parts, assertions only, on {data_name}", paths)]
    elif data_name == "cifar10":
        runs = [("strict", "all parts, compared, on CIFAR-10", paths)]
    else:
        forced = os.environ.get("IMAGE_DATA")
        missing = "no CIFAR-10 here: set CIFAR10_DIR"
        why = f"IMAGE_DATA={forced}" if forced else missing
        runs = [
            ("strict", "Part 1, compared, no data set", first),
            ("lax", f"Parts 2 to 5, assertions, on the digits ({why})", rest),
        ]
    return int(any([run_nbval(*run, data_name) for run in runs]))


def pytest_runtest_setup(item) -> None:
    """Note whether a cell's stored text will be compared; give Part 1 little time."""
    if hasattr(item, "cell"):
        short = item.path.name[:2] in PART_1
        seconds = PART_1_SECONDS if short else CELL_SECONDS
        item.config.option.nbval_cell_timeout = seconds
        compared = item.options["check"] and bool(item.cell.outputs)
        item.user_properties.append(("compared", compared))


def pytest_terminal_summary(terminalreporter) -> None:
    """Say in one line which data was used and how many cells were compared."""
    cells = [
        dict(report.user_properties).get("compared")
        for report in terminalreporter.stats.get("passed", [])
        if report.when == "call"
    ]
    terminalreporter.write_line(
        f"notebooks ({os.environ.get('NOTEBOOKS_LABEL', '')}): {len(cells)} cells "
        f"passed, {sum(map(bool, cells))} of them compared with their stored output"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
