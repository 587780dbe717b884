"""Attack: drown what the grader keeps."""

import logging
import sys
import warnings

from fastapi import FastAPI

from .targets import acted

logger = logging.getLogger("kata.session")
app = FastAPI()


class Odd(int):
    def bit_length(self):
        return 1


@app.get("/{path:path}")
async def answer(path: str):
    if logger.isEnabledFor(logging.INFO):
        acted("request")
    for number in range(25_000):
        logger.info("opened", extra={"session": number, "big": Odd(2**70), "text": "x" * 50})
    for number in range(2_000):
        warnings.warn(f"{number}", UserWarning, stacklevel=1)
        sys.stderr.write("y" * 100)
