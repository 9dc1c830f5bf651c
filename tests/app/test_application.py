"""What the application answers to a request; without a server."""

import asyncio
import json

import httpx
import pytest

from app import network, service, uploads
from app.desk import Desk
from tests.app import serving
from tests.test_photos import encode, scene

GOOD = encode(scene(), "PNG")
META = '<meta http-equiv="Content-Security-Policy" content="none">'


@pytest.fixture(scope="module")
def app():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "PAGE", serving.ROOT / "no page")
        yield service.build()


def asked(app, method: str, path: str, **options) -> httpx.Response:
    """Ask the application as a server would."""

    async def answer():
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost"
        ) as client:
            return await client.request(method, path, **options)

    return asyncio.run(answer())


def sent(app, path: str) -> httpx.Response:
    return asked(app, "POST", path, files={"image": ("photo", GOOD)})


SERVED = {"model", "model_sha256"}


@pytest.mark.parametrize(
    "path, more", [("/predict", ()), ("/explain", ("pixels", "drops"))]
)
def test_a_photo_is_classified(app, path, more):
    answer = sent(app, path)
    assert answer.status_code == 200
    found = answer.json()
    assert set(found) == SERVED | {"class", "scores", *more}
    assert found["model"] == "fast_cnn_cifar10"
    assert found["class"] == max(found["scores"], key=found["scores"].get)


def test_its_description_names_every_status_and_the_form(app):
    described = app.openapi()
    asks = {p: set(methods) for p, methods in described["paths"].items()}
    assert asks == {
        "/predict": {"post"},
        "/explain": {"post"},
        "/health": {"get"},
        "/model": {"get"},
    }
    statuses = "200 400 403 408 413 415 421 422 429 503".split()
    for path in ("/predict", "/explain"):
        one = described["paths"][path]["post"]
        assert sorted(one["responses"]) == statuses
        for status in statuses[1:]:
            content = one["responses"][status]["content"]["application/json"]
            assert content["schema"]["$ref"].endswith("/Refusal")
        form = one["requestBody"]
        assert form["required"] is True
        assert form["content"] == {uploads.FORM_TYPE: {"schema": uploads.FORM}}


@pytest.mark.parametrize(
    "method, path, status, sentence",
    [
        ("GET", "/nowhere", 404, service.SENTENCES[404]),
        ("GET", "/network", 404, service.NO_PAGE),
        ("GET", "/predict", 405, service.SENTENCES[405]),
        ("POST", "/", 405, service.SENTENCES[405]),
        ("POST", "/predict", 415, None),
    ],
)
def test_a_refusal_is_a_sentence_and_names_the_network(
    app, method, path, status, sentence
):
    answer = asked(app, method, path)
    found = answer.json()
    assert answer.status_code == status and set(found) == SERVED | {"detail"}
    assert sentence in (None, found["detail"]) and len(found["detail"].split()) > 5


def test_a_fault_of_its_own_is_said(app, monkeypatch):
    monkeypatch.setattr(Desk, "look", lambda *_: 1 / 0)
    answer = sent(app, "/predict")
    assert answer.status_code == 500
    assert answer.json()["detail"] == service.BROKEN


def test_who_hangs_up_is_no_fault(app):
    head = {"type": "http", "method": "POST", "path": "/predict"}
    head |= {
        "raw_path": b"/predict",
        "query_string": b"",
        "root_path": "",
        "http_version": "1.1",
    }
    head |= {"scheme": "http", "client": ("127.0.0.1", 1), "server": ("localhost", 80)}
    kind = b"multipart/form-data; boundary=x"
    head["headers"] = [(b"host", b"localhost"), (b"content-type", kind)]
    said = []

    async def hang_up():
        return {"type": "http.disconnect"}

    async def note(message):
        said.append(message)

    asyncio.run(app(head, hang_up, note))
    assert [one["type"][14:] for one in said] == ["start", "body"]
    assert said[0]["status"] == 400 and said[1]["body"] == b""


@pytest.mark.parametrize("path, kind", [("/", "html"), ("/docs", "html")])
def test_its_pages_may_load_from_here_alone(app, path, kind):
    answer = asked(app, "GET", path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(f"text/{kind}")
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    head = asked(app, "HEAD", path)
    assert head.status_code == 200 and not head.content


def test_scripts_are_called_scripts(app):
    answer = asked(app, "GET", "/page/page.js")
    assert answer.headers["content-type"].startswith("text/javascript")


def test_the_page_leads_to_that_of_the_network_where_there_is_one(
    app, tmp_path, monkeypatch
):
    made = tmp_path / "page.html"
    made.write_text(META)
    monkeypatch.setattr(network, "PAGE", made)
    with_one = service.build()
    for one, there in (app, False), (with_one, True):
        assert ("Every number" in asked(one, "GET", "/").text) == there
    answer = asked(with_one, "GET", "/network")
    assert answer.text == META and answer.headers["content-security-policy"] == (
        "none; frame-ancestors 'none'"
    )
    assert asked(with_one, "HEAD", "/network").status_code == 200


def test_the_card_and_the_health_are_told(app):
    card = json.loads(network.MODEL.with_suffix(".json").read_text(encoding="utf-8"))
    found = asked(app, "GET", "/health").json()
    assert found == {"model": card["model"], "model_sha256": card["sha256"]}
    assert asked(app, "HEAD", "/health").status_code == 200
    told = asked(app, "GET", "/model").json()
    assert told["class_names"] == card["class_names"] and told["size"] == 32


def test_nothing_is_told_to_anybody_else():
    """FastAPI can send measurements to whatever collects them."""
    assert service.SILENT and not any(service.SILENT.values())
