"""What the notebooks import.

Its import looks once whether this is the notebook's own copy of the course, and at the
settings that would spoil a notebook without a word.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
INLINE = "module://matplotlib_inline.backend_inline"
USED = {"helpers", "jax", "keras", "matplotlib", "numpy", "optuna", "PIL", "scipy"}
USED |= {"seaborn", "sklearn", "tensorflow", "tqdm", *sys.stdlib_module_names}


def _refuse_another_copy(here: Path) -> None:
    """Raise ImportError where `here` lies in another copy of the course than this."""
    for folder in (here, *here.parents[:2]):
        parts = "helpers/__init__.py", "notebooks/01_images.ipynb"
        if all((folder / part).is_file() for part in parts):
            if not folder.samefile(ROOT):
                raise ImportError(
                    f"this is the course in {folder}, but its environment runs the "
                    f"code in {ROOT}: run `make setup` (or `python -m pip install -e "
                    f".`) in {folder} and restart the kernel"
                )
            return


def _kernel():
    """Return IPython's shell in a notebook, None elsewhere."""
    found = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return found if hasattr(found, "kernel") else None


def _hidden(here: Path) -> list[str]:
    """Say of each file or package in `here` whose name a library has, what is wrong."""
    paths = [*here.glob("*.py"), *(p.parent for p in here.glob("*/__init__.py"))]
    return [
        f"{path.name} beside this notebook has the name of a library: one of the two "
        f"hides the other, so give yours another name."
        for path in sorted(paths)
        if path.stem in USED and path != ROOT / "helpers"
    ]


def _say_after_the_cell(shell, lines: list[str]) -> None:
    """Print to stderr once a cell has run: nobody sees what a starting kernel says."""

    def say(_):
        shell.events.unregister("post_run_cell", say)
        print(*lines, sep="\n", file=sys.stderr)

    shell.events.register("post_run_cell", say)


def _draw_into_the_notebook(shell) -> None:
    """Overrule an MPLBACKEND that draws to nowhere or into windows."""
    chosen = os.environ.get("MPLBACKEND", INLINE).lower()
    if not chosen.startswith("module:") and chosen not in ("inline", "widget", "nbagg"):
        os.environ["MPLBACKEND"] = INLINE
        shell.enable_matplotlib("inline")


def _explain_assertions(shell) -> None:
    """Let IPython say of a failed assertion what it expected and what was there."""

    def show(shell, *error, tb_offset=None):
        from helpers import assertions  # imports NumPy: only when it is needed

        return assertions.show(shell, *error, tb_offset=tb_offset)

    if not shell.custom_exceptions:
        shell.set_custom_exc((AssertionError,), show)


def _look_around() -> None:
    try:
        here = Path.cwd()
    except OSError:  # the folder is gone
        return
    _refuse_another_copy(here)
    if shell := _kernel():
        _explain_assertions(shell)
        _draw_into_the_notebook(shell)
        lines = _hidden(here)
        if not __debug__:
            lines.append("PYTHONOPTIMIZE is set, so no assertion is checked: unset it.")
        if lines:
            _say_after_the_cell(shell, lines)


_look_around()
