"""Who a sender is, and how much work a request may be; without a server."""

import h11
import pytest

from app import connections
from app.connections import Connection, sender


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
