"""Dependencies: the tree that routes work with. What one of them needs, it takes as a parameter."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Self

from fastapi import Depends, HTTPException, Query, Response
from pydantic import BaseModel, Field, model_validator

from .cache import Cache
from .config import Settings, parse_settings
from .database import Session, draw_number
from .models import Plant, PlantView, User
from .security import Token


@lru_cache
def get_settings() -> Settings:
    return parse_settings()


def get_session() -> Iterator[Session]:
    session = Session()
    try:
        yield session
    finally:
        session.close()


SettingsDep = Annotated[Settings, Depends(get_settings)]
SessionDep = Annotated[Session, Depends(get_session)]
RequestNumber = Annotated[int, Depends(draw_number)]
EntryNumber = Annotated[int, Depends(draw_number, use_cache=False)]


def get_cache(settings: SettingsDep) -> Cache:
    return Cache(settings.cache_url)


def get_current_user(token: Token, session: SessionDep) -> User:
    user = session.find_user(token)
    if user is None:
        raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})
    return user


CacheDep = Annotated[Cache, Depends(get_cache)]
CurrentUser = Annotated[User, Depends(get_current_user)]


def find_plant(_: CurrentUser, plant_id: int, session: SessionDep) -> Plant:
    plant = session.get_plant(plant_id)
    if plant is None:
        raise HTTPException(404, f"Plant {plant_id} does not exist.")
    return plant


FoundPlant = Annotated[Plant, Depends(find_plant)]


def add_request_number(response: Response, number: RequestNumber) -> None:
    response.headers["X-Request"] = str(number)


class Prices:
    def __init__(self, settings: SettingsDep) -> None:
        self.settings = settings

    def show(self, plant: Plant) -> PlantView:
        price = round(plant.price * (1 + self.settings.tax), 2)
        currency = self.settings.currency
        return PlantView(id=plant.id, name=plant.name, price=price, currency=currency)


class Page(BaseModel):
    page: int = Field(default=1, ge=1)
    size: int = Field(default=20, ge=1, le=100)

    @model_validator(mode="after")
    def end_within_bounds(self) -> Self:
        if self.page * self.size > 10_000:
            raise ValueError("only the first 10000 plants can be asked for")
        return self

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size


PageDep = Annotated[Page, Query()]
PricesDep = Annotated[Prices, Depends()]
