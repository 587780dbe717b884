"""The API of the house."""

from fastapi import APIRouter, FastAPI

from .internal import router as internal
from .models import Booking, NewBooking, Room
from .store import STAFF, store

rooms = APIRouter(tags=["rooms"])
bookings = APIRouter(prefix="/bookings", tags=["bookings"])


# TODO 2: say which errors a route answers.
@rooms.post("/rooms", status_code=201, dependencies=STAFF)
async def add_room(room: Room) -> Room:
    return Room(**store.add_room(room.model_dump()))


@rooms.get("/rooms/{code}")
async def find_room(code: str) -> Room:
    return Room(**store.find_room(code))


@rooms.get("/room/{code}")
async def find_old_room(code: str) -> Room:
    return Room(**store.find_room(code))


@bookings.get("", dependencies=STAFF)
async def list_bookings() -> list[Booking]:
    return [Booking(**booking) for booking in store.list_bookings()]


@bookings.post("", status_code=201)
async def book(booking: NewBooking) -> Booking:
    return Booking(**store.book(booking.model_dump()))


@bookings.api_route("/{number}/confirm", methods=["GET", "POST"])
async def confirm(number: int) -> Booking:
    return Booking(**store.confirm(number))


# TODO 1: give the operations their names.
# TODO 4: show what is meant to be seen, to whom it is meant.
def create_app(docs_enabled: bool) -> FastAPI:
    app = FastAPI(title="Community house")
    for router in (rooms, bookings, internal):
        app.include_router(router)
    return app
