"""The API of the house: what routes share, their router says."""

from fastapi import APIRouter, Body, FastAPI
from fastapi.routing import APIRoute

from .internal import router as internal
from .models import Booking, NewBooking, Room
from .store import STAFF, Problem, store


def name(route: APIRoute) -> str:
    return f"{route.tags[-1]}-{route.name}"


ROOM = {"hall": {"summary": "The hall", "value": {"code": "H1", "seats": 200}}}
BOOKING = {
    "short": {"value": {"room": "A1", "day": "2027-03-01"}},
    "long": {"value": {"room": "A1", "day": "2027-03-01", "note": "Chess", "sent": "by mail"}},
}
MISSING = {404: {"model": Problem}}

rooms = APIRouter(tags=["rooms"])
known_rooms = APIRouter(responses=MISSING)
bookings = APIRouter(tags=["bookings"])
known_bookings = APIRouter(responses=MISSING)


@rooms.post(
    "/rooms",
    status_code=201,
    dependencies=STAFF,
    responses={401: {"model": Problem}, 409: {"model": Problem}},
)
async def add_room(room: Room = Body(openapi_examples=ROOM)) -> Room:
    return Room(**store.add_room(room.model_dump()))


@known_rooms.get("/rooms/{code}")
async def find_room(code: str) -> Room:
    return Room(**store.find_room(code))


@known_rooms.get("/room/{code}", deprecated=True)
async def find_old_room(code: str) -> Room:
    return Room(**store.find_room(code))


@bookings.get("/bookings", dependencies=STAFF, responses={401: {"model": Problem}})
async def list_bookings() -> list[Booking]:
    return [Booking(**booking) for booking in store.list_bookings()]


@known_bookings.post("/bookings", status_code=201, responses={409: {"model": Problem}})
async def book(booking: NewBooking = Body(openapi_examples=BOOKING)) -> Booking:
    return Booking(**store.book(booking.model_dump()))


@known_bookings.post("/bookings/{number}/confirm")
async def confirm(number: int) -> Booking:
    return Booking(**store.confirm(number))


@known_bookings.get("/bookings/{number}/confirm", name="confirm_by_link")
async def confirm_from_mail(number: int) -> Booking:
    return Booking(**store.confirm(number))


rooms.include_router(known_rooms)
bookings.include_router(known_bookings)


def create_app(docs_enabled: bool) -> FastAPI:
    app = FastAPI(
        title="Community house",
        generate_unique_id_function=name,
        openapi_url="/openapi.json" if docs_enabled else "",
    )
    app.include_router(rooms)
    app.include_router(bookings)
    app.include_router(internal, include_in_schema=False)
    return app
