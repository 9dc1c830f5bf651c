"""How many may connect, and how long a request may take to come and an answer to go.

uvicorn waits for ever for a head, for a body that nobody reads and for a client that
does not take its answer (Kludex/uvicorn#157), and refuses in words of its own.
"""

import ipaddress
import json
import re
import socket
from contextlib import suppress
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_CONNECTIONS = 896  # below the 1,024 open files that a process may have on Linux
MAX_FROM_ONE = 256  # of those, from one sender
MAX_LINGERING = 64  # refused ones that have not taken their answer yet
HEAD_SECONDS, REQUEST_SECONDS, LINGER_SECONDS = 10, 60, 2
MAX_HEAD = 16_384  # bytes
FREE_PARTS, PART_BYTES = 200, 256  # more parts of a body have so many bytes on average

BUSY = "the service is busy: try again in a second"
MANY = "too many connections from your address at a time: try again in a second"
SLOW_HEAD = "the request took too long to arrive: try again on a faster connection"
NO_HTTP = "the request is no HTTP that this service reads: send it with another program"


def sender(client: tuple | None) -> str:
    """Return whose address this is: of IPv6 the first 64 bits, which one sender has."""
    try:
        address = ipaddress.ip_address(client[0].partition("%")[0])
    except (TypeError, ValueError):  # a local socket, or what a proxy calls it
        return str(client and client[0])
    address = getattr(address, "ipv4_mapped", None) or address
    return address.exploded[:19]  # all of an IPv4 address


class Connection(h11.Connection):
    """h11's, which parses a head of 256 KB and a million chunks of a byte each."""

    parts = size = 0

    def next_event(self):
        """Return what comes next; h11.RemoteProtocolError if it is too much work."""
        if self.their_state is h11.IDLE:
            self.parts = self.size = 0
            come = self.trailing_data[0]
            if len(come) > MAX_HEAD and not re.search(rb"\n\r?\n", come[:MAX_HEAD]):
                raise h11.RemoteProtocolError("the head is too long")
        event = super().next_event()
        if isinstance(event, h11.Data):
            self.parts, self.size = self.parts + 1, self.size + len(event.data)
            if self.parts > FREE_PARTS + self.size / PART_BYTES:
                raise h11.RemoteProtocolError("the parts are too small")
        return event


class Protocol(H11Protocol):
    """uvicorn's, with limits; the application's `state.served` goes into refusals."""

    deadline, lingering = None, set()

    def connection_made(self, transport):
        """Take a connection, or refuse one that is too many."""
        super().connection_made(transport)
        self.conn, self.sender = Connection(h11.SERVER, MAX_HEAD), sender(self.client)
        theirs = sum(one.sender == self.sender for one in self.connections)
        self.limit(HEAD_SECONDS)
        line = transport.get_extra_info("socket")
        if line is not None and line.family in (socket.AF_INET, socket.AF_INET6):
            # or answers wait 40 ms: asyncio does so where the socket knows its protocol
            with suppress(OSError):  # the client has hung up
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if theirs > MAX_FROM_ONE:
            self.refuse(503, MANY)
        elif len(self.connections) > MAX_CONNECTIONS:
            self.refuse(503, BUSY)

    def connection_lost(self, exc):
        """Forget the connection."""
        self.deadline.cancel()
        self.lingering.discard(self)
        super().connection_lost(exc)

    def data_received(self, data):
        """Go on with the request; drop what comes after a refusal."""
        if self not in self.lingering:
            super().data_received(data)

    def handle_events(self):
        """Look for a request's head, and give time for the rest and the answer."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and self not in self.lingering:
            self.limit(REQUEST_SECONDS)

    def on_response_complete(self):
        """Give time for the next head, or first for a body that nobody wants."""
        unread = self.conn.their_state is h11.SEND_BODY
        self.limit(REQUEST_SECONDS if unread else HEAD_SECONDS)
        super().on_response_complete()

    def limit(self, seconds):
        """Let the client go on for so long."""
        if self.deadline:
            self.deadline.cancel()
        self.deadline = self.loop.call_later(seconds, self.late)

    def late(self):
        """Say so if part of a head has come; hang up on everybody else."""
        begun = self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]
        if begun and self not in self.lingering:
            self.refuse(408, SLOW_HEAD)
        else:
            self.transport.abort()

    def send_400_response(self, msg):
        """Refuse what is no HTTP; uvicorn calls this."""
        self.refuse(400, NO_HTTP)

    def refuse(self, status, sentence):
        """Answer in the service's form, unless an answer has begun, and hang up.

        For a moment the rest is read and dropped: a client that still sends would
        otherwise lose the answer.
        """
        self.connections.discard(self)
        self._unset_keepalive_if_required()
        if self.cycle:  # who waits for more of the body
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        answered = self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE)
        if answered or len(self.lingering) >= MAX_LINGERING:
            return self.transport.abort()
        self.lingering.add(self)
        self.limit(LINGER_SECONDS)
        self.flow.resume_reading()
        found = {"detail": sentence, **self.config.app.state.served}
        body = json.dumps(found).encode()
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
        lines += [b": ".join(header) for header in self.server_state.default_headers]
        lines += [b"content-type: application/json", b"content-length: %d" % len(body)]
        lines += [b"retry-after: 1"] * (status == 503) + [b"connection: close", b""]
        self.transport.write(b"\r\n".join([*lines, body]))
        with suppress(OSError):  # the client has hung up and takes no answer
            self.transport.write_eof()
