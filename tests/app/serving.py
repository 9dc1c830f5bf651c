"""The real service, `python -m app` under uvicorn on loopback, for the tests."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.chromium import free_port

ROOT = Path(__file__).parents[2]
HASTY = """
import sys, uvicorn
from app.service import build
uvicorn.run(build(upload_seconds=1), port=int(sys.argv[-1]), http="h11")
"""
BROKEN = """
from helpers import lite
from app.__main__ import main
lite.scores = lambda *_: 1 / 0
main()
"""


@dataclass
class Service:
    """A running service: its address, its process, its log, the seconds it took."""

    address: str
    process: subprocess.Popen
    log: Path
    seconds: float

    def post(self, data: bytes, path="/predict", field="image", **options):
        """Send a file as the page does."""
        return httpx.post(
            self.address + path,
            files={field: ("photo", data)},
            **{"timeout": 60, **options},
        )

    def healthy(self) -> dict | None:
        """Return what /health says, if anybody answers."""
        try:
            found = httpx.get(f"{self.address}/health", timeout=5)
        except httpx.TransportError:
            return None
        return found.raise_for_status().json()

    def megabytes(self, which: str) -> float:
        """Return its memory: "VmRSS" is now, "VmHWM" the most so far. Linux only."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.is_file():
            pytest.skip("memory is read from /proc, which this system lacks")
        lines = status.read_text().splitlines()
        return int(next(x for x in lines if x.startswith(which)).split()[1]) / 1024


@contextmanager
def served(log: Path, program=("-m", "app"), folder: Path = ROOT):
    """Start a service, wait until it answers, yield it, and stop it."""
    port, began = free_port(), time.perf_counter()
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, *program, "--port", str(port)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            stdout=file,
            stderr=file,
        )
    one = Service(f"http://127.0.0.1:{port}", process, log, 0)
    try:
        while not one.healthy():
            one.seconds = time.perf_counter() - began
            if process.poll() is not None or one.seconds > 60:
                pytest.fail(f"the service does not answer: {log.read_text()[-2000:]}")
            time.sleep(0.02)
        one.seconds = time.perf_counter() - began
        yield one
    finally:
        process.terminate()
        process.wait(20)
