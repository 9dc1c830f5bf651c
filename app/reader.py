"""Photos are read by a process of their own, which is killed when one takes too long.

`python -m app.reader` takes from stdin a photo's length and the photo, and answers on
stdout: pixels or a sentence, behind their length. It ends with its stdin, so with the
service, however that ends.
"""

import signal
import subprocess
import sys
from pathlib import Path
from struct import Struct
from threading import Timer

import numpy as np

MAX_PIXELS = 16_000_000
SECONDS = 5  # a photo of MAX_PIXELS takes one or two
LENGTH = Struct(">Q")  # of a photo
ANSWER = Struct(">?H")  # pixels or a sentence, and how many bytes of it
ROOT = Path(__file__).parents[1]
UNREAD = "the picture takes too long to read: save it again as a plain JPEG or PNG"


class Reader:
    """The process, as the service sees it; one thread at a time may use it."""

    def __init__(self):
        self.start()

    def start(self) -> None:
        """Start the process, which needs a moment before it reads."""
        program = [sys.executable, "-m", "app.reader"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(program, cwd=ROOT, stdin=pipe, stdout=pipe)

    def read(self, photo: memoryview) -> np.ndarray:
        """Return a file's `(32, 32, 3)` pixels; ValueError says why it has none."""
        if self.process.poll() is not None:  # it was ended from outside
            self.start()
        late = Timer(SECONDS, self.process.kill)
        late.start()
        try:
            good, content = self.ask(photo)
        except (OSError, EOFError) as error:  # killed, or it fell over this photo
            self.process.kill()
            self.process.communicate()
            self.start()
            raise ValueError(UNREAD) from error
        finally:
            late.cancel()
        if not good:
            raise ValueError(content.decode())
        return np.frombuffer(content, np.uint8).reshape(32, 32, 3)

    def ask(self, photo: memoryview) -> tuple[bool, bytes]:
        """Send a photo and take the answer; EOFError or OSError if there is none."""
        self.process.stdin.write(LENGTH.pack(len(photo)))
        self.process.stdin.write(photo)
        self.process.stdin.flush()
        good, length = ANSWER.unpack(self.take(ANSWER.size))
        return good, self.take(length)

    def take(self, length: int) -> bytes:
        """Read so many bytes of the answer; EOFError if it ends before."""
        content = self.process.stdout.read(length)
        if len(content) < length:
            raise EOFError
        return content


def main() -> None:
    """Read one photo after another."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the service
    from helpers.photos import load_photo  # the service itself needs no Pillow

    while length := sys.stdin.buffer.read(LENGTH.size):
        photo = sys.stdin.buffer.read(*LENGTH.unpack(length))
        try:
            good, content = True, load_photo(photo, max_pixels=MAX_PIXELS).tobytes()
        except ValueError as error:
            good, content = False, str(error).encode()
        sys.stdout.buffer.write(ANSWER.pack(good, len(content)) + content)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
