"""The real service, `python -m app` under uvicorn on loopback, for the tests."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

ROOT = Path(__file__).parents[2]
SAYS = re.compile(r"The service answers at (\S+) until")
HASTY = """
from app import connections, reader, uploads
from app.__main__ import main
uploads.SECONDS = connections.HEAD_SECONDS = reader.SECONDS = 1
connections.REQUEST_SECONDS = 2
main()
"""
BROKEN = """
from app.__main__ import main
from app.desk import Desk
Desk.look = lambda *_: 1 / 0
main()
"""


@dataclass
class Service:
    """A running service: its address, its process, its log, the seconds it took."""

    address: str
    process: subprocess.Popen
    log: Path
    seconds: float

    def post(self, data: bytes, path="/predict", field="image", source=None, **options):
        """Send a file as the page does; `source` is an address of this machine."""
        transport = httpx.HTTPTransport(local_address=source)
        with httpx.Client(transport=transport) as client:
            return client.post(
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

    def processes(self) -> list[psutil.Process]:
        """List its process and the one that reads photos."""
        one = psutil.Process(self.process.pid)
        return [one, *one.children()]

    def megabytes(self, which: str) -> float:
        """Return the memory of both: "VmRSS" is now, "VmHWM" the most. Linux only."""
        files = [Path(f"/proc/{one.pid}/status") for one in self.processes()]
        if not files[0].is_file():
            pytest.skip("memory is read from /proc, which this system lacks")
        lines = [x for file in files for x in file.read_text().splitlines()]
        return sum(int(x.split()[1]) for x in lines if x.startswith(which)) / 1024


@contextmanager
def served(log: Path, program=("-m", "app"), folder: Path = ROOT):
    """Start a service, wait until it answers, yield it, and stop it."""
    began = time.perf_counter()
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, *program, "--port", "0"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            stdout=file,
            stderr=file,
        )
    try:
        while not (said := SAYS.search(log.read_text())):
            if process.poll() is not None or time.perf_counter() > began + 60:
                pytest.fail(f"the service does not start: {log.read_text()[-2000:]}")
            time.sleep(0.02)
        address = said[1].replace("0.0.0.0", "127.0.0.1")
        one = Service(address, process, log, time.perf_counter() - began)
        assert one.healthy()
        yield one
    finally:
        process.terminate()
        process.wait(20)
