"""Who a sender is, and what a connection may cost; without the service."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from types import SimpleNamespace

import h11
import pytest
import uvicorn
from uvicorn.server import ServerState

from app import connections
from app.connections import Connection, Protocol, sender


@pytest.mark.parametrize(
    "client, who",
    [
        (("10.0.0.7", 1), "10.0.0.7"),
        (("::ffff:10.0.0.7", 1), "10.0.0.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:0db8:0001:0002"),
        (("2001:db8:1:2::9", 1), "2001:0db8:0001:0002"),
        (("fe80::1%eth0", 1), "fe80:0000:0000:0000"),
        (("a proxy's word", 0), "a proxy's word"),
        (("", 0), ""),
        (None, "None"),
    ],
)
def test_a_sender_is_an_address_or_the_first_half_of_one(client, who):
    assert sender(client) == who


def asked(data: bytes):
    """Give a server's connection these bytes; return it."""
    one = Connection(h11.SERVER, connections.MAX_HEAD)
    one.receive_data(data)
    return one


def head(length: int) -> bytes:
    """Write a request's head of so many bytes."""
    begin, end = b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"\r\n\r\n"
    return begin + b"x" * (length - len(begin) - len(end)) + end


def test_a_head_may_be_as_long_as_it_may_be_whatever_comes_behind():
    for more in b"", b"GET":
        found = asked(head(connections.MAX_HEAD) + more).next_event()
        assert isinstance(found, h11.Request)
    for data in head(connections.MAX_HEAD + 1), b"\n" + b"x" * connections.MAX_HEAD:
        with pytest.raises(h11.RemoteProtocolError, match="head is too long"):
            asked(data).next_event()
    begun = asked(b"GET /" + b"x" * (connections.MAX_HEAD - 5))
    assert begun.next_event() is h11.NEED_DATA, "not one byte too many yet"


CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def parts_taken(one) -> int:
    """Count the parts of a body until there are no more, or too many."""
    assert isinstance(one.next_event(), h11.Request)
    count = 0
    while isinstance(one.next_event(), h11.Data):
        count += 1
    return count


@pytest.mark.parametrize("length, limit", [(1, 200), (128, 400)])
def test_small_parts_are_free_up_to_a_limit_that_grows_with_the_body(length, limit):
    """200 parts, and one more for each 256 bytes."""
    chunk = b"%x\r\n" % length + b"x" * length + b"\r\n"
    assert parts_taken(asked(CHUNKED + chunk * limit + b"0\r\n\r\n")) == limit
    with pytest.raises(h11.RemoteProtocolError, match="parts are too small"):
        parts_taken(asked(CHUNKED + chunk * (limit + 1)))
    large = b"100\r\n" + b"x" * 256 + b"\r\n"
    assert parts_taken(asked(CHUNKED + large * 1000 + b"0\r\n\r\n")) == 1000


def test_each_request_begins_to_count_anew():
    chunk = b"1\r\nx\r\n"
    one = asked((CHUNKED + chunk * 150 + b"0\r\n\r\n") * 2)
    for _ in range(2):
        assert isinstance(one.next_event(), h11.Request)
        for _ in range(150):
            assert isinstance(one.next_event(), h11.Data)
        assert isinstance(one.next_event(), h11.EndOfMessage)
        one.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
        one.send(h11.EndOfMessage())
        one.start_next_cycle()


async def small(scope, receive, send):
    """Answer at once; at /read when the body has come, at /begin half, and wait."""
    if scope["path"] == "/read":
        while (come := await receive()).get("more_body"):
            pass
        small.seen.append(come["type"])
    head = {"type": "http.response.start", "status": 200}
    await send(head | {"headers": [(b"content-length", b"2")]})
    if scope["path"] == "/begin":
        await send({"type": "http.response.body", "body": b"o", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
    else:
        await send({"type": "http.response.body", "body": b"ok"})


small.state = SimpleNamespace(served={"model": "mine"})


class Other:
    """Another connection: all that is asked of it is whose it is."""

    def __init__(self, sender="10.9.9.9"):
        self.sender = sender


class Timed(Protocol):
    """Notes how many seconds it is given."""

    limits = ()

    def limit(self, seconds):
        self.limits = *self.limits, seconds
        super().limit(seconds)


@asynccontextmanager
async def connected(others=()):
    """Connect to a protocol of this process; yield both ends of the connection."""
    options = {"http": Timed, "ws": "none", "lifespan": "off", "log_config": None}
    config, state, made = uvicorn.Config(small, **options), ServerState(), []
    config.load()
    state.default_headers = [(b"x-own", b"1")]
    state.connections.update(others)
    small.seen = []

    def protocol():
        made.append(Timed(config, state, {}))
        return made[-1]

    loop = asyncio.get_running_loop()
    door = socket.socket()  # its protocol is 0, as on Windows: asyncio does less then
    door.bind(("127.0.0.1", 0))
    server = await loop.create_server(protocol, sock=door)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    await until(lambda: made and made[0].deadline)
    yield SimpleNamespace(own=made[0], reader=reader, writer=writer, read=reader.read)
    writer.close()
    server.close()


async def until(true):
    """Wait until something is true; an error after five seconds."""
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.01)


def body_of(answer: bytes) -> dict:
    return json.loads(answer.partition(b"\r\n\r\n")[2])


GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /%s HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"


def test_answers_are_not_held_back():
    """Nagle's algorithm would wait for 40 ms."""

    async def sent_at_once():
        async with connected() as one:
            line = one.own.transport.get_extra_info("socket")
            return line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    assert asyncio.run(sent_at_once())


def test_each_part_of_a_request_has_its_time():
    async def limits():
        async with connected() as one:
            one.writer.write(GET)
            await until(lambda: one.own.conn.trailing_data[0])
            assert one.own.limits == (10,), "half a head buys no time"
            one.writer.write(b"\r\n")
            assert (await one.reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200 ")
            assert one.own.limits == (10, 60, 10), "the answer, and the next head"
            one.writer.write(POST % b"read")
            await until(lambda: one.own.limits[3:])
            one.writer.write(b"123456789")
            await one.reader.readuntil(b"ok")
            assert one.own.limits[3:] == (60, 10) and small.seen == ["http.request"]
            one.writer.write(POST % b"")
            await one.reader.readuntil(b"ok")
            assert one.own.limits[5:] == (60, 60), "for a body that nobody reads"
        async with connected() as one:
            one.own.refuse(400, "why")
            assert one.own.limits == (10, 2), "to take a refusal"

    asyncio.run(limits())


@pytest.mark.parametrize(
    "others, sentence",
    [
        ([("127.0.0.1", 255)], None),
        ([("127.0.0.1", 256)], connections.MANY),
        ([("10.9.9.9", 895)], None),
        ([("10.9.9.9", 896)], connections.BUSY),
        ([("10.9.9.9", 900)], connections.BUSY),
    ],
)
def test_the_first_that_is_too_many_is_refused(others, sentence):
    async def answer():
        crowd = [Other(who) for who, many in others for _ in range(many)]
        async with connected(crowd) as one:
            one.writer.write(GET + b"Connection: close\r\n\r\n")
            return await one.read()

    found = asyncio.run(answer())
    if sentence is None:
        assert found.startswith(b"HTTP/1.1 200 ") and found.endswith(b"ok")
        return
    body = json.dumps({"detail": sentence, "model": "mine"}).encode()
    lines = [b"HTTP/1.1 503 Service Unavailable", b"x-own: 1"]
    lines += [b"content-type: application/json", b"content-length: %d" % len(body)]
    lines += [b"retry-after: 1", b"connection: close", b"", body]
    assert found == b"\r\n".join(lines)


@pytest.mark.parametrize(
    "sent, status, sentence",
    [
        (b"", None, None),
        (GET, b"408 Request Timeout", connections.SLOW_HEAD),
        (b"no http\r\n\r\n", b"400 Bad Request", connections.NO_HTTP),
        (POST % b"read" + b"12345", None, None),
    ],
)
def test_who_is_late_or_speaks_no_http_is_told_and_hung_up_on(
    sent, status, sentence, monkeypatch
):
    for name in ("HEAD_SECONDS", "REQUEST_SECONDS", "LINGER_SECONDS"):
        monkeypatch.setattr(connections, name, 1)  # to send within

    async def answer():
        async with connected() as one:
            one.writer.write(sent)
            found = await asyncio.wait_for(one.read(), 5)
            await until(lambda: one.own not in Protocol.lingering)
            return found

    found = asyncio.run(answer())
    if status is None:
        assert found == b""
        return
    assert found.startswith(b"HTTP/1.1 " + status + b"\r\nx-own: 1\r\n")
    assert b"retry-after" not in found and found.count(b"HTTP/1.1") == 1
    assert body_of(found) == {"detail": sentence, "model": "mine"}


@pytest.mark.parametrize("begun", [False, True], ids=["waiting", "answering"])
def test_a_bad_body_is_refused_unless_an_answer_has_begun(begun):
    """Whoever waits for more of the body is told that there will be none."""

    async def answer():
        async with connected() as one:
            head = POST % (b"begin" if begun else b"read")
            length = b"Content-Length: 9"
            one.writer.write(head.replace(length, b"Transfer-Encoding: chunked"))
            if begun:
                await one.reader.readuntil(b"\r\n\r\no")
            await until(lambda: one.own.cycle)
            one.writer.write(b"no length\r\n")
            found = await asyncio.wait_for(one.read(), 5)
            await until(lambda: begun or small.seen)
            return found

    found = asyncio.run(answer())
    if begun:
        assert found == b""
    else:
        assert body_of(found)["detail"] == connections.NO_HTTP
        assert small.seen == ["http.disconnect"]


def test_what_comes_after_a_refusal_is_dropped():
    async def answer():
        async with connected() as one:
            one.writer.write(b"no http\r\n\r\n")
            await until(lambda: one.own in Protocol.lingering)
            one.writer.write(GET + b"\r\n" + b"x" * 100_000)
            return await asyncio.wait_for(one.read(), 5)

    found = asyncio.run(answer())
    assert found.startswith(b"HTTP/1.1 400 ") and found.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("many, told", [(63, True), (64, False)])
def test_so_many_linger_and_no_more(many, told, monkeypatch):
    monkeypatch.setattr(Protocol, "lingering", {Other() for _ in range(many)})

    async def answer():
        async with connected() as one:
            one.writer.write(b"no http\r\n\r\n")
            try:
                return await asyncio.wait_for(one.read(), 5)
            except ConnectionResetError:
                return b""

    assert bool(asyncio.run(answer())) == told
