"""Dependencies of the desk, with markers as defaults."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Query, Response

from .cache import Cache
from .config import Settings, parse_settings
from .database import Session, draw_number
from .models import Plant, PlantView, User
from .security import Token

_settings = parse_settings()


def get_settings() -> Settings:
    return _settings


def get_cache(settings: Settings = Depends(get_settings)) -> Cache:
    return Cache(settings.cache_url)


def get_session() -> Generator[Session]:
    session = Session()
    try:
        yield session
    finally:
        session.close()


def get_current_user(token: Token, session: Session = Depends(get_session)) -> User:
    user = session.find_user(token)
    if user is None:
        raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})
    return user


def find_plant(
    plant_id: int,
    session: Session = Depends(get_session),
    _: User = Depends(get_current_user),
) -> Plant:
    plant = session.get_plant(plant_id)
    if plant is None:
        raise HTTPException(404, f"Plant {plant_id} does not exist.")
    return plant


def add_request_number(response: Response, number: int = Depends(draw_number)) -> None:
    response.headers["X-Request"] = str(number)


@dataclass(frozen=True)
class Prices:
    settings: Settings

    def show(self, plant: Plant) -> PlantView:
        price = round(plant.price + plant.price * self.settings.tax, 2)
        currency = self.settings.currency
        return PlantView(id=plant.id, name=plant.name, price=price, currency=currency)


def get_prices(settings: Settings = Depends(get_settings)) -> Prices:
    return Prices(settings)


@dataclass(frozen=True)
class Page:
    page: int = 1
    size: int = 20

    @property
    def offset(self) -> int:
        return self.size * (self.page - 1)


def get_page(
    _: User = Depends(get_current_user),
    page: int = Query(1, ge=1, le=10_000),
    size: int = Query(20, ge=1, le=100),
) -> Page:
    if page * size > 10_000:
        raise HTTPException(422, "This page is too far away.")
    return Page(page, size)


CacheDep = Annotated[Cache, Depends(get_cache)]
CurrentUser = Annotated[User, Depends(get_current_user)]
EntryNumber = Annotated[int, Depends(draw_number, use_cache=False)]
FoundPlant = Annotated[Plant, Depends(find_plant)]
PageDep = Annotated[Page, Depends(get_page)]
PricesDep = Annotated[Prices, Depends(get_prices)]
RequestNumber = Annotated[int, Depends(draw_number)]
SessionDep = Annotated[Session, Depends(get_session)]
