"""The API of the house."""

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse

from .document import complete
from .internal import router as internal
from .models import Booking, NewBooking, NewRoom, Room
from .store import STAFF, store

rooms = APIRouter(tags=["rooms"])
bookings = APIRouter(prefix="/bookings", tags=["bookings"])


@rooms.post("/rooms", status_code=201, dependencies=STAFF, operation_id="rooms-add_room")
async def add_room(room: NewRoom) -> Room:
    return Room(**store.add_room(room.model_dump()))


@rooms.get("/rooms/{code}", operation_id="rooms-find_room")
async def find_room(code: str) -> Room:
    return Room(**store.find_room(code))


@rooms.get("/room/{code}", operation_id="rooms-find_old_room")
async def find_old_room(code: str) -> Room:
    return Room(**store.find_room(code))


@bookings.get("", dependencies=STAFF, operation_id="bookings-list_bookings")
async def list_bookings() -> list[Booking]:
    return [Booking(**booking) for booking in store.list_bookings()]


@bookings.post("", status_code=201, operation_id="bookings-book")
async def book(booking: NewBooking) -> Booking:
    return Booking(**store.book(booking.model_dump()))


@bookings.post("/{number}/confirm", operation_id="bookings-confirm")
async def confirm(number: int) -> Booking:
    return Booking(**store.confirm(number))


@bookings.get("/{number}/confirm", operation_id="bookings-confirm_by_link")
async def confirm_by_link(number: int) -> Booking:
    return Booking(**store.confirm(number))


def create_app(docs_enabled: bool) -> FastAPI:
    app = FastAPI(title="Community house", openapi_url=None)
    for router in (rooms, bookings, internal):
        app.include_router(router)
    if docs_enabled:
        document = complete(get_openapi(title=app.title, version="1", routes=app.routes))
        app.get("/openapi.json", include_in_schema=False)(lambda: document)
        app.get("/docs", include_in_schema=False)(show_swagger)
        app.get("/redoc", include_in_schema=False)(show_redoc)
    return app


def show_swagger() -> HTMLResponse:
    return get_swagger_ui_html(openapi_url="/openapi.json", title="Community house")


def show_redoc() -> HTMLResponse:
    return get_redoc_html(openapi_url="/openapi.json", title="Community house")
