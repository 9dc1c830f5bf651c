"""An HTTP server that misbehaves in the ways that mirrors do, on 127.0.0.1."""

import contextlib
import socket
import struct
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIECE = 60_000  # bytes that the faulty ones send before they fail


class FaultyServer(ThreadingHTTPServer):
    """Serve `content` at `url(fault)`; `ranges` and `sent` tell what went on.

    The fault is the name of a method of `Handler`; "good" is one of them.
    """

    def __init__(self, content: bytes):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = content
        self.ranges = []  # (fault, the request's Range header or None)
        self.sent = Counter()  # bytes of content by fault
        self.asked, self.gate, self.over = (threading.Event() for _ in range(3))

    def url(self, fault: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{fault}/archive.tar.gz"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.gate.set()
        self.over.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.fault = self.path.split("/")[1]
        asked = self.headers.get("Range")
        self.server.ranges.append((self.fault, asked))
        self.start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        with contextlib.suppress(ConnectionError):
            getattr(self, self.fault)()

    def good(self):
        if self.start >= len(self.server.content):
            return self.send_error(416)
        self.head()
        self.send(self.server.content[self.start :])

    def waits(self):
        self.server.asked.set()
        self.server.gate.wait(100)
        self.good()

    def pauses(self):
        self.head()
        self.send(self.server.content[self.start :][:PIECE])
        self.server.over.wait(0.8)
        self.send(self.server.content[self.start :][PIECE:])

    def closes(self):
        self.head()
        self.send(self.server.content[self.start :][:PIECE])

    def resets(self):
        self.closes()
        at_once = struct.pack("ii", 1, 0)  # without a goodbye
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        socket.close(self.connection.detach())

    def breaks_a_chunk(self):
        self.head(chunked=True)
        self.wfile.write(b"%x\r\n" % (2 * PIECE))
        self.send(self.server.content[self.start :][:PIECE])

    def stalls(self):
        self.closes()
        self.server.over.wait(30)

    def trickles(self):
        self.head()
        for byte in self.server.content[self.start :][:60]:
            self.send(bytes([byte]))
            if self.server.over.wait(0.05):
                break

    def silent(self):
        self.server.over.wait(30)

    def missing(self):
        self.send_error(404)

    def wrong(self):
        self.head()
        self.send(bytes(len(self.server.content) - self.start))

    def wrong_and_closes(self):
        self.head()
        self.send(bytes(len(self.server.content) - self.start)[:PIECE])

    def ignores_range(self):
        self.start = 0
        self.good()

    def ignores_range_and_closes(self):
        self.start = 0
        self.closes()

    def other_range(self):
        if self.start:
            self.start = 1
        self.good()

    def login(self):
        page = b"<html>Please log in to the guest network.</html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.send(page)

    def endless_login(self):
        self.send_response(200)
        self.end_headers()
        self.send(b"<html>Please log in." * 100_000)

    def redirect(self):
        self.send_response(302)
        self.send_header("Location", self.server.url("login"))
        self.end_headers()

    def garbage(self):
        self.wfile.write(b"SSH-2.0-OpenSSH\r\n")

    def head(self, chunked=False):
        size = len(self.server.content)
        self.send_response(206 if self.start else 200)
        if self.start:
            spread = f"bytes {self.start}-{size - 1}/{size}"
            self.send_header("Content-Range", spread)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(size - self.start))
        self.end_headers()

    def send(self, content: bytes):
        # counted first: a client that has it all may look at the count at once
        self.server.sent[self.fault] += len(content)
        self.wfile.write(content)

    def log_message(self, *_):
        pass
