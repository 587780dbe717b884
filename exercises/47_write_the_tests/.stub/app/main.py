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
    yield
    database.close()


async def refuse(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "This is not possible"}, status_code=409)


def create_app() -> FastAPI:
    app = FastAPI(title="Shop", lifespan=lifespan)
    for module in (members, items, orders):
        app.include_router(module.router)
    app.add_exception_handler(sqlite3.IntegrityError, refuse)
    return app


app = create_app()
