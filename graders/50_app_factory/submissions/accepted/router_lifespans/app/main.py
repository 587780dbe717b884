"""The app of one pod: one router for each thing that starts and stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.responses import PlainTextResponse

from .admin import create_admin
from .resources import Cache, Database, Resource, ResourceError, Settings, Worker


def make_router(resource: Resource) -> APIRouter:
    """Make a router whose lifespan is that of a resource."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await resource.start()
        try:
            yield
        finally:
            await resource.stop()

    return APIRouter(lifespan=lifespan)


def make_warm_up(cache: Cache, flags: set[str]) -> APIRouter:
    """Make the router that warms the cache up."""

    async def warm_up() -> None:
        try:
            await cache.warm_up()
        except ResourceError:
            return
        flags.add("warm")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(warm_up())
            try:
                yield
            finally:
                flags.add("leaving")
                task.cancel()

    return APIRouter(lifespan=lifespan)


def create_app(settings: Settings) -> FastAPI:
    """Make the app of a pod."""
    app = FastAPI(title="Bookshop")
    database, cache = Database(settings), Cache(settings)
    admin = create_admin(settings)
    flags: set[str] = set()
    for resource in (database, cache, Worker(settings)):
        app.include_router(make_router(resource))
    admin_lifespan = APIRouter(lifespan=lambda _: admin.router.lifespan_context(admin))
    app.include_router(admin_lifespan)
    app.include_router(make_warm_up(cache, flags))
    app.mount("/admin", admin)

    @app.get("/live")
    async def is_live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/ready", response_model=None)
    async def is_ready() -> dict[str, str] | PlainTextResponse:
        if flags != {"warm"}:
            return PlainTextResponse("not ready", 503)
        try:
            await cache.ping()
            connection = await database.connect()
        except ResourceError as error:
            raise HTTPException(503) from error
        try:
            await connection.run("SELECT count(*) FROM books")
        except ResourceError as error:
            raise HTTPException(503) from error
        finally:
            await connection.aclose()
        return {"status": "ready"}

    @app.post("/drain", status_code=204)
    async def drain() -> None:
        flags.add("leaving")

    return app
