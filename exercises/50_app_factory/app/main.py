"""The app of one pod: what it opens and closes, and its routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI

from .admin import create_admin
from .resources import Cache, Database, Settings, Worker

resources: dict[str, Any] = {}
router = APIRouter()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    resources["db"] = Database(settings)
    resources["cache"] = Cache(settings)
    # TODO 1: the worker and the admin app are never started. Nobody noticed.
    await resources["db"].start()
    await resources["cache"].start()
    await resources["cache"].warm_up()
    yield
    # TODO 2: this is not always reached.
    await resources["db"].stop()
    await resources["cache"].stop()


def create_app(settings: Settings) -> FastAPI:
    """Make the app of a pod; it is started and stopped by its lifespan."""
    app = FastAPI(title="Bookshop", lifespan=lifespan)
    app.state.settings = settings
    app.include_router(router)
    app.mount("/admin", create_admin(settings))
    worker = Worker(settings)

    @app.on_event("startup")
    async def start_worker() -> None:
        await worker.start()

    @app.on_event("shutdown")
    async def stop_worker() -> None:
        await worker.stop()

    return app


@router.get("/live")
async def is_live() -> dict[str, str]:
    return {"status": "live"}


@router.get("/ready")
async def is_ready() -> dict[str, str]:
    # TODO 4: the fourth of these requests gets an error.
    connection = await resources["db"].connect()
    await connection.run("SELECT 1")
    return {"status": "ready"}
