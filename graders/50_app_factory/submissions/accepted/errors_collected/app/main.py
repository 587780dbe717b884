"""The app of one pod: a list of what it starts, and of what has to be stopped."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response

from .admin import create_admin
from .resources import Cache, Database, Settings, Worker

router = APIRouter()
Call = Callable[[], Awaitable[Any]]


class Pod:
    def __init__(self, settings: Settings) -> None:
        self.database, self.cache = Database(settings), Cache(settings)
        self.admin = create_admin(settings)
        admin = self.admin.router.lifespan_context(self.admin)
        self.calls: list[tuple[Call, Call]] = [
            (each.start, each.stop) for each in (self.database, self.cache, Worker(settings))
        ]
        self.calls += [(admin.__aenter__, lambda: admin.__aexit__(None, None, None))]
        self.phase = "new"
        self.warm_up: asyncio.Task[None] | None = None

    def is_warm(self) -> bool:
        task = self.warm_up
        return task is not None and task.done() and task.exception() is None

    async def is_sound(self) -> bool:
        try:
            connection = await self.database.connect()
            try:
                await connection.run("SELECT 1")
            finally:
                await connection.aclose()
            await self.cache.ping()
        except Exception:
            return False
        return True

    async def live(self, _: FastAPI) -> AsyncIterator[None]:
        stops: list[Call] = []
        errors: list[Exception] = []
        try:
            for start, stop in self.calls:
                await start()
                stops.append(stop)
            self.warm_up = asyncio.create_task(self.cache.warm_up())
            self.phase = "open"
            yield
        except Exception as error:
            errors.append(error)
        finally:
            self.phase = "closed"
            if self.warm_up is not None:
                self.warm_up.cancel()
                await asyncio.gather(self.warm_up, return_exceptions=True)
            while stops:
                try:
                    await stops.pop()()
                except Exception as error:
                    errors.append(error)
            if errors:
                raise ExceptionGroup("The pod has trouble.", errors)


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(title="Bookshop")
    app.state.pod = Pod(settings)
    app.router.lifespan_context = asynccontextmanager(app.state.pod.live)
    app.include_router(router)
    app.mount("/admin", app.state.pod.admin)
    return app


@router.get("/live")
def is_live() -> dict[str, str]:
    return {"status": "live"}


@router.get("/ready")
async def is_ready(request: Request, response: Response) -> dict[str, str]:
    pod: Pod = request.app.state.pod
    if pod.phase == "open" and pod.is_warm() and await pod.is_sound():
        return {"status": "ready"}
    response.status_code = 503
    return {"status": "not ready"}


@router.post("/drain", status_code=204)
async def drain(request: Request) -> None:
    request.app.state.pod.phase = "draining"
