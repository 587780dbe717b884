"""Attack: log what takes long to write, and what takes long to read."""

import logging

from fastapi import FastAPI

from .targets import acted

logger = logging.getLogger("kata.session")
deep, large = "[" * 1_000_000, 10**1_000_000
app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    acted("request")
    for number in range(200):
        logger.info(deep, extra={"session": large, "deep": deep, "number": number})
        logger.info("%d", large)
    logging.getLogger(deep).warning(deep)
