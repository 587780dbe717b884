"""The app: routes, the guard of the sessions, and what browsers are told of other origins."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from . import repairs
from .sessions import SessionGuard

app = FastAPI()
app.include_router(repairs.router)

# TODO 1: any page on the web may read the answers, as whoever is logged in.
app.add_middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)
app.add_middleware(SessionGuard)
