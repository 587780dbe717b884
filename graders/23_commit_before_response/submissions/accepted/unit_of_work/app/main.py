"""The routes of the box office: each opens a unit of work where it needs one."""

from collections.abc import AsyncIterator

from fastapi import BackgroundTasks, FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from sqlalchemy import select

from .database import lifespan, open_session
from .models import Booking
from .schemas import Move, SeatBooking
from .sessions import find_booking, unit_of_work
from .tickets import send_ticket

MOST_MOVES = 2

app = FastAPI(title="Box office", lifespan=lifespan)


@app.get("/bookings/{seat}", response_model=SeatBooking)
async def read_booking(seat: str) -> Booking:
    async with unit_of_work() as session:
        return await find_booking(session, seat)


@app.post("/bookings", status_code=201)
async def book_seat(wanted: SeatBooking, tasks: BackgroundTasks) -> SeatBooking:
    async with unit_of_work(wanted.seat) as session:
        session.add(Booking(**wanted.model_dump()))
    tasks.add_task(send_ticket, wanted.seat)
    return wanted


@app.patch("/bookings/{seat}")
async def move_guest(seat: str, move: Move, tasks: BackgroundTasks) -> SeatBooking:
    wanted = None if move.seat == seat else move.seat
    async with unit_of_work(wanted) as session:
        booking = await find_booking(session, seat)
        if booking.moves >= MOST_MOVES:
            raise HTTPException(403, f"A booking is moved {MOST_MOVES} times at most.")
        booking.seat = move.seat
        booking.moves += 1
    await send_ticket(move.seat)
    return SeatBooking.model_validate(booking)


@app.delete("/bookings/{seat}", status_code=204)
async def cancel_booking(seat: str) -> None:
    async with unit_of_work() as session:
        await session.delete(await find_booking(session, seat))


@app.get("/exports/bookings")
async def export_bookings() -> StreamingResponse:
    return StreamingResponse(write_lines(), media_type="application/jsonl")


async def write_lines() -> AsyncIterator[str]:
    """Read page by page, each after the last seat of the one before."""
    last = ""
    while True:
        query = select(Booking).where(Booking.seat > last).order_by(Booking.seat).limit(80)
        async with open_session() as session:
            page = (await session.scalars(query)).all()
        for booking in page:
            yield SeatBooking.model_validate(booking).model_dump_json() + "\n"
        if not page:
            return
        last = page[-1].seat
