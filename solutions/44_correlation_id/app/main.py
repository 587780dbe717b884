"""The app: the routes of the ferries, and an id for each request."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from .ferries import open_desk, router
from .request_ids import RequestIds


class Desk(FastAPI):
    """An app with ids on all answers; `add_middleware` would stand inside of that to a crash."""

    def build_middleware_stack(self) -> ASGIApp:
        return RequestIds(super().build_middleware_stack())


app = Desk(lifespan=open_desk)
app.include_router(router)
