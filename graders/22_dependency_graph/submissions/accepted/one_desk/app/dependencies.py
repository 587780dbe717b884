"""Dependencies: a desk for each request, which has the user, the session and the numbers."""

from collections.abc import Iterator
from functools import cache
from typing import Annotated

from fastapi import Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field, ValidationInfo, field_validator

from .cache import Cache
from .config import Settings, parse_settings
from .database import Session, draw_number
from .models import Plant, PlantView, User
from .security import Token


@cache
def _parse_once() -> Settings:
    return parse_settings()


def get_settings() -> Settings:
    return _parse_once()


def open_session() -> Iterator[Session]:
    session = Session()
    try:
        yield session
    finally:
        session.close()


def add_request_number(request: Request, response: Response) -> None:
    request.state.number = draw_number()
    response.headers["X-Request"] = str(request.state.number)


class Prices:
    """Shows plants in the shop's own currency, and knows its cache."""

    def __init__(self, settings: Annotated[Settings, Depends(get_settings)]) -> None:
        self.settings = settings

    def show(self, plant: Plant) -> PlantView:
        price = round(plant.price * (1 + self.settings.tax), 2)
        shown = plant.model_dump() | {"price": price, "currency": self.settings.currency}
        return PlantView.model_validate(shown)


class Desk:
    """What a user works with; nobody else gets one."""

    def __init__(self, token: Token, session: Annotated[Session, Depends(open_session)]) -> None:
        self.session = session
        user = session.find_user(token)
        if user is None:
            raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})
        self.user = user

    def draw_number(self) -> int:
        return draw_number()


DeskDep = Annotated[Desk, Depends()]
PricesDep = Annotated[Prices, Depends()]


def get_session(desk: DeskDep) -> Session:
    return desk.session


def get_user(desk: DeskDep) -> User:
    return desk.user


def get_entry_number(desk: DeskDep) -> int:
    return desk.draw_number()


def get_request_number(request: Request) -> int:
    number: int = request.state.number
    return number


def get_cache(_: DeskDep, prices: PricesDep) -> Cache:
    return Cache(prices.settings.cache_url)


def find_plant(plant_id: int, desk: DeskDep) -> Plant:
    plant = desk.session.get_plant(plant_id)
    if plant is None:
        raise HTTPException(404, f"Plant {plant_id} does not exist.")
    return plant


class Page(BaseModel):
    page: int = Field(1, ge=1)
    size: int = Field(20, ge=1, le=100, validate_default=True)

    @field_validator("size")
    @classmethod
    def stay_within(cls, size: int, info: ValidationInfo) -> int:
        if info.data.get("page", 1) * size > 10_000:
            raise ValueError("page times size is more than 10000")
        return size

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size


CacheDep = Annotated[Cache, Depends(get_cache)]
CurrentUser = Annotated[User, Depends(get_user)]
EntryNumber = Annotated[int, Depends(get_entry_number, use_cache=False)]
FoundPlant = Annotated[Plant, Depends(find_plant)]
PageDep = Annotated[Page, Query()]
RequestNumber = Annotated[int, Depends(get_request_number)]
SessionDep = Annotated[Session, Depends(get_session)]
