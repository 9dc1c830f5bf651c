"""Ask the service often, and write down how long answers take: `make load`.

Open loop: requests are due at a fixed rate and a latency counts from when its request
was due, whether or not a connection was free then; what has no answer when the time is
over counts with the time it has waited so far. Closed loop: each connection asks again
as soon as it has an answer. Server and this program share the machine. The result is
benchmarks/results/load.json.
"""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from importlib.metadata import version
from io import BytesIO

import numpy as np
import psutil
from PIL import Image

from app import network
from benchmarks.record import machine, write
from helpers import results

RESULT = results.FOLDER / "load.json"
CONNECTIONS = 8
RATE = 300  # requests a second
SECONDS = 10
SERVERS = {"LiteRT": "app", "Keras": "benchmarks.keras_service"}
PHOTOS = {"32 x 32 PNG": (32, 32, "PNG"), "320 x 240 JPEG": (320, 240, "JPEG")}
MEASURED = [*(("LiteRT", photo) for photo in PHOTOS), ("Keras", "32 x 32 PNG")]
PACKAGES = ("ai-edge-litert", "fastapi", "pillow", "starlette", "uvicorn")
COLUMNS = {
    "server": "server",
    "photo": "photo",
    "median_ms": "median, ms",
    "p99_ms": "99 %, ms",
    "unanswered": "no answer",
    "closed_loop_per_second": "closed loop, 1/s",
    "start_seconds": "start, s",
    "memory_mb": "memory, MB",
}


def form(width: int, height: int, kind: str) -> tuple[bytes, dict]:
    """Return a multipart form that holds a drawing of this size, and its headers."""
    rows, columns = np.mgrid[:height, :width]
    wave = np.sin(rows / 9) * np.cos(columns / 7)
    ramp = np.stack([rows / height, columns / width, (wave + 1) / 2], axis=-1)
    file = BytesIO()
    Image.fromarray((255 * ramp).astype("uint8")).save(file, kind, quality=90)
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="p"\r\n\r\n'
    body = head + file.getvalue() + b"\r\n--x--\r\n"
    return body, {"Content-Type": "multipart/form-data; boundary=x"}


def ask(connection: http.client.HTTPConnection, request: tuple[bytes, dict]) -> None:
    """Send a photo and read the answer; RuntimeError if it is not 200."""
    connection.request("POST", "/predict", *request)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"the service answers {answer.status}: {said.decode()}")


def together(work: Callable[[], None]) -> None:
    """Do the same on CONNECTIONS threads; raise what any of them raises."""
    faults = []

    def guarded():
        try:
            work()
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(CONNECTIONS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    if faults:
        raise faults[0]


def open_loop(port: int, request: tuple[bytes, dict]) -> dict:
    """Ask RATE times a second, on time; return percentiles of the latencies."""
    begin = time.perf_counter() + 0.2
    due = iter(begin + np.arange(RATE * SECONDS) / RATE)
    end, turn, latencies, waiting = begin + SECONDS, threading.Lock(), [], []

    def work():
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while True:
            with turn:
                when = next(due, None)
            if when is None:
                return
            if time.perf_counter() > end:
                waiting.append(end - when)
                continue
            time.sleep(max(0, when - time.perf_counter()))
            ask(connection, request)
            latencies.append(time.perf_counter() - when)

    together(work)
    return summary(1000 * np.array(latencies + waiting)) | {"unanswered": len(waiting)}


def summary(milliseconds: np.ndarray) -> dict:
    """Return the percentiles that a service is judged by."""
    median, rare, most = np.percentile(milliseconds, [50, 99, 100]).tolist()
    return {
        "requests": len(milliseconds),
        "median_ms": round(median, 2),
        "p99_ms": round(rare, 2),
        "most_ms": round(most, 2),
    }


def closed_loop(port: int, request: tuple[bytes, dict], seconds: float) -> float:
    """Ask without a pause; return answers a second."""
    began, answers = time.perf_counter(), []

    def work():
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while time.perf_counter() < began + seconds:
            ask(connection, request)
            answers.append(1)

    together(work)
    return round(len(answers) / (time.perf_counter() - began), 1)


@contextmanager
def served(module: str) -> Iterator[tuple[int, int, float]]:
    """Start a server; yield its port, its process id and the seconds that took."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.01)
        yield port, process.pid, round(time.perf_counter() - began, 2)
    finally:
        process.terminate()
        process.wait(20)


def memory(pid: int) -> int:
    """Return the megabytes that a process and those it started hold."""
    found = 0
    with suppress(psutil.NoSuchProcess):  # a reader that is just being replaced
        service = psutil.Process(pid)
        for one in (service, *service.children()):
            found += one.memory_info().rss
    return found // 2**20


def load_average() -> float | None:
    """Return how many processes wanted a core in the last minute; None on Windows."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def measured(server: str, photo: str) -> dict:
    """Measure one server with one photo, after two seconds that do not count."""
    request = form(*PHOTOS[photo])
    with served(SERVERS[server]) as (port, pid, seconds):
        closed_loop(port, request, 2)
        return {
            "server": server,
            "photo": photo,
            "bytes": len(request[0]),
            **open_loop(port, request),
            "closed_loop_per_second": closed_loop(port, request, 5),
            "start_seconds": seconds,
            "memory_mb": memory(pid),
        }


def main() -> None:
    """Measure each server, print a table and write load.json."""
    conditions = {
        "machine": machine(),
        "date": date.today().isoformat(),
        "versions": {name: version(name) for name in PACKAGES},
        "model_sha256": network.read_model()[1]["sha256"],
        "load_average_before": load_average(),
        "connections": CONNECTIONS,
        "rate_per_second": RATE,
        "seconds": SECONDS,
    }
    rows = [measured(*each) for each in MEASURED]
    for line in (COLUMNS, *rows):
        print("  ".join(f"{line[name]!s:>16}" for name in COLUMNS))
    write(RESULT, conditions | {"rows": rows})


if __name__ == "__main__":
    main()
