"""How much may arrive, from whom, and what of a form is the photo; without a server."""

import asyncio

import pytest
from fastapi import HTTPException, Request

from app import uploads
from app.connections import BUSY
from app.reader import MAX_MEMORY

MARK = b"--x"
HEAD = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"'


def test_the_page_says_what_fits_into_the_memory_of_one_photo():
    webp, progressive = uploads.LEAST_PIXELS
    assert 2 * uploads.MAX_PHOTO + 16 * webp == MAX_MEMORY
    assert uploads.MAX_PHOTO + 8 * progressive == MAX_MEMORY
    assert uploads.LIMITS == (
        "PNG, JPEG or WEBP, at most 16 MB and 51 megapixels (WEBP 11, some "
        "progressive JPEGs 25)"
    )


@pytest.mark.parametrize(
    "held, by_others, more, status",
    [
        (0, 0, 17_000_000, None),
        (0, 0, 17_000_001, 413),
        (1, 0, 17_000_000, 413),
        (16_000_000, 8_000_000, 1_000_000, None),
        (24_000_000, 0, 1, 413),
        (12_000_000, 24_000_000, 0, None),
        (12_000_000, 24_000_000, 1, 503),
    ],
)
def test_a_body_has_room_up_to_the_last_byte(held, by_others, more, status):
    room = uploads.Room()
    room.held.update({"me": held, "others": by_others})
    if status is None:
        return room.make_room("me", held, more)
    with pytest.raises(HTTPException) as refused:
        room.make_room("me", held, more)
    assert refused.value.status_code == status


def test_several_bodies_of_one_sender_share_his_room():
    room = uploads.Room()
    room.held["me"] = 20_000_000
    room.make_room("me", 0, 4_000_000)
    with pytest.raises(HTTPException) as refused:
        room.make_room("me", 0, 4_000_001)
    assert refused.value.status_code == 503 and refused.value.detail == BUSY


def hold(room, body, headers):
    """Let a request's photo be read; return it as bytes."""

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def read():
        named = [(k.encode(), v.encode()) for k, v in headers.items()]
        scope = {"type": "http", "headers": named, "client": ("127.0.0.1", 1)}
        async with room.hold(Request(scope, receive)) as photo:
            assert room.held.total() >= len(body)
            return bytes(photo)

    return asyncio.run(read())


FORM = {"content-type": "multipart/form-data; boundary=x"}


def test_a_body_without_a_length_takes_room_as_it_arrives_and_gives_it_back():
    room, body = uploads.Room(), HEAD + b"\r\n\r\nphoto\r\n--x--\r\n"
    assert hold(room, body, FORM) == b"photo" and room.held.total() == 0
    room.held["127.0.0.1"] = uploads.MAX_FROM_ONE - len(body)
    assert hold(room, body, FORM) == b"photo", "exactly as much as there is room for"
    room.held["127.0.0.1"] = uploads.MAX_FROM_ONE
    with pytest.raises(HTTPException) as refused:
        hold(room, b"", FORM)
    assert refused.value.status_code == 400, "nothing needs no room"
    with pytest.raises(HTTPException) as refused:
        hold(room, body, FORM)
    assert refused.value.status_code == 503
    assert room.held == {"127.0.0.1": uploads.MAX_FROM_ONE}


@pytest.mark.parametrize("photo", [b"", b"p", b"\r\n--", b"\r\n\r\n"])
def test_the_photo_is_what_stands_between_head_and_boundary(photo):
    body = bytearray(HEAD + b"\r\n\r\n" + photo + b"\r\n--x--\r\n")
    assert uploads.photo_in(body, MARK) == photo


def test_a_head_has_its_limit():
    for more, fits in (0, True), (1, False):
        room_for = uploads.MAX_PART_HEAD - 4 - (len(HEAD) - len(MARK))
        pad = b"\r\nA: " + b"a" * (room_for - 5 + more)
        body = bytearray(HEAD + pad + b"\r\n\r\nphoto\r\n--x--\r\n")
        if fits:
            assert uploads.photo_in(body, MARK) == b"photo"
        else:
            with pytest.raises(HTTPException):
                uploads.photo_in(body, MARK)
