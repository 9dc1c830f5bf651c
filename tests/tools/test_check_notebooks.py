"""`make test` does not depend on what a user has set for other programs."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools import check_notebooks
from tools.check_notebooks import (
    NOTEBOOKS,
    SETTINGS,
    kernel_environment,
    neutral_environment,
    run_nbval,
)

ROOT = NOTEBOOKS.parent
needs_make = pytest.mark.skipif(not shutil.which("make"), reason="there is no make")
QUICK = "tests/test_models.py tests/data/test_folders.py tests/plots/test_charts.py"
QUICK += " tests/test_quiet.py::test_keras_comes_without_a_word"
NBVAL = """
import sys
from tools.check_notebooks import NOTEBOOKS, run_nbval
sys.exit(run_nbval("strict", "worst", [NOTEBOOKS / "02_convolution.ipynb"], "digits"))
"""
SHORT = """
import sys
import pytest
from tools import check_notebooks
check_notebooks.PART_1_SECONDS = 2
options = ["--nbval-lax", "-p", "tools.check_notebooks", *check_notebooks.OPTIONS]
sys.exit(pytest.main([*options, "-n0", *sys.argv[1:]]))
"""


def worst(folder: Path) -> dict[str, str]:
    """Return an environment with every setting that has reached into the course."""
    (folder / "foreign" / "helpers").mkdir(parents=True)
    (folder / "foreign" / "helpers" / "__init__.py").write_text("x = 1\n")
    (folder / "startup.py").write_text("raise SystemExit(3)\n")
    (folder / "matplotlibrc").write_text("text.usetex: True\nfigure.dpi: 5\n")
    keras = {"floatx": "float16", "image_data_format": "channels_first"}
    (folder / "keras.json").write_text(json.dumps({**keras, "backend": "torch"}))
    profile = folder / "profile_default"
    profile.mkdir()
    (profile / "ipython_kernel_config.py").write_text(
        "get_config().InlineBackend.figure_formats = {'svg'}\n"
        "get_config().IPKernelApp.exec_lines = ['import no_such_module']\n"
    )
    (folder / "jupyter_server_config.py").write_text(
        f"get_config().ServerApp.root_dir = {str(folder)!r}\n"
    )
    paths = "IPYTHONDIR JUPYTER_CONFIG_DIR KERAS_HOME MPLCONFIGDIR MATPLOTLIBRC"
    return {
        **os.environ,
        **dict.fromkeys(paths.split(), str(folder)),
        "HOME": str(folder / "startup.py" / "no" / "home"),
        "PYTHONHOME": str(folder),
        "PYTHONPATH": str(folder / "foreign"),
        "PYTHONSTARTUP": str(folder / "startup.py"),
        "PYTHONOPTIMIZE": "2",
        "PYTHONSAFEPATH": "1",
        "PYTHONWARNINGS": "error",
        "PIP_USER": "1",
        "PIP_TARGET": str(folder),
        "MPLBACKEND": "TkAgg",
        "KERAS_BACKEND": "theano",
        "KERAS_MAX_EPOCHS": "1",
        "TF_XLA_FLAGS": "--no_such_flag",
        "XLA_FLAGS": "--no_such_flag",
        "JAX_PLATFORMS": "tpu",
        "OMP_NUM_THREADS": "1",
        "OMP_DISPLAY_ENV": "TRUE",
        "CNN_COURSE_CACHE": "build/cache",
        "FORCE_COLOR": "1",
        "COLUMNS": "20",
        "IMAGE_DATA": "digits",
    }


def made(recipe: str, folder: Path) -> subprocess.CompletedProcess:
    """Let make run a recipe with the worst settings and this test's Python."""
    kept = {k: v for k, v in worst(folder).items() if not k.startswith("MAKE")}
    (folder / "run").write_text(f"include Makefile\nrun: ; {recipe}\n")
    bin_folder = f"BIN={Path(sys.executable).parent}"
    return subprocess.run(
        ["make", "-s", "-f", folder / "run", bin_folder, "run"],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
    )


@needs_make
def test_what_make_passes_on(tmp_path):
    done = made("@env", tmp_path)
    found = dict(x.split("=", 1) for x in done.stdout.splitlines() if "=" in x)
    gone = "PYTHONHOME PYTHONPATH PYTHONSAFEPATH PYTHONOPTIMIZE PYTHONWARNINGS "
    gone += "PIP_USER PIP_TARGET MPLBACKEND KERAS_BACKEND"
    assert not set(gone.split()) & set(found), done.stderr
    assert (
        found["HOME"] == str(ROOT / "build" / "home") and Path(found["HOME"]).is_dir()
    )
    assert found["PYTHONSTARTUP"] == str(ROOT / "tools" / "kernel_startup.py")
    assert "Your home folder cannot be written" in done.stdout


@needs_make
def test_tests_pass_with_the_worst_settings_at_once(tmp_path):
    done = made(f'"$(BIN)/python" -m pytest -q -x {QUICK}', tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_make
def test_a_notebook_passes_with_the_worst_settings_at_once(tmp_path):
    (tmp_path / "nbval.py").write_text(NBVAL)
    program = f"exec(open({str(tmp_path / 'nbval.py')!r}).read())"
    done = made(f'"$(BIN)/python" -c "{program}"', tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "of them compared with their stored output" in done.stdout


def test_programs_find_no_settings_of_a_user(monkeypatch, tmp_path):
    for name, value in worst(tmp_path).items():
        monkeypatch.setenv(name, value)
    ours = neutral_environment()
    assert not {"MPLBACKEND", "KERAS_BACKEND", "XLA_FLAGS", "PYTHONPATH"} & set(ours)
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "KERAS_HOME", "MPLCONFIGDIR"):
        assert Path(ours[name]).parent == SETTINGS
    assert {"FORCE_COLOR", "COLUMNS"}.isdisjoint(kernel_environment("digits"))


def test_a_slow_cell_fails_in_part_1_and_may_train_in_the_others(tmp_path):
    cell = new_code_cell("import time; time.sleep(5)", execution_count=1)
    paths = [tmp_path / "01_slow.ipynb", tmp_path / "09_slow.ipynb"]
    for path in paths:
        nbformat.write(new_notebook(cells=[cell]), path)
    command = [sys.executable, "-c", SHORT, *map(str, paths)]
    environment = kernel_environment("digits")
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    assert "FAILED" in done.stdout and "01_slow.ipynb::Cell 0" in done.stdout


@pytest.fixture
def asked(monkeypatch):
    """Return the list of commands that would have been run."""
    commands = []

    def run(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(check_notebooks.subprocess, "run", run)
    monkeypatch.setenv("IMAGE_DATA", "digits")
    return commands


def test_no_path_is_absolute_since_pytest_reads_square_brackets(asked):
    assert check_notebooks.main(["--part-1"]) == 0
    ((*_, last),) = asked
    assert last == "notebooks/solutions/07_learning.ipynb"


@pytest.mark.parametrize("cores, threads", [(1, "1"), (2, "1"), (8, "4")])
def test_notebooks_that_run_at_a_time_share_its_cores(monkeypatch, cores, threads):
    given = []

    def run(command, env, **_):
        given.append(env)
        assert command[command.index("-n") + 1] == "2"
        return subprocess.CompletedProcess(command, 0)

    everyone = set(range(cores))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: everyone, raising=False)
    monkeypatch.setattr(check_notebooks.subprocess, "run", run)
    run_nbval("strict", "none", [NOTEBOOKS / "02_convolution.ipynb"], "digits")
    (env,) = given
    assert env["TF_NUM_INTRAOP_THREADS"] == env["OMP_NUM_THREADS"] == threads


def test_files_of_tests_that_run_at_a_time_share_them_too():
    at_a_time = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    assert check_notebooks.shared_cores(at_a_time).items() <= os.environ.items()


def test_data_that_not_every_notebook_takes_is_not_checked_on(asked, monkeypatch):
    monkeypatch.setenv("IMAGE_DATA", "emoji")
    environments = []
    record = check_notebooks.kernel_environment
    monkeypatch.setattr(
        check_notebooks,
        "kernel_environment",
        lambda name: environments.append(name) or record(name),
    )
    assert check_notebooks.main([]) == 0
    assert environments == ["digits", "digits"]


def test_windows_leaves_out_the_one_notebook_with_several_workers(asked, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    check_notebooks.main(["--lax"])
    names = {name for name in asked[0] if name.endswith(".ipynb")}
    assert "notebooks/solutions/18_scaling_out.ipynb" in names
    assert "notebooks/18_scaling_out.ipynb" not in names
