"""The routes of the station, with all kinds of errors. They know nothing of the telephones."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, Json, NonNegativeInt, PositiveInt, field_validator

from .refusals import NoFreeLocker, Refusal, StationOffline, UnknownParcel

router = APIRouter()

VERSION = '"v7"'


class WrongPin(Refusal):
    status = 403
    code = "wrong_pin"


class Address(BaseModel):
    street: str
    house: PositiveInt


class NewParcel(BaseModel):
    weight: Annotated[Decimal, Field(gt=0, le=30)]
    width: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 20
    phone: str = "+49 30 1234"
    pin: Annotated[str, Field(pattern=r"^\d{4}$")] = "0000"
    contents: dict[str, PositiveInt] = {}
    labels: list[Annotated[str, Field(max_length=20)]] = []
    sender: Json[Address] | None = None

    @field_validator("phone")
    @classmethod
    def _has_country(cls, phone: str) -> str:
        if not phone.startswith("+"):
            raise ValueError("A phone number starts with its country.")
        return phone


class Pickup(BaseModel):
    pin: str


class Parcel(BaseModel):
    number: int
    weight: Decimal
    fee: Decimal = Decimal(0)


_parcels = {
    1: Parcel(number=1, weight=Decimal("2.5")),
    2: Parcel(number=2, weight=Decimal("11.0"), fee=Decimal("2.50")),
}
_pins = {1: "4711", 2: "0815"}
_addresses = {1: '{"street": "Rose Lane", "house": "seven"}', 2: '{"street": "Rose'}
_widths: dict[str, Any] = {"A1": 40, "A2": "wide", "B1": 60}
_log = {1: ("opened", "closed"), 2: ("opened", "{"), 3: ("opened", "offline")}


def require_courier(authorization: Annotated[str, Header()] = "") -> None:
    if authorization != "Bearer courier-token":  # for practice only, and public
        raise HTTPException(401, "Log in first.", {"WWW-Authenticate": 'Bearer realm="station"'})


@router.get("/parcels")
def list_parcels(response: Response, limit: NonNegativeInt = 10) -> list[Parcel]:
    response.headers["X-Total-Count"] = str(len(_parcels))
    return list(_parcels.values())[:limit]


@router.post("/parcels", status_code=201)
def add_parcel(new: NewParcel) -> Parcel:
    if new.width > 60:
        raise NoFreeLocker(f"No locker is {new.width:g} cm wide.")
    return Parcel(number=3, weight=new.weight)


@router.get("/parcels/{number}")
def read_parcel(number: int) -> Parcel:
    if number not in _parcels:
        raise UnknownParcel(f"There is no parcel {number}.")
    return _parcels[number]


@router.post("/parcels/{number}/pickup")
def pick_up(number: int, pickup: Pickup) -> Parcel:
    parcel = read_parcel(number)
    if pickup.pin != _pins[number]:
        raise WrongPin("This is not the PIN of this parcel.")
    if parcel.fee:
        raise HTTPException(402, {"fee": str(parcel.fee), "paid": []})
    return parcel


@router.post("/parcels/{number}/reminder")
def send_reminder(number: int) -> None:
    if read_parcel(number).fee:
        raise Refusal("The customer has to pay first.")
    raise StationOffline("The station does not answer right now.")


@router.get("/parcels/{number}/address")
def read_address(number: int) -> Address:
    read_parcel(number)
    return Address(**json.loads(_addresses[number]))  # a bug: what is stored does not fit


@router.get("/lockers")
def list_lockers(response: Response, if_none_match: Annotated[str, Header()] = "") -> list[str]:
    if if_none_match == VERSION:
        raise HTTPException(304, headers={"ETag": VERSION})
    response.headers["ETag"] = VERSION
    return ["A1", "A2", "B1"]


@router.get("/lockers/{name}")
def read_width(name: str) -> int:
    width: int = _widths[name]  # two bugs: it may be a text, and it may not be there
    return width


@router.get("/coffee")
def make_coffee() -> None:
    raise HTTPException(418)


@router.get("/tours", dependencies=[Depends(require_courier)])
def list_tours() -> list[int]:
    return [7, 12]


@router.get("/visits")
def count_visits() -> int:
    raise ConnectionError("SELECT count(*) FROM visits: no answer of pg://station:w4llnut@db")


@router.get("/stations/{number}/log")
def read_log(number: int) -> StreamingResponse:
    if number not in _log:
        raise HTTPException(410, [other for other in _log if other > number])  # go there instead
    return StreamingResponse(_write_log(number), media_type="application/jsonl")


def _write_log(number: int) -> Iterator[str]:
    for event in _log[number]:
        if event == "offline":
            raise StationOffline("The station went away in the middle of its log.")
        yield json.dumps({"event": event if event.isalpha() else json.loads(event)}) + "\n"
