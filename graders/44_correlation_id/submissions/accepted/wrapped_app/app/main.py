"""The app: the routes of the ferries, and an id for each request around them."""

from fastapi import FastAPI

from .ferries import open_desk, router
from .request_ids import give_ids

desk = FastAPI(lifespan=open_desk)
desk.include_router(router)

app = give_ids(desk)
