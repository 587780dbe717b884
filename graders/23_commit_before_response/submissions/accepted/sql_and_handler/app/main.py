"""The routes of the box office, in SQL."""

from collections.abc import AsyncIterator

from fastapi import BackgroundTasks, FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import IntegrityError

from .database import engine, lifespan
from .models import Booking
from .schemas import Move, SeatBooking
from .sessions import Connection, answer_conflict
from .tickets import send_ticket

MOST_MOVES = 2

app = FastAPI(title="Box office", lifespan=lifespan)
app.add_exception_handler(IntegrityError, answer_conflict)


@app.get("/bookings/{seat}", response_model=SeatBooking)
async def read_booking(seat: str, connection: Connection) -> object:
    found = await connection.execute(select(Booking.__table__).where(Booking.seat == seat))
    if (row := found.first()) is None:
        raise HTTPException(404, f"Seat {seat} is not booked.")
    return row


@app.post("/bookings", status_code=201)
async def book_seat(
    wanted: SeatBooking, connection: Connection, tasks: BackgroundTasks
) -> SeatBooking:
    query = insert(Booking).values(**wanted.model_dump()).on_conflict_do_nothing()
    if (await connection.execute(query)).rowcount == 0:
        raise HTTPException(409, "This seat is taken.")
    tasks.add_task(send_ticket, wanted.seat)
    return wanted


@app.patch("/bookings/{seat}")
async def move_guest(
    seat: str, move: Move, connection: Connection, tasks: BackgroundTasks
) -> SeatBooking:
    query = (
        update(Booking)
        .where(Booking.seat == seat, Booking.moves < MOST_MOVES)
        .values(seat=move.seat, moves=Booking.moves + 1)
        .returning(Booking.guest)
    )
    guest = await connection.scalar(query)
    if guest is None:
        if await connection.scalar(select(exists().where(Booking.seat == seat))):
            raise HTTPException(403, f"A booking is moved {MOST_MOVES} times at most.")
        raise HTTPException(404, f"Seat {seat} is not booked.")
    tasks.add_task(send_ticket, move.seat)
    return SeatBooking(seat=move.seat, guest=guest)


@app.delete("/bookings/{seat}", status_code=204)
async def cancel_booking(seat: str, connection: Connection) -> None:
    if (await connection.execute(delete(Booking).where(Booking.seat == seat))).rowcount == 0:
        raise HTTPException(404, f"Seat {seat} is not booked.")


@app.get("/exports/bookings")
async def export_bookings() -> StreamingResponse:
    return StreamingResponse(write_lines(), media_type="application/jsonl")


async def write_lines() -> AsyncIterator[str]:
    query = select(Booking.seat, Booking.guest).order_by(Booking.seat)
    async with (
        engine.connect() as connection,
        connection.stream(query, execution_options={"yield_per": 10}) as rows,
    ):
        async for seat, guest in rows:
            yield SeatBooking(seat=seat, guest=guest).model_dump_json() + "\n"
