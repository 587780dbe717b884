"""The app: the routes of the ferries, and an id for each request."""

from fastapi import FastAPI
from starlette.middleware import Middleware

from .ferries import open_desk, router
from .request_ids import RequestIds

app = FastAPI(lifespan=open_desk, middleware=[Middleware(RequestIds)])
app.include_router(router)
