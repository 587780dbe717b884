"""Models: the shapes of rows and bodies."""

from decimal import Decimal

from pydantic import BaseModel, PositiveInt


class User(BaseModel):
    """Somebody who works at the nursery."""

    name: str


class Plant(BaseModel):
    """A plant as it is stored; the price is without tax."""

    id: int
    name: str
    price: Decimal


class PlantView(BaseModel):
    """A plant as it is shown; the price is with tax."""

    id: int
    name: str
    price: Decimal
    currency: str


class PlantPage(BaseModel):
    """A part of all plants, and how many there are."""

    total: int
    plants: list[PlantView]


class PlantDetails(PlantView):
    """A plant, and how often it was looked at."""

    views: int


class Move(BaseModel):
    """Pots that are taken from one place and put into another."""

    source: str
    target: str
    pieces: PositiveInt


class Booking(BaseModel):
    """Three numbers: of the request, and of the two entries."""

    request: int
    taken: int
    placed: int
