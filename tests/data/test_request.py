"""Proxies that refuse, want a password or say nothing, and mirrors that are slow."""

import contextlib
import os
import socket
import threading
import time

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
