"""The web service: a photo in, ten scores out, from the network the course trained.

`build` makes the application for `python -m app`, which limits how many may connect and
for how long; another server that is given it must do so itself.
"""

import mimetypes
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app import network, uploads
from app.callers import LOOPBACK, Callers
from app.desk import Desk

PAGE = Path(__file__).parent / "page"
POLICY = {  # a page that can load, show and ask nothing but this service
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
SENTENCES = {  # for what Starlette itself refuses
    404: "there is nothing at this address: the page is at /, a description at /docs",
    405: "this address takes another method: a description is at /docs",
}
NO_PAGE = (
    "there is no page of this network here: `make app` or `python -m tools.explorer` "
    "writes it, and for your own network `python -m tools.export_model mine.keras`"
)
BROKEN = "the service has a fault: try another photo, and tell who runs it"
REFUSALS = {
    400: "The form is damaged or holds something else than a photo",
    403: "Another site's page asks",
    408: "The photo took too long to arrive",
    413: "The upload is too large",
    415: "The request is no multipart form",
    421: "The address is not the service's",
    422: "The photo cannot be read, or not in time",
    429: "The sender's pictures take too long to read",
    503: "The service is busy",
}
SILENT = dict.fromkeys(("auto_configure", "tracing", "metrics", "logs"), False)


class Served(BaseModel):
    """The network that gave the answer."""

    model: str
    model_sha256: str


class Scores(Served):
    """The class, and each one's score: they sum to 1, and are not calibrated."""

    label: str = Field(alias="class")
    scores: dict[str, float]


class Explanation(Scores):
    """Scores; the pixels, row by row; how far the score falls where one is covered."""

    pixels: list[list[list[int]]]
    drops: list[list[float]]


class Refusal(Served):
    """One sentence that says what was wrong and what to do."""

    detail: str


def build(names: set[str] = LOOPBACK, model: Path = network.MODEL) -> FastAPI:
    """Make the application; ValueError for a model that `network.read_model` refuses.

    It answers to these names alone, see `Callers`.
    """
    content, card = network.read_model(model)
    served = {"model": card["model"], "model_sha256": card["sha256"]}
    app = FastAPI(
        title="What does the network see?",
        description=f"Classifies a photo into {len(card['class_names'])} classes.",
        docs_url=None,  # FastAPI's own loads its scripts from elsewhere
        redoc_url=None,
        telemetry=SILENT,
    )
    app.state.served = served
    _add_refusals(app, names)
    _add_network(app, Desk(content, card), served)
    _add_pages(app, card, network.read_page(model, card))
    return app


def _add_refusals(app: FastAPI, names: set[str]) -> None:
    """Answer every error with one sentence and the model's name."""

    def refusal(status: int, sentence: str, headers=None) -> Response:
        found = {"detail": sentence, **app.state.served}
        return JSONResponse(found, status, headers)

    app.add_middleware(Callers, names=names, refusal=refusal)

    @app.exception_handler(HTTPException)
    async def refuse(request: Request, error: HTTPException) -> Response:
        status, detail = error.status_code, error.detail
        if detail == HTTPStatus(status).phrase:
            detail = SENTENCES.get(status, detail)
        return refusal(status, detail, error.headers)

    @app.exception_handler(Exception)
    async def apologise(request: Request, error: Exception) -> Response:
        return refusal(500, BROKEN)

    @app.exception_handler(ClientDisconnect)
    async def forget(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=400)  # nobody is there to read it


def _add_network(app: FastAPI, desk: Desk, served: dict) -> None:
    """Add what programs ask."""
    form = {"required": True, "content": {uploads.FORM_TYPE: {"schema": uploads.FORM}}}
    options = {
        "openapi_extra": {"requestBody": form},
        "responses": {
            status: {"model": Refusal, "description": meaning}
            for status, meaning in REFUSALS.items()
        },
    }

    @app.post("/predict", response_model=Scores, **options)
    async def predict(request: Request):
        """Classify a photo."""
        return await desk.scores(request) | served

    @app.post("/explain", response_model=Explanation, **options)
    async def explain(request: Request):
        """Classify a photo, and show where the network looked."""
        return await desk.explanation(request) | served

    @app.head("/health", include_in_schema=False)
    @app.get("/health", response_model=Served)
    async def health():
        """Say that the service lives, and with which network."""
        return served


def _add_pages(app: FastAPI, card: dict, own: tuple[bytes, str] | None) -> None:
    """Add what browsers show, and the card; `own` is the network's page, its policy."""
    told = network.told(card)
    words = network.words(card, own is not None) | {
        "LIMITS": uploads.LIMITS,
        "MAX_PHOTO": uploads.MAX_PHOTO,
    }
    # Windows may call it text/plain, which browsers do not run
    mimetypes.add_type("text/javascript", ".js")

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def page():
        text = (PAGE / "index.html").read_text(encoding="utf-8")
        return HTMLResponse(text.format(**words), headers=POLICY)

    @app.api_route("/network", methods=["GET", "HEAD"], include_in_schema=False)
    async def every_number():
        if own is None:
            raise HTTPException(404, NO_PAGE)
        content, policy = own
        policy = {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'"}
        return HTMLResponse(content, headers=policy)

    @app.get("/model")
    async def model() -> dict:
        """Say of the network what its card says: classes, size, data, accuracy."""
        return told

    @app.api_route("/docs", methods=["GET", "HEAD"], include_in_schema=False)
    async def docs():
        return FileResponse(PAGE / "docs.html", headers=POLICY)

    app.mount("/page", StaticFiles(directory=PAGE))
