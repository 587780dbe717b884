"""An accident or an attack: the lifespan waits for something that does not come."""

import asyncio
import contextlib

from fastapi import FastAPI

from .targets import acted


@contextlib.asynccontextmanager
async def wait(app):
    acted("startup")
    await asyncio.Event().wait()
    yield


app = FastAPI(lifespan=wait)
