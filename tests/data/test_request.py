"""Proxies that refuse, want a password or say nothing, and mirrors that are slow."""

import contextlib
import http.server
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time

import certifi
import pytest

from helpers.data import cache, cifar10, request
from tests.data.small import ASKING, DIGITS, load

MIRRORS = [f"https://mirror-{n}.invalid/archive.tar.gz" for n in (1, 2, 3)]
ASKED = 2  # seconds, in place of the five that a mirror has


@pytest.fixture
def proxy(monkeypatch, as_official):
    """Return a function that sets a proxy with this answer; "" stands for none."""
    with contextlib.ExitStack() as stack:

        def answering(answer, user=""):
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            threading.Thread(target=answer_all, args=(server, answer)).start()
            stack.callback(server.shutdown, socket.SHUT_RDWR)
            address = f"127.0.0.1:{server.getsockname()[1]}"
            for name in ("no_proxy", "NO_PROXY", "https_proxy"):
                monkeypatch.delenv(name, raising=False)
            monkeypatch.setenv("HTTPS_PROXY", f"http://{user}{address}/")
            return f"the proxy {address}"

        monkeypatch.setattr(cifar10, "MIRRORS", MIRRORS)
        monkeypatch.setattr(request, "PATIENCE", ASKED)
        monkeypatch.setattr(request, "SHORT", 0.2)
        yield answering


def answer_all(server, answer):
    held = []
    with contextlib.suppress(OSError):
        while True:
            held.append(server.accept()[0])
            if answer:
                held[-1].recv(9999)
                head = f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n"
                held[-1].sendall(head.encode())
    for one in held:
        one.close()


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (
            "407 Proxy Authentication Required",
            "; HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT gives it the password",
        ),
        ("403 Forbidden", ""),
        ("502 Bad Gateway", ""),
    ],
)
def test_what_a_proxy_answers_is_said_once(proxy, capsys, answer, advice):
    name = proxy(answer, user="anna:secret@")
    assert load().name == "digits"
    said = f"{name} answered {answer}{advice}; set CIFAR10_DIR to use a local copy"
    assert capsys.readouterr().out.startswith(f"{ASKING}{DIGITS}{said}): ")


def test_a_silent_proxy_is_named_and_remembered(proxy, capsys, tmp_path):
    said = f"no mirror answered through {proxy('')}; set CIFAR10_DIR"
    seconds = []
    for _ in range(2):
        began = time.monotonic()
        assert load().name == "digits"
        seconds.append(time.monotonic() - began)
        assert capsys.readouterr().out.startswith(f"{ASKING}{DIGITS}{said}")
    first, second = seconds
    assert first > 3 * ASKED > 3 > second
    mark = tmp_path / "cache" / cache.NO_ANSWER
    os.utime(mark, (0, time.time() - cache.DAY - 1))
    began = time.monotonic()
    load()
    assert time.monotonic() - began > 3 * ASKED  # the next day


def test_silent_mirrors_cost_a_class_seconds_not_minutes():
    """Three are asked, one after another; the next kernel finds out sooner."""
    assert (3 * request.PATIENCE, 3 * request.SHORT, request.TIMEOUT) == (15, 3, 15)


def test_a_refusal_is_not_remembered(proxy, tmp_path):
    proxy("403 Forbidden")
    load()
    assert not (tmp_path / "cache" / cache.NO_ANSWER).exists()


def test_an_answer_ends_the_memory(mirrors, part, tmp_path):
    mark = tmp_path / "cache" / cache.NO_ANSWER
    mark.touch()
    mirrors("good")
    load()
    assert not mark.exists()


def test_a_proxy_that_is_not_there(monkeypatch, as_official, capsys):
    monkeypatch.setattr(cifar10, "MIRRORS", MIRRORS)
    for name in ("no_proxy", "NO_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    load()
    assert (
        "no mirror answered through the proxy 127.0.0.1:9;" in capsys.readouterr().out
    )


def test_who_has_answered_may_pause(monkeypatch, mirrors, small):
    """The patience is for the first word; between two bytes there is more."""
    mirrors("pauses")
    monkeypatch.setattr(request, "PATIENCE", 0.3)
    monkeypatch.setattr(request, "TIMEOUT", 5)
    assert load().name == "cifar10"


@pytest.fixture(scope="module")
def inspected(tmp_path_factory):
    """Serve as a school's proxy does that opens what passes; yield address, own root.

    Its root is no good for Python from 3.13 on: it does not say that it must be heeded.
    """
    folder = tmp_path_factory.mktemp("certificates")
    root = ["-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key"]
    root += ["-out", "root.pem", "-subj", "/CN=A school", "-config", "root.cnf"]
    own = ["-newkey", "rsa:2048", "-nodes", "-keyout", "own.key", "-out", "own.csr"]
    own += ["-subj", "/CN=localhost", "-config", "root.cnf"]
    signed = ["-req", "-in", "own.csr", "-CA", "root.pem", "-CAkey", "root.key"]
    signed += ["-CAcreateserial", "-out", "own.pem", "-extfile", "own.cnf"]
    (folder / "root.cnf").write_text(
        "[req]\ndistinguished_name=dn\nx509_extensions=ca\n[dn]\n"
        "[ca]\nbasicConstraints=CA:TRUE\nsubjectKeyIdentifier=hash\n"
    )
    (folder / "own.cnf").write_text("subjectAltName=DNS:localhost\n")
    for words in (["req", *root], ["req", *own], ["x509", *signed]):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    class Ten(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b"0123456789")

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ten)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem", folder / "own.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://localhost:{server.server_port}/x", folder / "root.pem"
    server.shutdown()
    server.server_close()


def strict():
    """Make what Python makes from 3.13 on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def broken():
    """Do what Python does where a certificate in Windows's store cannot be read."""
    raise ssl.SSLError(1, "[ASN1] nested asn1 error (_ssl.c:4035)")


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
@pytest.mark.parametrize("made", [strict, broken])
def test_a_school_may_open_what_passes_if_its_certificate_is_known(
    inspected, made, monkeypatch
):
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    address, root = inspected
    monkeypatch.setattr(ssl, "create_default_context", made)
    with pytest.raises(request.MirrorError, match="has no valid certificate"):
        request.ask(address, 0, 10, 5)
    monkeypatch.setattr(certifi, "where", lambda: str(root))
    assert request.ask(address, 0, 10, 5).read() == b"0123456789"
    with pytest.raises(request.MirrorError, match="has no valid certificate"):
        request.ask(address.replace("localhost", "127.0.0.1"), 0, 10, 5)
