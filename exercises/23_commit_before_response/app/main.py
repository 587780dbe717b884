"""The routes of the box office."""

from typing import Annotated

from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from sqlalchemy import select

from .database import lifespan
from .exports import write_lines
from .models import Booking
from .schemas import Move, SeatBooking
from .sessions import Session
from .tickets import send_ticket

MOST_MOVES = 2

app = FastAPI(title="Box office", lifespan=lifespan)


async def find_booking(seat: str, session: Session) -> Booking:
    booking = await session.scalar(select(Booking).where(Booking.seat == seat))
    if booking is None:
        raise HTTPException(404, f"Seat {seat} is not booked.")
    return booking


FoundBooking = Annotated[Booking, Depends(find_booking)]


@app.get("/bookings/{seat}", response_model=SeatBooking)
async def read_booking(booking: FoundBooking) -> Booking:
    return booking


@app.post("/bookings", status_code=201)
async def book_seat(wanted: SeatBooking, session: Session, tasks: BackgroundTasks) -> SeatBooking:
    session.add(Booking(seat=wanted.seat, guest=wanted.guest))
    tasks.add_task(send_ticket, wanted.seat)
    return wanted


@app.patch("/bookings/{seat}", response_model=SeatBooking)
async def move_guest(move: Move, booking: FoundBooking, tasks: BackgroundTasks) -> Booking:
    booking.seat = move.seat
    booking.moves += 1
    if booking.moves > MOST_MOVES:
        raise HTTPException(403, f"A booking is moved {MOST_MOVES} times at most.")
    tasks.add_task(send_ticket, move.seat)
    return booking


@app.delete("/bookings/{seat}", status_code=204)
async def cancel_booking(booking: FoundBooking, session: Session) -> None:
    await session.delete(booking)


@app.get("/exports/bookings")
async def export_bookings(session: Session) -> StreamingResponse:
    return StreamingResponse(write_lines(session), media_type="application/jsonl")
