"""The routes of the desk."""

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, PositiveInt

from .bank import BankDown, CurrentBank
from .settings import CurrentSettings, Settings
from .store import Booking, CurrentStore, Rows

PRICE = 12

router = APIRouter()


class NewBooking(BaseModel):
    tour: str
    guests: PositiveInt


@router.get("/about")
async def read_about(settings: CurrentSettings) -> Settings:
    return settings


@router.get("/health")
async def read_health(request: Request) -> dict[str, bool]:
    return {"open": not request.app.state.store.closed}


@router.post("/bookings", status_code=201)
async def book(
    new: NewBooking, store: CurrentStore, bank: CurrentBank, settings: CurrentSettings
) -> Booking:
    if new.guests > settings.largest_group:
        raise HTTPException(422, f"A group has at most {settings.largest_group} guests.")
    price = PRICE * new.guests
    try:
        await bank.charge(price)
    except BankDown:
        raise HTTPException(503, "The bank does not answer. Nothing is booked.") from None

    def add(rows: Rows) -> Booking:
        number = max(rows, default=0) + 1
        rows[number] = Booking(id=number, tour=new.tour, guests=new.guests, price=price)
        return rows[number]

    booking: Booking = await store.call(add)
    return booking


@router.get("/bookings")
async def list_bookings(store: CurrentStore) -> list[Booking]:
    found: list[Booking] = await store.call(lambda rows: list(rows.values()))
    return found


@router.get("/bookings/{number}")
async def read_booking(number: int, store: CurrentStore) -> Booking:
    booking: Booking | None = await store.call(lambda rows: rows.get(number))
    if booking is None:
        raise HTTPException(404, "No such booking")
    return booking


@router.delete("/bookings/{number}", status_code=204)
async def cancel(number: int, store: CurrentStore, bank: CurrentBank) -> None:
    booking: Booking | None = await store.call(lambda rows: rows.pop(number, None))
    if booking is None:
        raise HTTPException(404, "No such booking")
    await bank.refund(booking.price)
