"""JupyterLab is set up for the course, with make and without; browser tests open it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import lab

ROOT = Path(__file__).parents[2]
STORE = r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.12_x64"


def test_without_make_it_is_set_up_too(tmp_path):
    run = [sys.executable, "-m", "tools.lab", "--root", tmp_path, "--show-config-json"]
    kept = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path / "none")}
    done = subprocess.run(
        run, cwd=ROOT, env=kept, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    server, app = found["ServerApp"], found["LabApp"]
    assert server["root_dir"] == server["preferred_dir"] == str(tmp_path)
    assert "100000000" in str(server["tornado_settings"])
    assert app["default_url"].endswith("/notebooks/01_images.ipynb")
    assert "labextensions" in str(app["extra_labextensions_path"])
    assert found["HTMLExporter"]["template_name"] == "course"


def test_kernels_get_nothing_that_was_set_for_other_programs(monkeypatch):
    from jupyterlab.labapp import LabApp

    seen = {}
    monkeypatch.setattr(
        LabApp, "launch_instance", lambda argv: seen.update(os.environ, argv=argv)
    )
    monkeypatch.setenv("PYTHONSTARTUP", "mine.py")
    for name in lab.FOREIGN:
        monkeypatch.setenv(name, "mine")
    lab.main(["--no-browser", "--port=9"])
    assert not set(lab.FOREIGN) & set(seen)
    assert Path(seen["PYTHONSTARTUP"]).samefile(ROOT / "tools" / "kernel_startup.py")
    assert seen["argv"][-2:] == ["--no-browser", "--port=9"]


@pytest.mark.parametrize("prefix, others", [(STORE, 1), ("/usr", 0)])
def test_the_stores_python_opens_no_file_that_the_browser_cannot_see(
    monkeypatch, prefix, others
):
    monkeypatch.setattr(sys, "base_prefix", prefix)
    told = lab.options(ROOT)
    assert told.count("--ServerApp.use_redirect_file=False") == others
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    assert told.count("--allow-root") == as_root
