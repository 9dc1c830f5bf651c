"""Phones in the room read the book and the slides, and nothing else."""

import http.client
import os
import threading

import pytest

from tools import serve


@pytest.fixture
def get(tmp_path):
    """Serve a folder on loopback; return what answers a path: status and body."""
    inside = "book/index.html", "book/part/x.txt", "book/slides/x.txt"
    for name in (*inside, "slides/02.html", "slides/parts/x.txt", "mine.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"this is {name}")
    if os.name != "nt":  # where a user may make no links
        (tmp_path / "book" / "out").symlink_to(tmp_path / "mine.txt")
    server = serve.server(tmp_path, 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def ask(path):
        line = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, answer.read().decode(), answer.getheader("Location")

    yield ask
    server.shutdown()
    thread.join()
    server.server_close()


def test_book_and_slides_are_read(get):
    assert get("/book/") == (200, "this is book/index.html", None)
    assert get("/slides/02.html") == (200, "this is slides/02.html", None)
    assert '<a href="02.html">' in get("/slides/")[1]
    assert get("/")[::2] == (302, "/book/")


@pytest.mark.parametrize(
    "path",
    [
        *("/mine.txt", "/book/../mine.txt", "/book/%2e%2e/mine.txt", "//mine.txt"),
        *("/book/out", "/book/part/", "/booklet", "/../../etc/passwd"),
        *("/book/slides/", "/slides/parts/"),
    ],
)
def test_nothing_else_is(get, path, capfd):
    status, body, _ = get(path)
    assert status == 404 and "this is" not in body
    assert capfd.readouterr() == ("", "")  # nobody is told who asked for what


def test_where_only_slides_are_they_come_first_and_for_all_in_the_room(tmp_path):
    (tmp_path / "slides").mkdir()
    with serve.server(tmp_path, 0) as server:
        assert server.server_address[0] == "0.0.0.0"
        threading.Thread(target=server.handle_request).start()
        line = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        line.request("GET", "/")
        assert line.getresponse().getheader("Location") == "/slides/"


def test_what_cannot_be_served_is_said_in_a_sentence(tmp_path):
    with pytest.raises(SystemExit, match="first `make book` or `make slides`"):
        serve.server(tmp_path, 0)
    (tmp_path / "slides").mkdir()
    assert serve.found(tmp_path) == ["slides"]
    with serve.server(tmp_path, 0) as first, pytest.raises(SystemExit, match="PORT="):
        serve.server(tmp_path, first.server_port)
    with pytest.raises(SystemExit, match="Port 70000 cannot be used"):
        serve.server(tmp_path, 70_000)
    with pytest.raises(SystemExit, match="x is no port"):
        serve.main(["x"])
    assert serve.address().count(".") == 3
