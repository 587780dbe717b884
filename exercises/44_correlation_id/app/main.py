"""The app: the routes of the ferries, and an id for each request."""

from fastapi import FastAPI

from .ferries import open_desk, router
from .request_ids import add_request_id

app = FastAPI(lifespan=open_desk)
app.include_router(router)
app.middleware("http")(add_request_id)
