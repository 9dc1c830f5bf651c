"""The way of a photo into the service: limited in bytes and time, and in memory.

The form is taken apart here: a parser that calls Python for each header or each look of
a boundary can be kept busy for half a minute by 13 MB of them.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import HTTPException, Request

from app.connections import BUSY, sender
from app.reader import MAX_MEMORY
from helpers.photos import MAX_PIXELS

SECONDS = 30  # for a body to arrive
MAX_PHOTO = 16_000_000  # bytes: what phones write for 50 megapixels
MAX_BODY = 17_000_000  # bytes: such a photo and the form around it
MAX_HELD = 36_000_000  # bytes of all uploads at a time
MAX_FROM_ONE = 24_000_000  # of those, from one sender
MAX_TYPE, MAX_PART_HEAD = 512, 4096  # bytes of headers, outside and inside the form
# what it leaves to pixels beside the largest file, by what WEBP and JPEG take of it
LEAST_PIXELS = (MAX_MEMORY - 2 * MAX_PHOTO) // 16, (MAX_MEMORY - MAX_PHOTO) // 8
LIMITS = (  # as the page and the description say them
    "PNG, JPEG or WEBP, at most {} MB and {} megapixels (WEBP {}, some progressive "
    "JPEGs {})"
).format(*(n // 10**6 for n in (MAX_PHOTO, MAX_PIXELS, *LEAST_PIXELS)))

FORM_TYPE = "multipart/form-data"
PART = re.compile(rb"(?im)^content-disposition:\s*form-data\s*;(.*)$")
PARAMETER = re.compile(rb"""([^\s;="]+)=("(?:[^"\\]|\\.)*"|[^\s;"]+)""")
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


def busy() -> HTTPException:
    """Return the answer of a service that has too much to do."""
    return HTTPException(503, BUSY, {"Retry-After": "1"})


class Room:
    """What all requests hold at this moment; used by the event loop alone."""

    def __init__(self):
        self.held = Counter()  # bytes that have arrived, by sender

    @asynccontextmanager
    async def hold(self, request: Request) -> AsyncIterator[memoryview]:
        """Read a request's photo; HTTPException says what was wrong with the form."""
        who, mark, body = sender(request.client), boundary(request), bytearray()
        self.make_room(who, 0, int(request.headers.get("content-length", 0)))
        try:
            async with asyncio.timeout(SECONDS) as limit:
                async for part in request.stream():
                    self.make_room(who, len(body), len(part))
                    self.held[who] += len(part)
                    body += part
                limit.reschedule(None)
                yield photo_in(body, mark)
        except TimeoutError as error:
            raise HTTPException(408, SLOW) from error
        finally:
            self.held[who] -= len(body)
            self.held += Counter()  # forgets who holds nothing

    def make_room(self, who: str, held: int, more: int) -> None:
        """Raise HTTPException where there is no room for more bytes of a body."""
        if held + more > MAX_BODY:
            raise HTTPException(413, LARGE)
        theirs, all_held = self.held[who], self.held.total()
        if theirs + more > MAX_FROM_ONE or all_held + more > MAX_HELD:
            raise busy()


def parameters(header: bytes) -> dict[bytes, bytes]:
    """Return what stands behind a header's value, names in small letters."""
    return {name.lower(): x.strip(b'"') for name, x in PARAMETER.findall(header)}


def boundary(request: Request) -> bytes:
    """Return the line between the parts of a form; HTTPException if it is none."""
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != FORM_TYPE:
        raise HTTPException(415, NOT_A_FORM)
    mark = parameters(rest[:MAX_TYPE].encode("latin-1")).get(b"boundary")
    if not mark:
        raise HTTPException(400, WRONG_FORM)
    return b"--" + mark


def photo_in(body: bytearray, mark: bytes) -> memoryview:
    """Cut the one file out of a form; HTTPException if the form holds something else.

    Names are compared as bytes: no text codec that a stranger names is ever used.
    """
    begin = body.find(b"\r\n\r\n", 0, len(mark) + MAX_PART_HEAD)
    end = body.find(b"\r\n" + mark, begin + 2)
    part = PART.search(body, 0, max(begin, 0))
    told = parameters(part[1]) if part else {}
    named = told.get(b"name") == b"image" and {b"filename", b"filename*"} & {*told}
    last = end > 0 and body.startswith(b"--", end + 2 + len(mark))
    if not (named and last and body.startswith(mark + b"\r\n")):
        raise HTTPException(400, WRONG_FORM)
    return memoryview(body)[begin + 4 : end]
