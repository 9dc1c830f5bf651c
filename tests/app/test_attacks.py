"""What strangers send to keep others out: each attack is refused, the others served."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.connections import sender
from benchmarks import attacks
from tests.app import serving
from tests.app.test_hostile import GOOD, refused

if sys.platform != "linux":
    pytest.skip("strangers need several loopback addresses", allow_module_level=True)


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """A service that waits a second for heads, bodies and pictures, two for answers."""
    log = tmp_path_factory.mktemp("app") / "log.txt"
    with serving.served(log, ("-c", serving.HASTY)) as one:
        yield one
        assert not log.read_text().partition("Ctrl+C.")[2].strip()


@pytest.fixture(autouse=True)
def others_are_served(request):
    """After each attack, at once, somebody from another address gets an answer."""
    yield
    if "hasty" in request.fixturenames:
        service = request.getfixturevalue("hasty")
        assert post(service, GOOD, "127.0.0.9").status_code == 200
        assert service.megabytes("VmHWM") < 450


def post(service, photo: bytes, source: str) -> httpx.Response:
    """Send a photo from one of this machine's addresses."""
    transport = httpx.HTTPTransport(local_address=source)
    with httpx.Client(transport=transport, timeout=30) as client:
        files = {"image": ("photo", photo)}
        return client.post(f"{service.address}/predict", files=files)


def connect(service, source: str = "127.0.0.2") -> socket.socket:
    """Open a connection and send nothing."""
    address = ("127.0.0.1", int(service.address.split(":")[-1]))
    return socket.create_connection(address, 20, (source, 0))


def said(one: socket.socket) -> bytes:
    """Read until the service hangs up."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while part := one.recv(65536):
            found += part
    return found


def answer_to(service, request: bytes) -> bytes:
    """Send bytes, in parts where the service reads no more, and read the answer."""
    with connect(service) as one:
        with contextlib.suppress(OSError):
            one.sendall(request)
        return said(one)


SLOW = {
    "127.0.1.1": attacks.many_scans,
    "127.0.1.3": attacks.many_comments,
}


@pytest.mark.parametrize("source", SLOW, ids=[x.__name__ for x in SLOW.values()])
def test_a_picture_that_takes_too_long_is_given_up(hasty, source):
    photo, began = SLOW[source](), time.monotonic()
    refused(post(hasty, photo, source), 422, "takes too long to read: save it again")
    assert 1 < time.monotonic() - began < 8
    began = time.monotonic()
    assert post(hasty, GOOD, "127.0.0.9").status_code == 200
    assert time.monotonic() - began < 4  # a new process reads it


LOOKS = {
    attacks.text_bomb: "127.0.2.1",
    attacks.empty_pixels: "127.0.2.2",
    attacks.many_profiles: "127.0.2.3",
}


@pytest.mark.parametrize("make", LOOKS)
def test_a_picture_that_only_looks_like_work_is_answered(service, make):
    # from an address of its own: on a slow machine it makes its sender wait
    assert post(service, make(), LOOKS[make]).status_code in (200, 422)
    assert service.megabytes("VmHWM") < 450


def test_each_sender_has_a_turn_however_many_pictures_another_has_sent(hasty):
    photo = attacks.many_scans()
    with ThreadPoolExecutor(6) as crowd:
        sent = [crowd.submit(post, hasty, photo, "127.0.1.9") for _ in range(6)]
        time.sleep(0.5)
        began = time.monotonic()
        assert post(hasty, GOOD, "127.0.0.9").status_code == 200
        seconds = time.monotonic() - began
        assert not all(one.done() for one in sent[1:])
    assert seconds < 5  # one picture; all of them would take six seconds and more
    answers = [one.result() for one in sent if one.exception() is None]
    cut = [one.exception() for one in sent if one.exception()]  # waited for 2 s
    assert answers and {answer.status_code for answer in answers} <= {422, 503}
    assert all(isinstance(error, httpx.RemoteProtocolError) for error in cut)


def test_who_sends_slow_pictures_again_and_again_has_to_wait(tmp_path):
    strict = "from app import desk\ndesk.FREE_SECONDS, desk.OWED_SECONDS = 0, 5\n"
    program = strict + serving.HASTY
    with serving.served(tmp_path / "log.txt", ("-c", program)) as one:
        refused(post(one, attacks.many_scans(), "127.0.0.2"), 422, "too long")
        answer = post(one, GOOD, "127.0.0.2")
        refused(
            answer, 429, "your pictures take too long to read: try another one in a"
        )
        assert answer.headers["retry-after"] == "60"
        assert post(one, GOOD, "127.0.0.3").status_code == 200


def test_a_reader_that_is_killed_has_a_successor(service):
    for _ in range(2):
        for reader in service.processes()[1:]:
            reader.kill()
        assert post(service, GOOD, "127.0.2.4").status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_the_reader_ends_with_the_service(tmp_path, number):
    log = tmp_path / "log.txt"
    with serving.served(log) as one:
        assert one.post(GOOD).status_code == 200
        reader = one.processes()[1]
        if number == signal.SIGINT:
            os.kill(reader.pid, number)  # Ctrl+C reaches both
        one.process.send_signal(number)
        reader.wait(10)
        assert "Traceback" not in log.read_text()


def test_the_reader_needs_neither_the_web_framework_nor_the_network():
    program = (
        "import sys, app.reader, helpers.photos; "
        "print({'fastapi', 'uvicorn', 'ai_edge_litert', 'keras'} & {*sys.modules})"
    )
    run = [sys.executable, "-c", program]
    done = subprocess.run(run, capture_output=True, cwd=serving.ROOT)
    assert done.stdout.decode().strip() == "set()", done.stderr.decode()


FORMS = {
    "HTTP chunks of a byte": (b"400", b"no HTTP that this service reads"),
    "head of 60 kB": (b"400", b"no HTTP that this service reads"),
    "form of 3,000,000 headers": (b"400", b"send the photo as a file in the field"),
    "form of near boundaries": (b"422", b"not a PNG, JPEG or WEBP"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_request_of_many_parts_is_little_work(hasty, name):
    payload, began = attacks.ATTACKS[name]().payload, time.monotonic()
    found = answer_to(hasty, payload.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
    assert time.monotonic() - began < 2
    status, sentence = FORMS[name]
    assert found.startswith(b"HTTP/1.1 " + status) and sentence in found
    assert b"content-type: application/json" in found and b"fast_cnn_cifar10" in found
    assert b"x-content-type-options: nosniff" in found


@pytest.mark.parametrize("codec", ["undefined", "idna", "punycode", "rot13", "x" * 99])
@pytest.mark.parametrize(
    "where", ["charset", "boundary*", "name*", "filename*", "part"]
)
def test_no_text_codec_that_is_named_is_used(service, codec, where):
    kind = "multipart/form-data; boundary=x"
    part = 'Content-Disposition: form-data; name="image"; filename="p"'
    if where == "charset":
        kind += f"; charset={codec}"
    elif where == "boundary*":
        kind += f"; boundary*={codec}''%E2%82%AC"
    elif where == "part":
        part += f"\r\nContent-Type: text/plain; charset={codec}"
    else:
        part += f"; {where}={codec}''%E2%82%AC"
    body = f"--x\r\n{part}\r\n\r\n".encode() + GOOD + b"\r\n--x--\r\n"
    answer = httpx.post(
        f"{service.address}/predict", content=body, headers={"content-type": kind}
    )
    assert answer.status_code == 200, answer.text


def test_one_sender_cannot_hold_all_connections(service):
    held = [connect(service) for _ in range(300)]
    late = held[-1]
    late.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    found = said(late)
    assert found.startswith(b"HTTP/1.1 503") and b"too many connections from" in found
    assert b"retry-after: 1" in found and b"nosniff" in found
    assert post(service, GOOD, "127.0.0.9").status_code == 200
    for one in held:
        one.close()


def test_there_is_an_end_to_the_connections(service):
    held = [connect(service, f"127.0.2.{i % 5}") for i in range(950)]
    assert b'"the service is busy: try again' in said(held[-20])
    for one in held:
        one.close()
    until = time.monotonic() + 5
    while not service.healthy() and time.monotonic() < until:
        time.sleep(0.05)
    assert service.healthy()


def test_who_hangs_up_before_the_refusal_is_no_fault_of_ours(service):
    service.process.send_signal(signal.SIGSTOP)
    for _ in range(300):
        connect(service, "127.0.0.7").close()
    service.process.send_signal(signal.SIGCONT)
    assert post(service, GOOD, "127.0.0.9").status_code == 200
    assert "Exception" not in service.log.read_text()


HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
STALLS = {
    "nothing": (b"", b""),
    "half a head": (HEAD, b"HTTP/1.1 408"),
    "an answer, then nothing": (HEAD + b"\r\n", b"HTTP/1.1 200"),
    "half a second head": (HEAD + b"\r\n" + HEAD, b"HTTP/1.1 200"),
    "a body for nobody": (HEAD + b"Content-Length: 9\r\n\r\nx", b"HTTP/1.1 200"),
    "a body that stalls": (attacks.upload(b"", more=9), b"HTTP/1.1 408"),
}


@pytest.mark.parametrize("drip", [b"", b"x"], ids=["silent", "dripping"])
@pytest.mark.parametrize("name", STALLS)
def test_a_request_that_stalls_is_hung_up_on(hasty, name, drip):
    sent, answer = STALLS[name]
    if not sent and drip:
        sent = b"G"
    began = time.monotonic()
    with connect(hasty) as one:
        one.sendall(sent)
        one.settimeout(0.2)
        found, open_ = b"", True
        while open_ and time.monotonic() < began + 12:
            try:
                part = one.recv(4096)
                found, open_ = found + part, bool(part)
                one.sendall(drip)
            except TimeoutError:
                with contextlib.suppress(OSError):
                    one.sendall(drip)
            except OSError:
                open_ = False
    assert not open_ and time.monotonic() - began < 10
    assert found.startswith(answer) or (drip and not answer)
    if b" 408" in found:
        assert b"took too long" in found and b"application/json" in found


def test_who_does_not_take_the_answer_is_hung_up_on(hasty):
    with connect(hasty) as one:
        one.sendall(attacks.get(b"/page/page.js") * 3000)
        time.sleep(4)
        one.settimeout(5)
        found = said(one)
    assert 0 < found.count(b"HTTP/1.1 200") < 3000


def test_requests_in_a_row_all_get_their_answers(service):
    last = HEAD + b"Connection: close\r\n\r\n"
    found = answer_to(service, (HEAD + b"\r\n") * 49 + last)
    assert found.count(b"HTTP/1.1 200") == 50


@pytest.mark.parametrize("path", [b"/health", b"/predict", b"/nowhere"])
def test_a_bad_chunk_is_no_fault_of_ours(service, path):
    head = b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\n"
    head += b"Content-Type: multipart/form-data; boundary=x\r\n"
    with connect(service) as one:
        one.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
        time.sleep(0.2)
        one.sendall(b"no length\r\n")
        assert said(one).startswith(b"HTTP/1.1 40")


@pytest.mark.parametrize("length", [b"-1", b"x", b"9" * 5000, b"1, 2", b"\xb2"])
def test_a_length_that_is_none_is_refused(service, length):
    head = attacks.UPLOAD + b"Content-Length: " + length + b"\r\n\r\n"
    found = answer_to(service, head)
    assert found.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413")) and b'"detail"' in found


@pytest.fixture(scope="module", autouse=True)
def no_tracebacks(service):
    yield
    assert "Traceback" not in service.log.read_text()


def test_a_sender_is_an_address_or_of_ipv6_a_network():
    assert sender(("10.0.0.1", 5)) == sender(("::ffff:10.0.0.1", 6)) == "10.0.0.1"
    assert sender(("2001:db8::1", 1)) == sender(("2001:db8::ffff:1", 2))
    assert sender(("2001:db8::1", 1)) != sender(("2001:db8:0:1::1", 1))
    assert sender(("fe80::1%lo", 1)) and sender(None) == "None"
