"""JupyterLab on the first notebook, set up for the course: `make lab`.

Without make: `python -m tools.lab`, by the environment's Python, in the course's
folder. `--root FOLDER` serves a copy that lies elsewhere; all else is JupyterLab's.
"""

import argparse
import os
import sys
from pathlib import Path

from tools.check_notebooks import STARTUP

ROOT = Path(__file__).parents[1]
TOOLS = ROOT / "tools"
FIRST = "/lab/tree/notebooks/01_images.ipynb"
# what a user may have set for other programs would reach every kernel
FOREIGN = "PYTHONPATH PYTHONSAFEPATH PYTHONOPTIMIZE PYTHONWARNINGS".split()
FOREIGN += ["MPLBACKEND", "KERAS_BACKEND"]


def options(root: Path) -> list[str]:
    """Return what JupyterLab is told: what it serves, adds and exports with."""
    found = [
        f"--ServerApp.root_dir={root}",
        f"--FileContentsManager.root_dir={root}",
        f"--ServerApp.preferred_dir={root}",
        # notebook 17's upload sends files in one message: a server takes 10 MB unasked
        '--ServerApp.tornado_settings={"websocket_max_message_size": 100000000}',
        f"--LabApp.extra_labextensions_path={TOOLS / 'labextensions'}",
        f"--TemplateExporter.extra_template_basedirs={TOOLS / 'nbconvert'}",
        "--HTMLExporter.template_name=course",
        "--HTMLExporter.preprocessors=tools.book.formulas.Formulas",
        f"--LabApp.default_url={FIRST}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # as in a container
        found.append("--allow-root")
    if "WindowsApps" in sys.base_prefix:  # the Microsoft Store's Python: the browser
        found.append("--ServerApp.use_redirect_file=False")  # cannot see its files
    return found


def main(arguments: list[str]) -> None:
    """Serve until Ctrl-C."""
    from jupyterlab.labapp import LabApp

    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--root", type=Path, default=ROOT)
    known, others = parser.parse_known_args(arguments)
    for name in FOREIGN:
        os.environ.pop(name, None)
    os.environ["PYTHONSTARTUP"] = str(STARTUP)
    LabApp.launch_instance(options(known.root.absolute()) + others)


if __name__ == "__main__":
    main(sys.argv[1:])
