"""What strangers can do to the service, and what the others notice: `make attacks`.

Each row of the result is one attack, kept up by a process from another address of this
machine, while RATE requests a second come from ordinary clients, each from an address
and on a connection of its own. A latency counts from when its request was due. Memory
is that of the service and of the process that reads photos, together, at its most.
Linux: elsewhere a machine has one loopback address.
"""

import http.client
import multiprocessing
import random
import socket
import struct
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date
from io import BytesIO
from typing import NamedTuple

import numpy as np
from PIL import Image

from benchmarks import load
from benchmarks.record import machine, write
from helpers import results

RESULT = results.FOLDER / "attacks.json"
RATE, SECONDS, PATIENCE = 20, 30, 20
BEGIN = 60  # seconds that an attack has until all its connections are made
FROM = "127.0.0.2"
HOST = b"Host: localhost\r\n"
UPLOAD = b"POST /predict HTTP/1.1\r\n" + HOST
UPLOAD += b"Content-Type: multipart/form-data; boundary=x\r\n"
PART = b'--x\r\nContent-Disposition: form-data; name="image"; filename="p"\r\n'
END = b"\r\n--x--\r\n"


def segment(marker: int, content: bytes) -> bytes:
    """Return a JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def many_scans(scans: int = 5000, side: int = 4000) -> bytes:
    """Return a progressive JPEG whose scans all say that nothing is there.

    One Huffman code of one bit, 0, says "the next 16,384 blocks are empty" (and 14 bits
    how many more); of the first scan, which gives each block's mean, "no difference".
    """
    blocks = (side // 8) ** 2
    table = bytes([1] + [0] * 15)
    runs = -(-blocks // 32767)
    means = bytes(blocks // 8)
    code = ("0" + "1" * 14) * runs
    empty = int(code.ljust(-(-len(code) // 8) * 8, "1"), 2).to_bytes(-(-len(code) // 8))
    scan = segment(0xDA, bytes([1, 1, 0, 1, 63, 0])) + empty.replace(b"\xff", b"\xff\0")
    return b"".join(
        [
            b"\xff\xd8",
            segment(0xDB, bytes([0]) + bytes([1] * 64)),
            segment(0xC2, struct.pack(">BHHB3B", 8, side, side, 1, 1, 0x11, 0)),
            segment(0xC4, bytes([0x00]) + table + bytes([0])),
            segment(0xDA, bytes([1, 1, 0, 0, 0, 0])) + means,
            segment(0xC4, bytes([0x10]) + table + bytes([0xE0])),
            scan * scans,
            b"\xff\xd9",
        ]
    )


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a PNG chunk."""
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def png(*chunks: bytes) -> bytes:
    """Return an 8 x 8 PNG with chunks between its head and its pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(8 * 9)))
    return b"".join([b"\x89PNG\r\n\x1a\n", head, *chunks, pixels, chunk(b"IEND", b"")])


def many_profiles(number: int = 10_000) -> bytes:
    """Return a PNG with many colour profiles, each of a megabyte of zeros."""
    return png(chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(1_000_000), 9)) * number)


def many_comments(number: int = 3_000_000) -> bytes:
    """Return a JPEG with many empty comments."""
    file = BytesIO()
    Image.new("L", (8, 8)).save(file, "JPEG")
    return b"\xff\xd8" + segment(0xFE, b"") * number + file.getvalue()[2:]


def text_bomb(number: int = 60) -> bytes:
    """Return a PNG with compressed texts of a megabyte each."""
    return png(chunk(b"zTXt", b"t\0\0" + zlib.compress(b"a" * 1_000_000, 9)) * number)


def empty_pixels(number: int = 1_000_000) -> bytes:
    """Return a PNG with many empty chunks of pixels."""
    return png(chunk(b"IDAT", b"") * number)


def upload(photo: bytes, more: int = 0, head: bytes = b"\r\n") -> bytes:
    """Return a request with a photo, of which so many bytes are still to come."""
    body = PART + head + photo + END
    return UPLOAD + b"Content-Length: %d\r\n\r\n" % (len(body) + more) + body


def chunked(chunks: bytes) -> bytes:
    """Return an upload in HTTP chunks."""
    return UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks


def get(path: bytes, headers: bytes = b"") -> bytes:
    """Return a request for a page."""
    return b"GET " + path + b" HTTP/1.1\r\n" + HOST + headers + b"\r\n"


class Attack(NamedTuple):
    """How many connections are held at a time, and what each does."""

    connections: int
    payload: bytes
    drip: bytes = b""  # sent once a second after that
    again: bool = False  # asks again when it is answered
    reads: bool = True


def asked(payload: bytes, connections: int = 8) -> Attack:
    """Return an attack by requests that are much work."""
    return Attack(connections, payload, again=True)


ATTACKS = {
    "none": lambda: Attack(0, b""),
    "JPEG of 5,000 scans": lambda: asked(upload(many_scans())),
    "PNG of 10,000 profiles": lambda: asked(upload(many_profiles()), 2),
    "JPEG of 3,000,000 comments": lambda: asked(upload(many_comments()), 2),
    "PNG of 1,000,000 empty chunks": lambda: asked(upload(empty_pixels()), 2),
    "HTTP chunks of a byte": lambda: asked(chunked(b"1\r\nx\r\n" * 1_500_000)),
    "form of 3,000,000 headers": lambda: asked(upload(b"a:\r\n" * 3_000_000, head=b"")),
    "form of near boundaries": lambda: asked(upload(b"\r\n--" * 3_000_000)),
    "head of 60 kB": lambda: asked(get(b"/", b"a:b\r\n" * 12_000)),
    "1,001 silent connections": lambda: Attack(1001, b""),
    "1,001 slow heads": lambda: Attack(1001, b"GET / HTTP/1.1\r\na:", drip=b"b"),
    "1,001 uploads that stall": lambda: Attack(1001, upload(b"", more=1000)),
    "1,001 idle connections": lambda: Attack(1001, get(b"/health")),
    "1,001 answers not read": lambda: Attack(
        1001, get(b"/page/page.js") * 1000, reads=False
    ),
    "20 large uploads that stall": lambda: Attack(
        20, upload(bytes(11_000_000), more=9)
    ),
}


class Attacker:
    """One connection of an attack; who is hung up on comes again."""

    def __init__(self, plan: Attack, port: int, source: str):
        self.plan, self.port, self.source, self.one = plan, port, source, None

    def step(self) -> None:
        """Do what can be done without waiting."""
        try:
            if self.one is None:
                self.connect()
            if self.rest:
                self.rest = self.rest[self.one.send(self.rest) :]
            elif self.plan.drip and time.monotonic() > self.next_drip:
                self.next_drip += 1
                self.one.send(self.plan.drip)
            if self.plan.reads:
                self.read()
        except BlockingIOError:
            pass
        except OSError:
            self.one = None

    def connect(self) -> None:
        """Come, or come again."""
        self.one = socket.create_connection(
            ("127.0.0.1", self.port), 5, (self.source, 0)
        )
        self.one.setblocking(False)
        self.rest, self.next_drip = memoryview(self.plan.payload), time.monotonic() + 1

    def read(self) -> None:
        """Take an answer; OSError if there will be none."""
        if not self.one.recv(1_000_000):
            raise OSError
        if self.plan.again:
            self.rest = memoryview(self.plan.payload)


def attack(name: str, port: int, source: str, begun) -> None:
    """Keep up an attack for ever; tell when it has begun."""
    plan = ATTACKS[name]()
    crowd = [Attacker(plan, port, source) for _ in range(plan.connections)]
    while True:
        for one in crowd:
            one.step()
        begun.set()
        time.sleep(0.02)


@contextmanager
def attacked(name: str, port: int, source: str = FROM):
    """Keep up an attack inside the `with` block, from a process of its own.

    RuntimeError where it does not begin: then nothing is measured under it.
    """
    context = multiprocessing.get_context("spawn")
    begun = context.Event()
    arguments = (name, port, source, begun)
    process = context.Process(target=attack, args=arguments, daemon=True)
    process.start()
    try:
        if not begun.wait(BEGIN):
            raise RuntimeError(f"the attack {name!r} did not begin in {BEGIN} s")
        yield
    finally:
        process.kill()
        process.join()


def ask(port: int, due: float) -> tuple[float, int]:
    """Send a photo when it is due; return the milliseconds and the status, 0: none."""
    time.sleep(max(0, due - time.perf_counter()))
    source = (f"127.0.1.{random.randint(1, 250)}", 0)
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=PATIENCE, source_address=source
    )
    status = 0
    with suppress(OSError, http.client.HTTPException):
        connection.request("POST", "/predict", *load.form(32, 32, "PNG"))
        answer = connection.getresponse()
        answer.read()
        status = answer.status
    connection.close()
    return 1000 * (time.perf_counter() - due), status


def ordinary(port: int) -> dict:
    """Ask RATE times a second; return percentiles, and how many got no scores."""
    due = time.perf_counter() + 0.1 + np.arange(RATE * SECONDS) / RATE
    with ThreadPoolExecutor(RATE * PATIENCE) as pool:
        found = list(pool.map(ask, [port] * len(due), due))
    percentiles = np.percentile([each for each, _ in found], [50, 95, 100])
    median, rare, most = percentiles.round(1).tolist()
    failed = sum(status != 200 for _, status in found)
    return {"median_ms": median, "p95_ms": rare, "most_ms": most, "failed": failed}


class Watch(threading.Thread):
    """Looks at what a service holds, until it is told that this is `over`."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self.pid, self.most, self.over = pid, 0, threading.Event()

    def run(self) -> None:
        """Look 20 times a second."""
        while not self.over.wait(0.05):
            self.most = max(self.most, load.memory(self.pid))


def measured(name: str) -> dict:
    """Measure a service of its own under one attack."""
    with load.served("app") as (port, pid, _), attacked(name, port):
        watch = Watch(pid)
        watch.start()
        row = {"attack": name, **ordinary(port)}
        watch.over.set()
        watch.join()
    return row | {"requests": RATE * SECONDS, "memory_mb": watch.most}


def main() -> None:
    """Measure each attack, print a line for each and write attacks.json."""
    conditions = {
        "machine": machine(),
        "date": date.today().isoformat(),
        "load_average_before": load.load_average(),
        "rate_per_second": RATE,
        "seconds": SECONDS,
    }
    rows = []
    for name in ATTACKS:
        rows.append(measured(name))
        print(rows[-1], flush=True)
    write(RESULT, conditions | {"rows": rows})


if __name__ == "__main__":
    main()
