"""Memory counts what a process has started."""

import subprocess
import sys
import time

import pytest

from benchmarks import memory


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux tells")
def test_memory_counts_what_this_process_has_started():
    program = "kept = bytearray(200 << 20); print('ready', flush=True); input()"
    before = memory.held()
    child = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "ready\n"
    with memory.Watch() as watch:
        time.sleep(0.7)
    child.communicate("end\n")
    assert 190 << 20 < watch.most - before < 260 << 20
    assert abs(memory.held() - before) < 10 << 20, "one that has ended holds nothing"
