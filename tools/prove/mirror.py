"""A slow mirror on this machine, with a CIFAR-10 of 60 images in its own format."""

import gzip
import io
import tarfile
import time
from contextlib import ExitStack
from functools import cache

import numpy as np

from helpers.data import cifar10
from tests.data import faulty_server
from tests.data.small import batch_file, sha256

PIECE = 8_000  # bytes, a few milliseconds apart


class SlowHandler(faulty_server.Handler):
    """Send what is asked for in pieces, as a slow host does."""

    def slow(self):
        """Answer a request for the whole file or for the rest of it."""
        self.head()
        rest = self.server.content[self.start :]
        for at in range(0, len(rest), PIECE):
            self.send(rest[at : at + PIECE])
            time.sleep(0.02)


@cache
def archive() -> tuple[bytes, dict[str, bytes]]:
    """Return the archive's bytes and its files by name, the same on each call."""
    numbers = np.random.default_rng(0)
    files = {}
    for name in [line.split()[0] for line in cifar10.FILES.splitlines()]:
        pixels = numbers.integers(0, 256, (10, 3072)).astype(np.uint8)
        files[name] = batch_file(pixels, list(range(10)))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{cifar10.FOLDER}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0), files


def serve(stack: ExitStack) -> dict:
    """Serve the archive until the stack ends; return what a downloader is told."""
    content, _ = archive()
    server = faulty_server.FaultyServer(content)
    server.RequestHandlerClass = SlowHandler
    stack.enter_context(server)
    url, hashed = server.url("slow"), sha256(content)
    return {"url": url, "size": len(content), "sha256": hashed}


def believe(url: str, size: int, **told) -> None:
    """Let this process take the small CIFAR-10 for the real one."""
    files = archive()[1]
    lines = (f"{n} {len(c)} {sha256(c)}\n" for n, c in files.items())
    cifar10.FILES, cifar10.MIRRORS = "".join(lines), (url,)
    cifar10.ARCHIVE_BYTES, cifar10.ARCHIVE_SHA256 = size, told["sha256"]
    members = ((name, io.BytesIO(content)) for name, content in files.items())
    cifar10.FINGERPRINT = cifar10.fingerprint(*cifar10._assemble(members))
