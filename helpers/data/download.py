"""Download one big file from the first mirror that sends all of it.

No mirror is trusted: only the length and the digest count (SHA-256, or MD5 where its
makers give no other). What has arrived stays in the file, so that the next mirror, or
the next run, goes on from there.
"""

import hashlib
import http.client
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from helpers.data import request
from helpers.data.request import MirrorError, Silence

SLOWEST = 1_000  # bytes a second; the throttled official host still sends 50,000
CHUNK = 1 << 16  # bytes
KINDS = {32: "md5", 64: "sha256"}  # by the length of the digest
ATTEMPTS = 20  # at one mirror that keeps closing early, as long as it sends something


class NoAnswer(ConnectionError):
    """No mirror said a word."""


def fetch(
    urls: Sequence[str],
    path: Path,
    size: int,
    digest: str,
    patience: float,
    name: str = "CIFAR-10",
) -> str:
    """Complete the file at `path` from the mirrors in order; return "from HOST".

    The file may hold a beginning, from an earlier run, or all of it. What has arrived
    stays in it whatever goes wrong, unless its content is wrong. A mirror has
    `patience` seconds to answer; the progress bar says `name`. ConnectionError says
    what every host did, and is NoAnswer where none said a word; any other OSError comes
    from the disk.
    """
    if is_complete(path, size, digest):
        return "by an earlier run"
    failures, hosts = [], [urlsplit(url).hostname for url in urls]
    for url, host in zip(urls, hosts, strict=True):
        try:
            _complete(url, path, size, digest, patience, name)
            return f"from {host}"
        except MirrorError as error:
            failures.append(error)
    together = dict.fromkeys(error.together for error in failures)
    together = together or ["no mirror answered"]
    if all(isinstance(error, Silence) for error in failures):
        raise NoAnswer(", ".join(together))
    if len(together) > 1 or "" in together:
        pairs = zip(hosts, failures, strict=True)
        together = [f"{host} {error}" for host, error in pairs]
    raise ConnectionError(", ".join(together))


def length(path: Path) -> int:
    """Return the bytes in a file, 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def is_complete(path: Path, size: int, digest: str) -> bool:
    """Return whether a file has this length and, in hexadecimal, this digest."""
    if length(path) != size:
        return False
    with open(path, "rb") as file:
        return hashlib.file_digest(file, KINDS[len(digest)]).hexdigest() == digest


def _complete(
    url: str, path: Path, size: int, digest: str, patience: float, name: str
) -> None:
    """Bring the file to its full length and right content with one mirror's help."""
    all_its_own = length(path) == 0
    for _ in range(ATTEMPTS):
        before = length(path)
        if before < size:
            _append(url, path, size, patience, name)
        if is_complete(path, size, digest):
            return
        if length(path) >= size:
            path.unlink()
            if all_its_own:
                raise MirrorError("sent wrong content")
            # the wrong bytes may be another mirror's: this one gets a clean start
            all_its_own = True
        elif length(path) == before:
            break
    raise MirrorError("closed the connection early")


def _append(url: str, path: Path, size: int, patience: float, name: str) -> None:
    """Append to the file what one request brings, under a progress bar."""
    start = length(path)
    with request.ask(url, start, size, patience) as response, open(path, "ab") as file:
        # 200 means the whole file, whatever range was asked for: drop the known part
        surplus = start if response.status == 200 else 0
        settings = {"initial": start, "total": size, "unit": "B", "unit_scale": True}
        with progress_bar(desc=name, **settings) as bar:
            for chunk in _chunks(response):
                new = chunk[surplus:]
                surplus -= len(chunk) - len(new)
                file.write(new)
                bar.update(len(new))


def _chunks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield the bytes until the connection ends, even early; MirrorError on a stall."""
    since, arrived = time.monotonic(), 0
    while True:
        try:
            chunk = response.read1(CHUNK)
        except TimeoutError:
            raise MirrorError("stalled") from None
        except (OSError, http.client.HTTPException):
            return  # cut off; the caller sees that bytes are missing
        if not chunk:
            return
        yield chunk
        arrived += len(chunk)
        if time.monotonic() - since > request.TIMEOUT:
            if arrived < request.TIMEOUT * SLOWEST:
                raise MirrorError("stalled")
            since, arrived = time.monotonic(), 0


def progress_bar(*given, **settings):
    """Return tqdm's bar, the text one where Jupyter lacks its widgets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm
    return tqdm(*given, leave=False, **settings)
