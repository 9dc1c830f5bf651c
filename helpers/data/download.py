"""Download one big file from the first mirror that sends all of it.

No mirror is trusted: only the length and the SHA-256 count. What has arrived stays in
the file, so that the next mirror, or the next run, goes on from there.
"""

import hashlib
import http.client
import ssl
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import certifi

TIMEOUT = 15  # seconds without a byte until a server counts as stalled
SLOWEST = 1_000  # bytes a second; the throttled official host still sends 50,000
CHUNK = 1 << 16  # bytes
ATTEMPTS = 20  # at one mirror that keeps closing early, as long as it sends something
NO_ANSWER = "did not answer"


class MirrorError(Exception):
    """One mirror will not do; the text is a verb phrase for what it did."""


def fetch(urls: Sequence[str], path: Path, size: int, sha256: str) -> str:
    """Complete the file at `path` from the mirrors in order; return "from HOST".

    The file may hold a beginning, from an earlier run, or all of it. What has arrived
    stays in it whatever goes wrong, unless its content is wrong. ConnectionError says
    what every host did; any other OSError comes from the disk.
    """
    if _is_complete(path, size, sha256):
        return "by an earlier run"
    failures = []
    for url in urls:
        host = urlsplit(url).hostname
        try:
            _complete(url, path, size, sha256)
            return f"from {host}"
        except MirrorError as error:
            failures.append(f"{host} {error}")
    if all(failure.endswith(NO_ANSWER) for failure in failures):
        raise ConnectionError("no mirror answered")
    raise ConnectionError(", ".join(failures))


def length(path: Path) -> int:
    """Return the bytes in a file, 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def _is_complete(path: Path, size: int, sha256: str) -> bool:
    if length(path) != size:
        return False
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _complete(url: str, path: Path, size: int, sha256: str) -> None:
    """Bring the file to its full length and right content with one mirror's help."""
    all_its_own = length(path) == 0
    for _ in range(ATTEMPTS):
        before = length(path)
        if before < size:
            _append(url, path, size)
        if _is_complete(path, size, sha256):
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


def _append(url: str, path: Path, size: int) -> None:
    """Append to the file what one request brings, under a progress bar."""
    start = length(path)
    with _ask(url, start, size) as response, open(path, "ab") as file:
        # 200 means the whole file, whatever range was asked for: drop the known part
        surplus = start if response.status == 200 else 0
        with _progress_bar(start, size) as bar:
            for chunk in _chunks(response):
                new = chunk[surplus:]
                surplus -= len(chunk) - len(new)
                file.write(new)
                bar.update(len(new))


def _ask(url: str, start: int, size: int) -> http.client.HTTPResponse:
    """Request the bytes from `start` on; MirrorError unless just those are coming."""
    request = urllib.request.Request(url, headers={"User-Agent": "cnn-course"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    # the system's certificates and certifi's: some Pythons on macOS come with none
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT, context=context)
    except urllib.error.HTTPError as error:
        error.close()
        raise MirrorError(f"answered with error {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        untrusted = isinstance(reason, ssl.SSLCertVerificationError)
        did = "has no valid certificate" if untrusted else NO_ANSWER
        raise MirrorError(did) from None
    header, right = "Content-Length", str(size)
    if response.status == 206:
        header, right = "Content-Range", f"bytes {start}-{size - 1}/{size}"
    if response.headers.get(header) != right:  # a login page, say
        response.close()
        raise MirrorError("sent something else")
    return response


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
        if time.monotonic() - since > TIMEOUT:
            if arrived < TIMEOUT * SLOWEST:
                raise MirrorError("stalled")
            since, arrived = time.monotonic(), 0


def _progress_bar(start: int, size: int):
    """Return tqdm's bar, the text one where Jupyter lacks its widgets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm
    settings = {"unit": "B", "unit_scale": True, "leave": False, "desc": "CIFAR-10"}
    return tqdm(initial=start, total=size, **settings)
