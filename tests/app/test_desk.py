"""Turns, debts and what is told of a photo; without a server."""

import asyncio
import time
from types import SimpleNamespace

import numpy as np
import pytest
from fastapi import HTTPException

from app import desk, network
from app.connections import BUSY
from helpers import lite
from helpers.insight import occlusion

PIXELS = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def one():
    made = desk.Desk(*network.read_model())
    yield made
    made.reader.process.kill()
    made.reader.process.communicate()


@pytest.fixture
def slow_reader(one, monkeypatch):
    """Let reading take as long as is said, on a clock of its own."""
    clock = SimpleNamespace(now=1000.0, takes=0.0)

    def read(photo):
        clock.now += clock.takes
        if photo == b"bad":
            raise ValueError("bad")
        return PIXELS

    monkeypatch.setattr(desk, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(one.reader, "read", read)
    monkeypatch.setattr(one, "owing", {})
    return clock


def test_a_photo_gets_the_scores_of_the_network(one, slow_reader):
    pixels, scores = one.look(b"", "me")
    np.testing.assert_array_equal(pixels, PIXELS)
    expected = lite.scores(one.for_scores, PIXELS[None])[0]
    np.testing.assert_array_equal(scores, expected)
    told = one.told(pixels, scores)
    assert list(told["scores"]) == one.class_names
    assert told["class"] == max(told["scores"], key=told["scores"].get)
    assert list(told["scores"].values()) == scores.tolist()


@pytest.mark.parametrize("photo", [b"", b"bad"])
def test_what_takes_beyond_two_seconds_is_owed_ten_times(one, slow_reader, photo):
    def look():
        try:
            one.look(photo, "me")
        except ValueError:
            assert photo == b"bad"

    slow_reader.takes = 2.0
    look()
    assert one.owing == {}, "two seconds are free"
    slow_reader.takes = 3.0
    look()
    assert one.owing == {"me": slow_reader.now + 10}
    slow_reader.takes = 4.0
    look()
    owed = one.owing["me"] - slow_reader.now
    assert owed == pytest.approx(10 - 4 + 20), "what passes meanwhile is paid off"
    with pytest.raises(HTTPException) as refused:
        one.look(photo, "me")
    assert refused.value.status_code == 429 and refused.value.detail == desk.OWING
    assert refused.value.headers == {"Retry-After": "60"}
    slow_reader.takes = 0.0
    one.look(b"", "another")
    slow_reader.now += owed - 20.5
    with pytest.raises(HTTPException):
        one.look(photo, "me")
    slow_reader.now += 0.5
    look()
    assert list(one.owing) == ["me"], "with as much as is allowed he need not wait"


def test_that_the_reader_was_slow_to_start_is_not_owed(one, slow_reader, monkeypatch):
    ready = iter([True, False])

    def wait():
        slow_reader.now += 25
        return next(ready)

    monkeypatch.setattr(one.reader, "wait", wait)
    one.look(b"", "me")
    with pytest.raises(HTTPException) as refused:  # it did not start at all
        one.look(b"", "me")
    assert refused.value.status_code == 503 and one.owing == {}


def test_a_map_covers_a_quarter_in_steps_of_a_sixteenth(one, monkeypatch):
    asked = []
    monkeypatch.setattr(occlusion, "drops", lambda *given: asked.append(given[2:]))
    for size in 32, 64, 30, 3:
        monkeypatch.setattr(one, "size", size)
        one.map(PIXELS, 5)
    assert asked == [(5, 8, 2), (5, 16, 4), (5, 7, 1), (5, 1, 1)]


def test_a_turn_that_does_not_come_in_time_is_said(one, monkeypatch):
    monkeypatch.setattr(desk, "TURN_SECONDS", 0.2)
    request = SimpleNamespace(client=("127.0.0.9", 1))  # a line is of one loop's

    async def two(other):
        turns = [one.turn(who, one.scorer, time.sleep, 0.6) for who in (request, other)]
        return await asyncio.gather(*turns, return_exceptions=True)

    for refused in asyncio.run(two(request)):
        assert refused.status_code == 503 and refused.detail == BUSY


def test_one_sender_has_one_photo_in_the_queue(one):
    """The other's comes between, whatever the first has sent before."""
    mine, other = (SimpleNamespace(client=(f"127.0.0.{n}", 1)) for n in (1, 2))
    done = []

    def work(name):
        time.sleep(0.05)
        done.append(name)

    async def all_of():
        sent = [(mine, "a"), (mine, "b"), (mine, "c"), (other, "x")]
        turns = [one.turn(who, one.scorer, work, name) for who, name in sent]
        await asyncio.gather(*turns)

    asyncio.run(all_of())
    assert done[0] == "a" and done[1] == "x" and done[2:] == ["b", "c"]
