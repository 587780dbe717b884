"""The app of one pod: a stack of what has to be left, and a check for each reason to wait."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request

from .admin import create_admin
from .resources import Cache, Database, Resource, ResourceError, Settings, Worker


@asynccontextmanager
async def opened(resource: Resource) -> AsyncIterator[Resource]:
    await resource.start()
    try:
        yield resource
    finally:
        await resource.stop()


@dataclass
class Shop:
    database: Database
    cache: Cache
    is_warm: bool = False


async def warm_up(shop: Shop) -> None:
    try:
        await shop.cache.warm_up()
    except ResourceError as error:
        logging.getLogger("app").error("No warm-up: %s", error)
    else:
        shop.is_warm = True


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    settings: Settings = app.state.settings
    shop = Shop(Database(settings), Cache(settings))
    async with AsyncExitStack() as stack:
        for resource in (shop.database, shop.cache, Worker(settings)):
            await stack.enter_async_context(opened(resource))
        admin: FastAPI = app.state.admin
        await stack.enter_async_context(admin.router.lifespan_context(admin))
        task = asyncio.create_task(warm_up(shop))
        try:
            yield {"shop": shop}
        finally:
            app.state.takes_customers = False
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def check_phase(request: Request) -> None:
    if not request.app.state.takes_customers or not hasattr(request.state, "shop"):
        raise HTTPException(503, "starting or stopping")
    if not request.state.shop.is_warm:
        raise HTTPException(503, "cold")


async def check_resources(request: Request) -> None:
    shop: Shop = request.state.shop
    async with AsyncExitStack() as stack:
        try:
            connection = await shop.database.connect()
            stack.push_async_callback(connection.aclose)
            await asyncio.gather(connection.run("SELECT 1"), shop.cache.ping())
        except ResourceError:
            raise HTTPException(503, "out of order") from None


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(title="Bookshop", lifespan=lifespan)
    app.state.settings = settings
    app.state.admin = create_admin(settings)
    app.state.takes_customers = True
    app.mount("/admin", app.state.admin)

    @app.get("/live")
    async def is_live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/ready", dependencies=[Depends(check_phase), Depends(check_resources)])
    async def is_ready() -> dict[str, str]:
        return {"status": "ready"}

    @app.post("/drain", status_code=204)
    async def drain() -> None:
        app.state.takes_customers = False

    return app
