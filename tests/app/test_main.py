"""Where the service listens, by which names, and which file it serves."""

import socket
import subprocess
import sys
from hashlib import sha256

import pytest

from app import __main__ as main
from app.callers import LOOPBACK
from tests.app import serving


@pytest.mark.parametrize("port", [-1, 65536, 99999])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(ValueError, match=f"^--port must be .*: not {port}$"):
        main.listen("127.0.0.1", port)


def test_the_last_port_is_one_too_and_0_is_any():
    with main.listen("127.0.0.1", 0) as door:
        port = door.getsockname()[1]
        assert port > 0
        if sys.platform != "win32":  # or a service that was ended blocks its successor
            assert door.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
        with pytest.raises(ValueError, match=f"^port {port} is in use: end the other"):
            main.listen("127.0.0.1", port)
    try:
        main.listen("127.0.0.1", 65535).close()
    except ValueError as error:
        assert "in use" in str(error)


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 300, "a..b"])
def test_a_host_that_nobody_is_called_is_named(host):
    with pytest.raises(ValueError, match=f"^no machine is called '{host}': leave --h"):
        main.listen(host, 0)


def test_it_answers_to_what_it_is_started_for():
    here = socket.gethostname().lower()
    assert main.names("127.0.0.1", []) == LOOPBACK
    assert main.names("0.0.0.0", ["Mine"]) == LOOPBACK | {"0.0.0.0", "mine", here}
    assert main.names("10.0.0.1", []) == {"10.0.0.1"}


def test_without_a_port_it_is_8000():
    """Whoever holds it: the test, or a program of this machine."""
    with socket.socket() as other:
        if sys.platform != "win32":  # as the service itself does
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", 8000))
            other.listen()
        except OSError:
            pass
        run = [sys.executable, "-m", "app"]
        done = subprocess.run(run, cwd=serving.ROOT, capture_output=True, timeout=60)
    assert b"port 8000 is in use" in done.stderr


@pytest.fixture
def served(tmp_path, monkeypatch):
    assert main.SERVED == serving.ROOT / "build" / "served"
    monkeypatch.setattr(main, "SERVED", tmp_path / "build" / "served")
    return main.SERVED


def test_a_file_that_was_exported_is_served_as_it_is(served, tmp_path):
    path = tmp_path / "mine.tflite"
    assert main.exported(path) == path and not served.exists()


def test_a_file_that_is_not_there_is_named(served, tmp_path):
    with pytest.raises(ValueError, match=r"there is no .*mine.keras: correct the path"):
        main.exported(tmp_path / "mine.keras")


NOISE = 'import sys; print("a warning", file=sys.stderr)'


def test_why_a_file_cannot_be_exported_is_one_sentence(served, tmp_path, monkeypatch):
    """Whatever libraries have written before it, and at each try."""
    (tmp_path / "sitecustomize.py").write_text(NOISE, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(serving.ROOT)
    path = tmp_path / "mine.keras"
    path.write_bytes(b"no network")
    for _ in range(2):
        with pytest.raises(ValueError, match="^nothing was written: mine.json is miss"):
            main.exported(path)
    name = sha256(b"no network").hexdigest()[:16]
    assert [p.name for p in served.iterdir()] == [name]
