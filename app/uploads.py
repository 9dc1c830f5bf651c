"""The way of a photo into the service: limited in bytes, number and time, in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import HTTPException, Request
from starlette.formparsers import MultiPartException, MultiPartParser

from helpers.photos import MAX_PIXELS

MAX_PHOTO = 16_000_000  # bytes: what phones write for 50 megapixels
MAX_BODY = 17_000_000  # bytes: such a photo and the form around it
MAX_HELD = 30_000_000  # bytes of all uploads at a time
MAX_WAITING = 256  # requests at a time
MAX_MEMORY = 220_000_000  # bytes that one photo may take to read
# what it leaves to pixels beside the largest file, by what WEBP and JPEG take of it
LEAST_PIXELS = (MAX_MEMORY - 3 * MAX_PHOTO) // 16, (MAX_MEMORY - MAX_PHOTO) // 8
LIMITS = (  # as the page and the description say them
    "PNG, JPEG or WEBP, at most {} MB and {} megapixels (WEBP {}, some progressive "
    "JPEGs {})"
).format(*(n // 10**6 for n in (MAX_PHOTO, MAX_PIXELS, *LEAST_PIXELS)))

FORM_TYPE = "multipart/form-data"
FORM = {  # as OpenAPI says it
    "type": "object",
    "properties": {
        "image": {
            "type": "string",
            "format": "binary",
            "description": LIMITS,
        }
    },
    "required": ["image"],
    "additionalProperties": False,
}
HOW = "send the photo as a file in the field `image` of a multipart form"
NOT_A_FORM = f"the request is no multipart form: {HOW}"
WRONG_FORM = f"the form is damaged or holds something else than a photo: {HOW}"
LARGE = (
    f"the upload is larger than {MAX_BODY // 10**6} MB: send a photo of at most "
    f"{MAX_PHOTO // 10**6} MB"
)
SLOW = "the photo took too long to arrive: try a smaller one or a faster connection"
BUSY = "the service is busy: try again in a second"


class InMemory(MultiPartParser):
    """Starlette's parser, which would write a photo above 1 MB to the disk."""

    spool_max_size = MAX_BODY


class Room:
    """What all requests hold at this moment; used by the event loop alone."""

    def __init__(self):
        self.requests = self.bytes = 0

    @asynccontextmanager
    async def hold(self, request: Request) -> AsyncIterator[None]:
        """Reserve room for a request's body, or answer 503 if there is none."""
        size = announced(request)
        if self.requests >= MAX_WAITING or self.bytes + size > MAX_HELD:
            raise busy()
        self.requests, self.bytes = self.requests + 1, self.bytes + size
        try:
            yield
        finally:
            self.requests, self.bytes = self.requests - 1, self.bytes - size


def busy() -> HTTPException:
    """Return the answer of a service that has too much to do."""
    return HTTPException(503, BUSY, {"Retry-After": "1"})


def announced(request: Request) -> int:
    """Return how many bytes a body can have: its length if told, else MAX_BODY."""
    length = request.headers.get("content-length")
    if length is None or "transfer-encoding" in request.headers:  # chunks tell none
        return MAX_BODY
    if int(length) > MAX_BODY:  # the server has refused what is no number
        raise HTTPException(413, LARGE)
    return int(length)


async def limited(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it arrives, at most MAX_BODY bytes of it.

    Starlette's `max_body_size` does the same, but with a sentence of its own.
    """
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise HTTPException(413, LARGE)
        yield part


async def read_photo(request: Request, seconds: float) -> bytes:
    """Return the file in the form field `image`; HTTPException says what was wrong."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM_TYPE:
        raise HTTPException(415, NOT_A_FORM)
    parser = InMemory(request.headers, limited(request), max_files=1, max_fields=0)
    try:
        async with asyncio.timeout(seconds):
            form = await parser.parse()
    except TimeoutError as error:
        raise HTTPException(408, SLOW) from error
    except MultiPartException as error:
        raise HTTPException(400, WRONG_FORM) from error
    try:
        if "image" not in form:
            raise HTTPException(400, WRONG_FORM)
        return await form["image"].read()
    finally:
        await form.close()
