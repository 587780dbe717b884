"""The application: it puts the routers together."""

from fastapi import FastAPI
from fastapi.routing import APIRoute

from . import admin, members, profile, reports


def name_operation(route: APIRoute) -> str:
    """Give operations short names, for the client that is generated."""
    return route.name


app = FastAPI(title="Swimming club", generate_unique_id_function=name_operation)

# TODO 1: let each path lead to its own route.
# TODO 2: close the door of the office.
# TODO 3: serve everything as version 2 besides.
app.include_router(members.router)
app.include_router(profile.router)
app.include_router(reports.router, prefix="/api/v1")
app.include_router(admin.router)
