"""Photos are read by a process of their own, which is killed when one takes too long.

`python -m app.reader 32` writes a byte when it is ready. Then it takes from stdin a
photo's length and the photo, and answers on stdout, in `answer_bytes(32)`: "+" and
pixels, or "-" and a sentence. It ends with its stdin, so with the service, however that
ends.
"""

import math
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread

import numpy as np

MAX_MEMORY = 220_000_000  # bytes that one photo may take to read
SECONDS = 5  # a large photo takes one or two
STARTING = 60  # a scanner may look through all libraries before they are loaded
UNREAD = "the picture takes too long to read: save it again as a plain JPEG or PNG"


def answer_bytes(size: int) -> int:
    """Return the length of an answer: a sign, then pixels, or a sentence that fits."""
    return 1 + max(size * size * 3, 1000)


class Reader:
    """The process, as the service sees it; one thread at a time may use it."""

    def __init__(self, size: int):
        self.size, self.answer = size, answer_bytes(size)
        self.until = math.inf  # when it is killed, unless it has answered
        self.start()
        Thread(target=self.watch, daemon=True).start()

    def start(self) -> None:
        """Start the process, which needs a moment before it reads."""
        run = [sys.executable, "-m", "app.reader", str(self.size)]
        pipe = subprocess.PIPE
        at = Path(__file__).parents[1]
        self.process = subprocess.Popen(run, cwd=at, stdin=pipe, stdout=pipe)
        self.ready = False

    def read(self, photo: memoryview) -> np.ndarray:
        """Return a file's `(size, size, 3)` pixels; ValueError says why it has none."""
        self.wait()
        self.until = time.monotonic() + SECONDS
        told = self.ask(photo)
        self.until = math.inf
        if len(told) < self.answer:  # killed, or it fell over this photo
            self.process.kill()
            self.process.communicate()
            self.start()
            raise ValueError(UNREAD)
        if told.startswith(b"-"):
            raise ValueError(told[1:].decode().rstrip())
        pixels = np.frombuffer(told, np.uint8, 3 * self.size**2, offset=1)
        return pixels.reshape(self.size, self.size, 3)

    def wait(self) -> bool:
        """Wait until the process can read, which is no fault of the next photo.

        Returns whether it can.
        """
        if self.process.poll() is not None:  # it was ended from outside
            self.start()
        if not self.ready:
            self.until = time.monotonic() + STARTING
            self.ready = self.process.stdout.read(1) == b"."
            self.until = math.inf
        return self.ready

    def watch(self) -> None:
        """Kill the process when a photo takes too long: a timer for each costs more."""
        while True:
            time.sleep(0.1)
            if time.monotonic() > self.until:
                self.process.kill()

    def ask(self, photo: memoryview) -> bytes:
        """Send a photo; return the whole answer, or fewer if the process ends."""
        with suppress(OSError):
            self.process.stdin.write(len(photo).to_bytes(8))
            self.process.stdin.write(photo)
            self.process.stdin.flush()
        return self.process.stdout.read(self.answer)


def main() -> None:
    """Read one photo after another."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the service
    from helpers.photos import load_photo

    size = int(sys.argv[1])
    sys.stdout.buffer.write(b".")
    sys.stdout.buffer.flush()
    while length := sys.stdin.buffer.read(8):
        photo = sys.stdin.buffer.read(int.from_bytes(length))
        try:
            told = b"+" + load_photo(photo, size, max_memory=MAX_MEMORY).tobytes()
        except ValueError as error:
            told = b"-" + str(error).encode()
        told = told[: answer_bytes(size)].ljust(answer_bytes(size))
        sys.stdout.buffer.write(told)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
