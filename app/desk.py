"""Where photos wait for the network: one after another, and not for ever."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from fastapi import HTTPException, Request

from app import uploads
from helpers import lite
from helpers.insight import occlusion
from helpers.photos import load_photo

TURN_SECONDS = 10


class Desk:
    """One thread reads and scores photos, another draws maps.

    A single reader, because a photo may take uploads.MAX_MEMORY to read.
    """

    def __init__(self, content: bytes, class_names: list[str], upload_seconds: float):
        self.class_names, self.upload_seconds = class_names, upload_seconds
        self.room = uploads.Room()
        self.scorer, self.mapper = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self.for_scores = lite.interpreter(content)
        self.for_maps = lite.interpreter(content)

    async def scores(self, request: Request) -> dict:
        """Answer with the class and the scores of the photo in a request."""
        async with self.room.hold(request):
            return self.told(*await self.classified(request))

    async def explanation(self, request: Request) -> dict:
        """Answer with scores, with the pixels seen, and with the class's map."""
        async with self.room.hold(request):
            pixels, scores = await self.classified(request)
            drops = await turn(self.mapper, self.map, pixels, scores.argmax())
        seen = {"pixels": pixels.tolist(), "drops": drops.tolist()}
        return self.told(pixels, scores) | seen

    async def classified(self, request: Request) -> tuple[np.ndarray, np.ndarray]:
        """Read the photo and score it; HTTPException if it cannot be read."""
        photo = await uploads.read_photo(request, self.upload_seconds)
        try:
            return await turn(self.scorer, self.look, photo)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error

    def look(self, photo: bytes) -> tuple[np.ndarray, np.ndarray]:
        """Return a file's `(32, 32, 3)` pixels and its `(10,)` scores."""
        pixels = load_photo(photo, max_memory=uploads.MAX_MEMORY)
        return pixels, lite.scores(self.for_scores, pixels[None])[0]

    def map(self, pixels: np.ndarray, label: int) -> np.ndarray:
        """Return how far the class's score falls where the pixels are covered."""
        return occlusion.drops(partial(lite.scores, self.for_maps), pixels, label)

    def told(self, pixels: np.ndarray, scores: np.ndarray) -> dict:
        """Name the best class, and each score by its class."""
        named = dict(zip(self.class_names, scores.tolist(), strict=True))
        return {"class": self.class_names[scores.argmax()], "scores": named}


async def turn(executor: ThreadPoolExecutor, work, *given):
    """Do the work on a thread, or answer 503 if its turn does not come in time."""
    future = asyncio.get_running_loop().run_in_executor(executor, work, *given)
    try:
        return await asyncio.wait_for(future, TURN_SECONDS)
    except TimeoutError as error:
        raise uploads.busy() from error
