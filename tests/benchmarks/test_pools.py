"""No process of a pool outlives its program."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil


def sleep(path):
    path.write_text(str(os.getpid()))
    time.sleep(600)


def test_a_program_that_is_killed_leaves_no_workers_at_work(tmp_path):
    program = """
import pathlib, sys
from benchmarks import pools
from tests.benchmarks.test_pools import sleep
if __name__ == "__main__":
    pool = pools.pool(2)
    for number in range(2):
        pool.submit(sleep, pathlib.Path(sys.argv[1], str(number)))
    print("ready", flush=True)
    sys.stdin.readline()
"""
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, tmp_path / "program.py", tmp_path]
    root = Path(__file__).parents[2]
    options = {"stdin": subprocess.PIPE, "env": os.environ | {"PYTHONPATH": str(root)}}
    with subprocess.Popen(command, **options) as process:
        names, limit = [tmp_path / "0", tmp_path / "1"], time.monotonic() + 120
        while not all(name.is_file() and name.read_text() for name in names):
            assert process.poll() is None and time.monotonic() < limit
            time.sleep(0.1)
        workers = [psutil.Process(int(name.read_text())) for name in names]
        process.kill()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive
