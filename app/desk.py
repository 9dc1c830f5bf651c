"""Where photos wait for the network: one after another, and not for ever."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from weakref import WeakValueDictionary

import numpy as np
from fastapi import HTTPException, Request

from app import uploads
from app.connections import sender
from app.reader import Reader
from helpers import lite
from helpers.insight import occlusion

TURN_SECONDS = 10
FREE_SECONDS = 2  # to read a photo; of what it takes beyond, the sender owes ten times
OWED_SECONDS = 20  # with more than that, a sender has to wait
OWING = "your pictures take too long to read: try another one in a minute"


class Desk:
    """One thread has photos read and scores them, another draws maps.

    A single reader, because a photo may take reader.MAX_MEMORY to read.
    """

    def __init__(self, content: bytes, card: dict):
        self.class_names, self.size = card["class_names"], card["size"]
        self.room, self.reader = uploads.Room(), Reader(self.size)
        self.scorer, self.mapper = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self.for_scores = lite.interpreter(content)
        self.for_maps = lite.interpreter(content)
        self.lines = WeakValueDictionary()
        self.owing = {}  # until when, by sender

    async def scores(self, request: Request) -> dict:
        """Answer with the class and the scores of the photo in a request."""
        async with self.room.hold(request) as photo:
            return self.told(*await self.classified(request, photo))

    async def explanation(self, request: Request) -> dict:
        """Answer with scores, with the pixels seen, and with the class's map."""
        async with self.room.hold(request) as photo:
            pixels, scores = await self.classified(request, photo)
            label = scores.argmax()
            drops = await self.turn(request, self.mapper, self.map, pixels, label)
        seen = {"pixels": pixels.tolist(), "drops": drops.tolist()}
        return self.told(pixels, scores) | seen

    async def classified(self, request, photo) -> tuple[np.ndarray, np.ndarray]:
        """Read the photo and score it; HTTPException if it cannot be read."""
        who = sender(request.client)
        try:
            return await self.turn(request, self.scorer, self.look, photo, who)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error

    async def turn(self, request: Request, executor: ThreadPoolExecutor, work, *given):
        """Do the work on a thread, or answer 503 if its turn does not come in time.

        Each sender has one photo in the queue at a time, so all have their turns.
        """
        line = self.lines.setdefault((sender(request.client), executor), asyncio.Lock())
        try:
            async with asyncio.timeout(TURN_SECONDS), line:
                run = asyncio.get_running_loop().run_in_executor
                return await run(executor, work, *given)
        except TimeoutError as error:
            raise uploads.busy() from error

    def look(self, photo: memoryview, who: str) -> tuple[np.ndarray, np.ndarray]:
        """Return a file's `(size, size, 3)` pixels and a score for each class.

        Slow photos must not fill the day: after them their sender has to wait.
        """
        if self.owing.get(who, 0) > time.monotonic() + OWED_SECONDS:
            raise HTTPException(429, OWING, {"Retry-After": "60"})
        if not self.reader.wait():
            raise uploads.busy()
        began = time.monotonic()
        try:
            pixels = self.reader.read(photo)
        finally:
            now = time.monotonic()
            if (beyond := now - began - FREE_SECONDS) > 0:
                self.owing[who] = max(now, self.owing.get(who, 0)) + 10 * beyond
        return pixels, lite.scores(self.for_scores, pixels[None])[0]

    def map(self, pixels: np.ndarray, label: int) -> np.ndarray:
        """Return how far the class's score falls where the pixels are covered."""
        scores = partial(lite.scores, self.for_maps)
        square = max(self.size // 4, 1), max(self.size // 16, 1)
        return occlusion.drops(scores, pixels, label, *square)

    def told(self, pixels: np.ndarray, scores: np.ndarray) -> dict:
        """Name the best class, and each score by its class."""
        named = dict(zip(self.class_names, scores.tolist(), strict=True))
        return {"class": self.class_names[scores.argmax()], "scores": named}
