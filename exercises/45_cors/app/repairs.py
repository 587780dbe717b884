"""The routes of the workshop, with all kinds of errors. They know nothing of browsers."""

from statistics import mean

from fastapi import APIRouter, HTTPException, Response
from pydantic import BaseModel, NonNegativeInt

router = APIRouter()


class NewRepair(BaseModel):
    bicycle: str
    price: NonNegativeInt


class Repair(NewRepair):
    number: int
    note: str = ""


class Note(BaseModel):
    note: str


_repairs = {
    1: Repair(number=1, bicycle="tourer", price=40),
    2: Repair(number=2, bicycle="racer", price=90),
    3: Repair(number=3, bicycle="tourer", price=60),
}


@router.get("/repairs")
def list_repairs(response: Response, limit: NonNegativeInt = 10) -> list[Repair]:
    response.headers["X-Total-Count"] = str(len(_repairs))
    response.headers["Vary"] = "Accept-Language"
    return list(_repairs.values())[:limit]


@router.post("/repairs", status_code=201)
def add_repair(new: NewRepair) -> Repair:
    number = max(_repairs, default=0) + 1
    _repairs[number] = Repair(number=number, **new.model_dump())
    return _repairs[number]


@router.get("/repairs/{number}")
def read_repair(number: int) -> Repair:
    if number not in _repairs:
        raise HTTPException(404, f"There is no repair {number}.")
    return _repairs[number]


@router.patch("/repairs/{number}")
def write_note(number: int, note: Note) -> Repair:
    repair = read_repair(number)
    repair.note = note.note
    return repair


@router.delete("/repairs/{number}", status_code=204)
def delete_repair(number: int) -> None:
    del _repairs[read_repair(number).number]


@router.post("/repairs/{number}/reminder")
def send_reminder(number: int) -> None:
    read_repair(number)
    raise HTTPException(503, "No mails are sent right now.", {"Retry-After": "60"})


@router.get("/average-price")
def read_average_price(bicycle: str) -> float:
    return mean(each.price for each in _repairs.values() if each.bicycle == bicycle)
