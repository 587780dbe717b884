"""The app of one pod: what it opens and closes, and its routes."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request

from .admin import create_admin
from .resources import Cache, Database, Resource, ResourceError, Settings, Worker

logger = logging.getLogger(__name__)
router = APIRouter()


class Pod:
    """What one app owns. Making it starts nothing."""

    def __init__(self, settings: Settings) -> None:
        self.db, self.cache, self.worker = Database(settings), Cache(settings), Worker(settings)
        self.admin = create_admin(settings)
        self.warm = self.draining = False

    async def warm_up(self) -> None:
        try:
            await self.cache.warm_up()
            self.warm = True
        except ResourceError:
            logger.exception("The cache stays cold, and this pod is never ready.")


@asynccontextmanager
async def run(resource: Resource) -> AsyncIterator[None]:
    await resource.start()
    try:
        yield
    finally:
        await resource.stop()


@asynccontextmanager
async def warming(pod: Pod) -> AsyncIterator[None]:
    task = asyncio.create_task(pod.warm_up())
    try:
        yield
    finally:
        pod.draining = True
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    pod: Pod = app.state.pod
    admin = pod.admin.router.lifespan_context(pod.admin)  # nobody else runs it for a mounted app
    async with run(pod.db), run(pod.cache), run(pod.worker), admin, warming(pod):
        yield


def create_app(settings: Settings) -> FastAPI:
    """Make the app of a pod; it is started and stopped by its lifespan."""
    app = FastAPI(title="Bookshop", lifespan=lifespan)
    app.state.pod = Pod(settings)
    app.include_router(router)
    app.mount("/admin", app.state.pod.admin)
    return app


async def get_pod(request: Request) -> Pod:
    pod: Pod = request.app.state.pod
    return pod


CurrentPod = Annotated[Pod, Depends(get_pod)]


@router.get("/live")
async def is_live() -> dict[str, str]:
    return {"status": "live"}


@router.get("/ready")
async def is_ready(pod: CurrentPod) -> dict[str, str]:
    if pod.draining or not pod.warm:
        raise HTTPException(503)
    try:
        async with aclosing(await pod.db.connect()) as connection:
            await connection.run("SELECT 1")
        await pod.cache.ping()
    except ResourceError:
        raise HTTPException(503) from None
    return {"status": "ready"}


@router.post("/drain", status_code=204)
async def drain(pod: CurrentPod) -> None:
    pod.draining = True
