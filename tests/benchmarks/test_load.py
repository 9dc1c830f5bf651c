"""The load program: nothing slow is left out; what is stored is of this model."""

import http.server
import json
import threading
import time

import pytest

from app import network
from benchmarks import load


class Slow(http.server.BaseHTTPRequestHandler):
    """Answers one request at a time, 40 a second at most; the first may take longer."""

    protocol_version = "HTTP/1.1"
    turn = threading.Lock()
    seconds, first, answered = 0.025, iter(()), []

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.turn:
            time.sleep(next(self.first, self.seconds))
            self.answered.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def slow_port(monkeypatch):
    monkeypatch.setattr(Slow, "answered", [])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


def test_who_was_held_up_by_a_slow_answer_counts_too(slow_port, monkeypatch):
    monkeypatch.setattr(load, "RATE", 100)
    monkeypatch.setattr(load, "SECONDS", 1)
    monkeypatch.setattr(Slow, "seconds", 0)
    monkeypatch.setattr(Slow, "first", iter([0.8]))  # of the run's one second
    found = load.open_loop(slow_port, (b"", {}))
    # from when they were sent, 8 of 100 would be slow, one a connection
    assert found["median_ms"] > 200


def test_what_has_no_answer_in_time_counts(slow_port, monkeypatch):
    monkeypatch.setattr(load, "RATE", 100)
    monkeypatch.setattr(load, "SECONDS", 1)
    found = load.open_loop(slow_port, (b"", {}))
    assert found["requests"] == 100
    assert found["unanswered"] == 100 - len(Slow.answered)
    assert 45 <= found["unanswered"] < 100  # 40 a second are answered at most
    assert found["median_ms"] > 200  # each answer alone takes 8 * 25 ms at most
    assert 500 < found["p99_ms"] <= found["most_ms"]


def test_the_closed_loop_is_bounded_by_the_server(slow_port):
    began = time.perf_counter()
    rate = load.closed_loop(slow_port, (b"", {}), 1)
    least = len(Slow.answered) / (time.perf_counter() - began)
    assert 0 < round(least, 1) <= rate < 50


def test_a_refusal_is_an_error(slow_port, monkeypatch):
    monkeypatch.setattr(Slow, "do_POST", lambda self: self.send_error(503))
    with pytest.raises(RuntimeError, match="the service answers 503"):
        load.closed_loop(slow_port, (b"", {}), 0.2)


def test_what_is_stored_is_of_this_model_and_shows_what_litert_is_for():
    stored = json.loads(load.RESULT.read_text())
    assert stored["model_sha256"] == network.read_model()[1]["sha256"], "make load"
    rows = {(row["server"], row["photo"]): row for row in stored["rows"]}
    assert set(rows) == set(load.MEASURED)
    ours, keras = rows[load.MEASURED[0]], rows[load.MEASURED[-1]]
    assert ours["unanswered"] == 0 and ours["memory_mb"] < 150
    assert ours["median_ms"] < keras["median_ms"] / 10
    assert ours["closed_loop_per_second"] > 10 * keras["closed_loop_per_second"]
    assert ours["memory_mb"] < keras["memory_mb"] / 3
