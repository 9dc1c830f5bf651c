"""To whom the service answers, and what it says when it does not start."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from app.__main__ import names
from tests.app import serving
from tests.app.test_hostile import GOOD, refused

ONE = {"127.0.0.1", "localhost", "[::1]", "LOCALHOST", "localhost."}
BAD = ["evil.example", "127.0.0.1.nip.io", "localhost@evil.example", "münchen.example"]
BAD += ["", "localhost:x", "[::1", "localhost evil.example", "http://localhost", "::1"]


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """A service for all who ask, with a name of its own."""
    program = ("-m", "app", "--host", "0.0.0.0", "--name", "Photos.example")
    with serving.served(tmp_path_factory.mktemp("app") / "log.txt", program) as one:
        yield one


def spoken(service, request: bytes) -> bytes:
    """Send what no client library would."""
    port = int(service.address.split(":")[-1])
    with socket.create_connection(("127.0.0.1", port), 20) as one:
        one.sendall(request)
        return one.makefile("rb").read()


def test_it_answers_to_its_own_name_at_any_port(service):
    for host in ONE:
        for port in ("", ":8000", ":1"):
            answer = httpx.get(
                f"{service.address}/health", headers={"host": host + port}
            )
            assert answer.status_code == 200, (host, answer.text)


@pytest.mark.parametrize("host", BAD)
@pytest.mark.parametrize("path", ["/", "/health", "/page", "/docs/", "/nowhere"])
def test_another_name_is_refused_and_not_repeated(service, host, path):
    headers = {"host": host.encode()}
    answer = httpx.get(service.address + path, headers=headers)
    refused(answer, 421, "ask for 127.0.0.1, ::1, localhost, or start it with --name")
    assert "evil" not in answer.text and "location" not in answer.headers


def test_no_name_or_two_names_are_refused(service):
    old = spoken(service, b"GET /health HTTP/1.0\r\n\r\n")
    assert old.startswith(b"HTTP/1.1 421") and b'"detail"' in old
    for head in (b"", b"Host: localhost\r\nHost: localhost\r\n"):
        found = spoken(service, b"GET /health HTTP/1.1\r\n" + head + b"\r\n")
        assert found.startswith(b"HTTP/1.1 400") and b'"detail"' in found


def test_a_redirect_stays_here(service):
    for path in ("/page", "/docs/", "//evil.example/docs/"):
        answer = httpx.get(service.address + path)
        where = answer.headers.get("location", service.address)
        assert where.startswith(service.address + "/") or where == service.address


def test_a_service_for_all_answers_to_addresses_and_to_names_that_are_given(public):
    address = f"{public.address}/health"
    for host in (
        "192.0.2.7:80",
        "[2001:db8::1]",
        "photos.EXAMPLE",
        socket.gethostname(),
    ):
        assert httpx.get(address, headers={"host": host}).status_code == 200, host
    for host in ("evil.example", "192.0.2.7.nip.io", "1.2.3.4.5"):
        answer = httpx.get(address, headers={"host": host})
        refused(answer, 421, "any IP address")
        assert "photos.example" in answer.text


def test_a_host_that_is_given_is_the_only_name():
    assert names("lab.example", ["Photos"]) == {"lab.example", "photos"}
    assert "localhost" in names("::1", []) and "localhost" not in names("10.0.0.1", [])


SITES = [  # what a browser says, and whether it is let in
    ("GET", "/", {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, True),
    ("GET", "/page/page.js", {"sec-fetch-site": "same-origin"}, True),
    ("POST", "/predict", {"sec-fetch-site": "same-origin"}, True),
    ("POST", "/predict", {"sec-fetch-site": "cross-site"}, False),
    ("POST", "/predict", {"sec-fetch-site": "same-site"}, False),
    ("POST", "/predict", {"sec-fetch-site": "?"}, False),
    (
        "GET",
        "/health",
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
        False,
    ),
    ("GET", "/page/icon.svg", {"sec-fetch-site": "cross-site"}, False),
    # a link from the course's page is followed; a form that posts itself is not
    ("GET", "/", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, True),
    (
        "POST",
        "/predict",
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        False,
    ),
    # http to another machine: browsers say nothing but the origin
    ("POST", "/predict", {"origin": "http://evil.example"}, False),
    ("POST", "/predict", {"origin": "null"}, False),
    ("POST", "/predict", {"origin": "http://["}, False),
    ("POST", "/predict", {"origin": "http://localhost:8000"}, True),
    ("POST", "/predict", {}, True),
]


@pytest.mark.parametrize(("method", "path", "headers", "welcome"), SITES)
def test_another_sites_page_is_refused(service, method, path, headers, welcome):
    files = {"image": ("photo", GOOD)} if method == "POST" else None
    answer = httpx.request(method, service.address + path, headers=headers, files=files)
    if welcome:
        assert answer.status_code == 200
    else:
        refused(answer, 403, "another site's page: open the service's own page")


def test_no_answer_is_guessed_at_by_a_browser(service, tmp_path):
    paths = ("/", "/docs", "/health", "/page/style.css", "/openapi.json", "/nowhere")
    answers = [httpx.get(service.address + path) for path in paths]
    answers += [
        httpx.get(f"{service.address}/predict"),
        service.post(b""),
        service.post(GOOD),
    ]
    answers += [httpx.get(service.address, headers={"host": "evil.example"})]
    assert {x.status_code for x in answers} == {200, 404, 405, 422, 421}
    with serving.served(tmp_path / "log.txt", ("-c", serving.BROKEN)) as broken:
        answers.append(broken.post(GOOD))
    for answer in answers:
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert b"nosniff" in spoken(service, b"no http\r\n\r\n")


def test_it_serves_ipv6(tmp_path):
    if not socket.has_ipv6 or not Path("/proc/net/if_inet6").is_file():
        pytest.skip("this machine has no IPv6")
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    program = ("-m", "app", "--host", "::1")
    with serving.served(tmp_path / "log.txt", program) as one:
        assert one.post(GOOD).status_code == 200


def start(*options, **settings) -> subprocess.CompletedProcess:
    """Start a service that will not."""
    run = [sys.executable, "-m", "app", *options]
    return subprocess.run(
        run, cwd=serving.ROOT, capture_output=True, text=True, timeout=60, **settings
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ("--port", "99999"),
            "--port must be from 0, any that is free, to 65535: not 99999",
        ),
        (("--port", "-1"), "to 65535: not -1"),
        (
            ("--host", "nowhere.invalid"),
            "no machine is called 'nowhere.invalid': leave",
        ),
        (("--host", "999.1.1.1"), "no machine is called '999.1.1.1'"),
        (("--host", ""), "no machine is called ''"),
        (("--host", "a" * 300), "no machine is called"),
        (("--host", "203.0.113.1"), "203.0.113.1 is no address of this machine: leave"),
    ],
)
def test_where_it_cannot_listen_one_sentence_says_so(options, sentence):
    done = start(*options, *(() if "--port" in options else ("--port", "0")))
    assert done.returncode == 1 and not done.stdout
    assert done.stderr.startswith("the service does not start: ")
    assert sentence in done.stderr and done.stderr.count("\n") == 1


def test_an_occupied_port_is_named(service):
    port = service.address.split(":")[-1]
    done = start("--port", port)
    assert f"port {port} is in use: end the other program or choose" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_privileged_port_is_named():
    first = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if not first.is_file() or int(first.read_text()) <= 80:
        pytest.skip("here every port is for everybody")
    drop = "os.getuid() or os.seteuid(65534)"
    program = "import os; from app.__main__ import main; 'x'.encode('idna'); "
    run = [sys.executable, "-c", f"{program}{drop}; main()", "--port"]
    done = subprocess.run(
        [*run, "80"], cwd=serving.ROOT, capture_output=True, text=True
    )
    assert "port 80 is kept by this system: choose another above 1024" in done.stderr
    assert done.stderr.count("\n") == 1


def test_port_0_says_which_it_took():
    run = [sys.executable, "-m", "app", "--port", "0"]
    with subprocess.Popen(
        run, cwd=serving.ROOT, stdout=subprocess.PIPE, text=True
    ) as one:
        try:
            address = one.stdout.readline().split()[4]
            assert httpx.get(f"{address}/health", timeout=20).status_code == 200
        finally:
            one.terminate()
