"""The service under broken, huge, slow and many requests: it answers, and lives."""

import asyncio
import contextlib
import itertools
import os
import socket
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.app import serving
from tests.test_photos import encode, png, scene, turned

GOOD = encode(scene(), "PNG")
LARGE = bytes(18_000_000)
# on a slow machine a large picture makes its sender wait: each comes from another
HERE = (f"127.0.3.{number}" for number in range(1, 255))
SOURCES = HERE if sys.platform == "linux" else itertools.repeat(None)
HEAD = b'Content-Disposition: form-data; name="image"; filename="photo"\r\n\r\n'


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with serving.served(tmp_path_factory.mktemp("app") / "log.txt") as one:
        yield one
        log = one.log.read_text()
        assert "Traceback" not in log and "photo" not in log, log[-2000:]


@pytest.fixture(autouse=True)
def still_well(service):
    """After each attack the service answers as before, in bounded memory."""
    yield
    assert service.post(GOOD, source=next(SOURCES)).status_code == 200
    assert service.megabytes("VmHWM") < 450


def refused(answer: httpx.Response, status: int, sentence: str) -> None:
    """Check the status and that one plain sentence says why."""
    assert answer.status_code == status, answer.text
    detail = answer.json()["detail"]
    assert sentence in detail and "\n" not in detail and len(detail) < 200


def bomb(side: int) -> bytes:
    """Write a one-bit PNG of this many pixels a side, small as a file."""
    return png(side, side, 1, 0, bytes((side // 8 + 1) * side))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the file is empty: choose"),
        (b"no picture at all", "not a PNG, JPEG or WEBP picture: save"),
        (encode(scene(), "JPEG")[:900], "damaged or cut short: copy"),
        (encode(scene(), "GIF"), "not a PNG, JPEG or WEBP picture"),
        (bomb(20_000), "more than 51,000,000 pixels: make it smaller"),
        (bomb(7_200), "more than 51,000,000 pixels"),
    ],
    ids=["empty", "text", "truncated", "GIF", "20,000 pixels", "7,200 pixels"],
)
@pytest.mark.parametrize("path", ["/predict", "/explain"])
def test_a_bad_picture_is_refused(service, data, sentence, path):
    assert len(data) < 60_000
    refused(service.post(data, path), 422, sentence)


def test_a_body_over_the_limit_is_refused_with_and_without_a_length(service):
    head = b"--x\r\n" + HEAD
    parts = (LARGE[begin : begin + 65536] for begin in range(0, len(LARGE), 65536))
    for content in head + LARGE, itertools.chain([head], parts):
        answer = httpx.post(
            f"{service.address}/predict",
            content=content,
            headers={"content-type": "multipart/form-data; boundary=x"},
            timeout=30,
        )
        with_length = "content-length" in answer.request.headers
        assert with_length == isinstance(content, bytes)
        refused(answer, 413, "larger than 17 MB: send a photo of at most 16 MB")


def test_a_form_without_a_photo_is_refused(service):
    address = f"{service.address}/predict"
    for answer in (
        service.post(GOOD, field="picture"),
        httpx.post(address, files=[("image", GOOD), ("image", GOOD)]),
        httpx.post(address, files={"image": (None, "text")}),
        httpx.post(
            address,
            content=b"--x\r\n\r\nnothing",
            headers={"content-type": "multipart/form-data; boundary=x"},
        ),
        httpx.post(
            address, content=b"--x", headers={"content-type": "multipart/form-data"}
        ),
    ):
        refused(answer, 400, "send the photo as a file in the field `image`")
    for answer in (
        httpx.post(address, data={"image": "text"}),
        httpx.post(address, json={"image": "text"}),
        httpx.post(address, content=GOOD, headers={"content-type": "image/png"}),
        httpx.post(address),
    ):
        refused(answer, 415, "no multipart form: send the photo")


def begin_upload(address: str, length: int, source="127.0.0.1") -> socket.socket:
    """Send the head of an upload and the beginning of its body, and no more."""
    host, port = address.removeprefix("http://").split(":")
    one = socket.create_connection((host, int(port)), 30, (source, 0))
    head = f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n"
    head += "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
    one.sendall(head.encode())
    return one


def soon(service, data: bytes, status: int) -> httpx.Response:
    """Send a file until the answer has this status, ten seconds long at most."""
    until = time.monotonic() + 10
    while (answer := service.post(data)).status_code != status:
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    return answer


def test_a_slow_upload_is_refused_in_time(tmp_path):
    program = ("-c", serving.HASTY)
    with serving.served(tmp_path / "log.txt", program) as hasty:
        began = time.perf_counter()
        with begin_upload(hasty.address, 1000) as slow:
            said = b""
            while b"}" not in said:
                said += (part := slow.recv(4096))
                assert part, f"the connection ended with {said}"
        assert said.startswith(b"HTTP/1.1 408") and b"took too long" in said
        assert 0.9 < time.perf_counter() - began < 10
        assert hasty.post(GOOD).status_code == 200


def test_an_announced_length_over_the_limit_is_refused_before_the_body(service):
    with begin_upload(service.address, 18_000_000) as large:
        large.settimeout(10)
        assert large.recv(4096).startswith(b"HTTP/1.1 413")


def targets(folder: Path) -> set[str]:
    """Return where the links in a folder lead; some may vanish meanwhile."""
    found = set()
    for link in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.add(os.readlink(link))
    return found


def test_a_photo_does_not_touch_the_disk(service):
    files = Path(f"/proc/{service.process.pid}/fd")
    if not files.is_dir():
        pytest.skip("open files are read from /proc, which this system lacks")
    before = targets(files)
    with begin_upload(service.address, 12_000_000) as upload:
        upload.sendall(HEAD + LARGE[:6_000_000])
        until = time.monotonic() + 10
        while targets(files) == before and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.5)  # to read what has been sent
        opened = targets(files) - before
        assert opened and all(x.startswith("socket:") for x in opened), opened


def test_a_fault_of_our_own_is_owned_up_to(tmp_path):
    with serving.served(tmp_path / "log.txt", ("-c", serving.BROKEN)) as broken:
        refused(broken.post(GOOD), 500, "the service has a fault: try another photo")
        assert broken.healthy()
        assert "ZeroDivisionError" in broken.log.read_text()


def test_it_stops_soon_while_somebody_uploads(tmp_path):
    with serving.served(tmp_path / "log.txt") as stopped:
        with begin_upload(stopped.address, 1_000_000):
            stopped.process.terminate()
            stopped.process.wait(15)  # the upload alone could take 30 s


@pytest.mark.parametrize("path", ["/?name=%s", "/docs?name=%s", "/page/%s", "/%s"])
def test_no_other_file_can_be_had(service, path):
    for name in ("../service.py", "..%2Fservice.py", "/etc/passwd", "%2Fetc%2Fpasswd"):
        with socket.create_connection(
            service.address[7:].split(":"), timeout=30
        ) as one:
            head = f"GET {path % name} HTTP/1.1\r\nHost: localhost\r\n"
            one.sendall(f"{head}Connection: close\r\n\r\n".encode())
            said = one.makefile("rb").read().decode()
        assert "root:" not in said and "import" not in said
        assert said.startswith("HTTP/1.1 404") or "<title>" in said


def test_who_hangs_up_leaves_no_trace(service):
    for _ in range(20):
        begin_upload(service.address, 1_000_000).close()


def hold_upload(address: str, source: str) -> socket.socket:
    """Send 11 MB of a larger upload, and no more."""
    one = begin_upload(address, 12_000_000, source)
    one.sendall(HEAD + LARGE[:11_000_000])
    return one


def test_uploads_in_progress_hold_no_more_than_the_memory_there_is(service):
    held = [hold_upload(service.address, "127.0.0.2") for _ in range(2)]
    held.append(hold_upload(service.address, "127.0.0.3"))
    answer = soon(service, LARGE[:12_000_000], 503)
    refused(answer, 503, "busy: try again in a second")
    assert service.post(GOOD).status_code == 200  # small ones still have room
    for one in held:
        one.close()
    answer = soon(service, LARGE[:12_000_000], 422)
    refused(answer, 422, "not a PNG, JPEG or WEBP")


def test_one_sender_cannot_hold_all_the_memory_there_is(service):
    held = [hold_upload(service.address, "127.0.0.2") for _ in range(2)]
    third = begin_upload(service.address, 12_000_000, "127.0.0.2")
    assert b"503" in third.recv(100)
    assert soon(service, LARGE[:11_000_000], 422).status_code == 422
    for one in (*held, third):
        one.close()


async def at_once(address: str, photo: bytes, clients: int) -> list[httpx.Response]:
    """Send the same photo from many clients at a time, each over its own connection."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        asked = (
            client.post(f"{address}/predict", files={"image": ("photo", photo)})
            for _ in range(clients)
        )
        return await asyncio.gather(*asked)


@pytest.mark.parametrize(("kind", "least"), [("small", 200), ("four megabytes", 5)])
def test_two_hundred_clients_at_once_all_get_an_answer(service, kind, least):
    noise = np.random.default_rng(0).integers(0, 256, (1100, 1200, 3), dtype="uint8")
    photo = GOOD if kind == "small" else encode(noise, "PNG")
    expected = service.post(photo).json()
    began = time.perf_counter()
    answers = asyncio.run(at_once(service.address, photo, 200))
    statuses = [x.status_code for x in answers]
    served = [x.json() for x in answers if x.status_code == 200]
    print(f"{kind}: {len(served)} of 200 in {time.perf_counter() - began:.1f} s")
    assert set(statuses) <= {200, 503} and len(served) >= least
    assert all(x == expected for x in served)
    assert all("Retry-After" in x.headers for x in answers if x.status_code == 503)


LARGEST = [  # mode, side of the square, kind, how it is written
    ("RGB", 7140, "JPEG", {"quality": 70}),
    ("RGB", 7140, "JPEG", {"progressive": True, "exif": turned(6)}),
    ("CMYK", 7140, "JPEG", {}),
    ("CMYK", 5040, "JPEG", {"progressive": True}),
    ("RGBA", 7140, "PNG", {"compress_level": 1, "exif": turned(6)}),
    ("RGBA", 3270, "WEBP", {"method": 0}),
]


@pytest.mark.parametrize(("mode", "side", "kind", "options"), LARGEST)
def test_the_largest_pictures_stay_within_memory(service, mode, side, kind, options):
    data = encode(Image.new(mode, (side, side)), kind, **options)
    sent = service.post(data.ljust(16_000_000, b"\0"), source=next(SOURCES))
    assert sent.status_code == 200
    print(f"{kind} {mode}: peak so far {service.megabytes('VmHWM'):.0f} MB")


def test_beyond_what_memory_allows_a_picture_is_refused(service):
    webp = encode(Image.new("RGB", (4100, 4000)), "WEBP", method=0)
    sentence = "pixels, the most for a file of its kind: make it smaller, or save it as"
    refused(service.post(webp, source=next(SOURCES)), 422, sentence)
