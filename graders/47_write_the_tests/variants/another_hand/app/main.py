"""The shop's application; `create_app` makes one more."""

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from . import items, members, orders
from .database import Database


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    database = Database(os.environ.get("SHOP_DATABASE", "shop.db"))
    database.create_tables()
    app.state.database = database
    try:
        yield
    finally:
        database.close()


async def refuse(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "Refused"}, status_code=409)


def create_app() -> FastAPI:
    shop = FastAPI(
        title="Shop", lifespan=lifespan, exception_handlers={sqlite3.IntegrityError: refuse}
    )
    shop.include_router(orders.router)
    shop.include_router(items.router)
    shop.include_router(members.router)
    return shop


app = create_app()
