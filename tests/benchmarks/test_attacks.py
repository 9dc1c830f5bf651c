"""The attacks: pictures that are what they seem, crowds come again, stored rows."""

import io
import json
import socket
import sys
import threading
import zlib

import pytest
from PIL import Image

from benchmarks import attacks


@pytest.mark.parametrize(
    "make",
    [
        lambda: attacks.many_scans(3, 64),
        lambda: attacks.many_comments(5),
        lambda: attacks.many_profiles(1),
        lambda: attacks.text_bomb(2),
        lambda: attacks.empty_pixels(2),
    ],
)
def test_a_small_one_of_the_kind_is_a_picture(make):
    image = Image.open(io.BytesIO(make()))
    image.load()
    assert image.size in ((64, 64), (8, 8))


def test_an_upload_announces_what_it_sends():
    head, body = attacks.upload(b"photo", more=7).split(b"\r\n\r\n", 1)
    length = int(head.rpartition(b": ")[2])
    assert length == len(body) + 7 and body.endswith(b"photo\r\n--x--\r\n")


@pytest.mark.skipif(sys.platform != "linux", reason="one loopback address")
def test_who_is_hung_up_on_comes_again():
    door, sources = socket.create_server(("127.0.0.1", 0)), []

    def hang_up():
        for _ in range(6):
            one, source = door.accept()
            sources.append(source[0])
            one.close()

    server = threading.Thread(target=hang_up)
    server.start()
    name = "PNG of 10,000 profiles"
    with attacks.attacked(name, door.getsockname()[1]):
        server.join(20)
    assert sources == [attacks.FROM] * 6
    assert attacks.ATTACKS[name]().connections == 2
    door.close()


@pytest.mark.skipif(sys.platform != "linux", reason="one loopback address")
def test_an_attack_that_does_not_begin_is_said(monkeypatch):
    monkeypatch.setattr(attacks, "BEGIN", 2)
    with socket.create_server(("127.0.0.1", 0), backlog=1) as full:
        with pytest.raises(RuntimeError, match="'1,001 idle connections' did not beg"):
            with attacks.attacked("1,001 idle connections", full.getsockname()[1]):
                pytest.fail("it must not be measured")


def test_what_is_stored_is_of_these_attacks_and_shows_that_others_are_served():
    stored = json.loads(attacks.RESULT.read_text())
    rows = {row["attack"]: row for row in stored["rows"]}
    assert list(rows) == list(attacks.ATTACKS), "make attacks"
    assert all(row["failed"] == 0 for row in rows.values())
    assert all(row["memory_mb"] < 450 for row in rows.values())
    assert all(row["most_ms"] < 10_000 for row in rows.values())


def test_profiles_are_bombs():
    (_, chunk, *_) = attacks.many_profiles(1).split(b"iCCP")
    assert len(zlib.decompressobj().decompress(chunk[3:])) == 1_000_000
