"""The API of the house."""

from typing import Any

from fastapi import APIRouter, FastAPI

from .internal import router as internal
from .models import Booking, NewBooking, Room
from .store import STAFF, Problem, store

rooms = APIRouter(tags=["rooms"])
bookings = APIRouter(prefix="/bookings", tags=["bookings"])


def refuse(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: {"model": Problem} for code in codes}


@rooms.post("/rooms", status_code=201, dependencies=STAFF, responses=refuse(401, 409))
async def add_room(room: Room) -> Room:
    return Room(**store.add_room(room.model_dump()))


@rooms.get("/rooms/{code}", responses=refuse(404))
async def find_room(code: str) -> Room:
    return Room(**store.find_room(code))


@rooms.get("/room/{code}", responses=refuse(404), deprecated=True)
async def find_old_room(code: str) -> Room:
    return Room(**store.find_room(code))


@bookings.get("", dependencies=STAFF, responses=refuse(401))
async def list_bookings() -> list[Booking]:
    return [Booking(**booking) for booking in store.list_bookings()]


@bookings.post("", status_code=201, responses=refuse(404, 409))
async def book(booking: NewBooking) -> Booking:
    return Booking(**store.book(booking.model_dump()))


@bookings.post("/{number}/confirm", responses=refuse(404))
async def confirm(number: int) -> Booking:
    return Booking(**store.confirm(number))


@bookings.get("/{number}/confirm", responses=refuse(404))
async def confirm_by_link(number: int) -> Booking:
    return Booking(**store.confirm(number))


def create_app(docs_enabled: bool) -> FastAPI:
    app = FastAPI(
        title="Community house",
        generate_unique_id_function=lambda route: f"{route.tags[0]}-{route.name}",
        openapi_url="/openapi.json" if docs_enabled else None,
    )
    app.include_router(rooms)
    app.include_router(bookings)
    app.include_router(internal, include_in_schema=False)
    return app
