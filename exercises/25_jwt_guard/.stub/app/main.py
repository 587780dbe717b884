"""The rota of the food bank."""

from fastapi import FastAPI
from pydantic import BaseModel

from .guard import CurrentVolunteer
from .store import Volunteer

app = FastAPI(title="Rota of the food bank")


class Shift(BaseModel):
    day: str
    place: str


ROTA = [Shift(day="Monday", place="Warehouse"), Shift(day="Friday", place="Counter")]


@app.get("/me")
def read_me(volunteer: CurrentVolunteer) -> Volunteer:
    return volunteer


@app.get("/rota")
def read_rota(volunteer: CurrentVolunteer) -> list[Shift]:
    return ROTA
