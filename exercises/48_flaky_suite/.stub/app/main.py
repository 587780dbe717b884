"""The application of the desk; `create_app` makes one more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from . import bookings
from .store import Store


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.store = Store()
    yield
    await app.state.store.close()


def create_app() -> FastAPI:
    app = FastAPI(title="Booking desk", lifespan=lifespan)
    app.include_router(bookings.router)
    return app


app = create_app()
