"""The API of the house."""

from fastapi import APIRouter, FastAPI

from .internal import router as internal
from .models import Booking, NewBooking, NewRoom, Room
from .store import STAFF, Problem, store

rooms = APIRouter(tags=["rooms"])
bookings = APIRouter(prefix="/bookings", tags=["bookings"])


@rooms.post(
    "/rooms",
    status_code=201,
    dependencies=STAFF,
    operation_id="rooms-add_room",
    responses={
        401: {"model": Problem, "description": "No key, or a wrong one"},
        409: {"model": Problem, "description": "The code is taken"},
    },
)
async def add_room(room: NewRoom) -> Room:
    return Room(**store.add_room(room.model_dump()))


@rooms.get("/rooms/{code}", operation_id="rooms-find_room", responses={404: {"model": Problem}})
@rooms.get(
    "/room/{code}",
    operation_id="rooms-find_old_room",
    responses={404: {"model": Problem}},
    deprecated=True,
)
async def find_room(code: str) -> Room:
    return Room(**store.find_room(code))


@bookings.get(
    "",
    dependencies=STAFF,
    operation_id="bookings-list_bookings",
    responses={401: {"model": Problem}},
)
async def list_bookings() -> list[Booking]:
    return [Booking(**booking) for booking in store.list_bookings()]


@bookings.post(
    "",
    status_code=201,
    operation_id="bookings-book",
    responses={404: {"model": Problem}, 409: {"model": Problem}},
)
async def book(booking: NewBooking) -> Booking:
    return Booking(**store.book(booking.model_dump()))


@bookings.post(
    "/{number}/confirm", operation_id="bookings-confirm", responses={404: {"model": Problem}}
)
@bookings.get(
    "/{number}/confirm",
    operation_id="bookings-confirm_by_link",
    responses={404: {"model": Problem}},
)
async def confirm(number: int) -> Booking:
    return Booking(**store.confirm(number))


def create_app(docs_enabled: bool) -> FastAPI:
    addresses = {} if docs_enabled else {"openapi_url": None, "docs_url": None, "redoc_url": None}
    app = FastAPI(title="Community house", **addresses)
    for router in (rooms, bookings):
        app.include_router(router)
    app.include_router(internal, include_in_schema=False)
    return app
