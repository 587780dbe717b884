"""The routes of the ferries, with all kinds of answers. What they do, they report."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import (
    APIRouter,
    BackgroundTasks,
    Depends,
    FastAPI,
    HTTPException,
    Response,
    WebSocket,
)
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import BaseModel, Field

from .forecasts import Forecast
from .reports import report
from .weather import AskedWeather, make_client

router = APIRouter()


class Sailing(BaseModel):
    number: int
    port: str
    seats: int


class Booking(BaseModel):
    passenger: str = Field(min_length=1)


PORTS = ("Bergen", "Oslo", "Kiel", "Rostock")
_sailings = {
    number: Sailing(number=number, port=port, seats=60 * (4 - number))
    for number, port in enumerate(PORTS, start=1)
}
_passengers = {number: [f"Passenger {seat}" for seat in range(1, 41)] for number in _sailings}


@asynccontextmanager
async def open_desk(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """Open what the app needs at startup, and close it at shutdown."""
    report("desk opened")
    async with make_client() as client:
        yield {"client": client}
    report("desk closed")


def find_sailing(number: int) -> Sailing:
    report("sailing looked up", number)
    if number not in _sailings:
        raise HTTPException(404, f"There is no sailing {number}.")
    return _sailings[number]


FoundSailing = Annotated[Sailing, Depends(find_sailing)]


@router.get("/sailings/{number}")
def read_sailing(sailing: FoundSailing) -> Sailing:
    report("sailing read", sailing.number)
    return sailing


@router.get("/sailings/{number}/load")
async def read_load(sailing: FoundSailing) -> float:
    report("load read", sailing.number)
    return len(_passengers[sailing.number]) / sailing.seats  # crashes for a ferry without seats


@router.post("/sailings/{number}/bookings", status_code=201)
async def book(
    sailing: FoundSailing, booking: Booking, tasks: BackgroundTasks, response: Response
) -> Booking:
    _passengers[sailing.number].append(booking.passenger)
    report("booked", booking.passenger)
    tasks.add_task(print_ticket, booking.passenger)
    response.headers["Location"] = f"/sailings/{sailing.number}/passengers"
    return booking


def print_ticket(passenger: str) -> None:
    report("ticket printed", passenger)


@router.get("/sailings/{number}/passengers")
async def list_passengers(sailing: FoundSailing) -> StreamingResponse:
    return StreamingResponse(write_lines(sailing.number), media_type="text/plain")


async def write_lines(number: int) -> AsyncIterator[str]:
    for passenger in list(_passengers[number]):
        report("line written", passenger)
        yield f"{passenger}\n"


@router.get("/sailings/{number}/forecast")
async def read_forecast(sailing: FoundSailing, weather: AskedWeather) -> Forecast:
    report("forecast asked for", sailing.port)
    forecast = await weather.ask(sailing.port)
    report("forecast given", sailing.port)
    return forecast


@router.websocket("/board")
async def show_board(socket: WebSocket, port: str) -> None:
    report("board asked for", port)
    if port not in PORTS:
        await socket.send_denial_response(PlainTextResponse("There is no such port.", 404))
        return
    await socket.accept(headers=[(b"x-board", port.encode())])
    async for text in socket.iter_text():
        report("message", text)
        await socket.send_text(f"{port}: {text}")
