"""Give a notebook the `helpers` of its own checkout, whatever else has that name.

`make lab` and the tests name this file in PYTHONSTARTUP, which IPython runs when a
kernel starts. A copy of the course that the environment was made for, a file
beside the notebook or a folder on PYTHONPATH then cannot take the name. Outside the
course it does nothing.
"""


def _take_own_helpers():
    import sys
    from pathlib import Path

    parts = "helpers/__init__.py", "notebooks/01_images.ipynb"
    here = Path.cwd()
    for folder in (here, *here.parents[:2]):
        if all((folder / part).is_file() for part in parts):
            sys.path.insert(0, str(folder))
            try:
                import helpers  # noqa: F401  (sys.modules keeps it)
            finally:
                sys.path.remove(str(folder))
            return


_take_own_helpers()
del _take_own_helpers
