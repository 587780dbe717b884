"""Dependencies: what routes take. They work, but they call each other, and FastAPI sees nothing."""

from typing import Annotated

from fastapi import Depends, HTTPException, Query, Response

from .cache import Cache
from .config import Settings, parse_settings
from .database import Session, draw_number
from .models import Plant, PlantView, User
from .security import Token


def get_settings() -> Settings:
    # TODO 1: this parses the settings for everybody who asks.
    return parse_settings()


def get_cache() -> Cache:
    return Cache(get_settings().cache_url)


def get_session() -> Session:
    return Session()


def get_current_user(token: Token) -> User:
    user = get_session().find_user(token)
    if user is None:
        raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})
    return user


def find_plant(plant_id: int) -> Plant:
    plant = get_session().get_plant(plant_id)
    if plant is None:
        raise HTTPException(404, f"Plant {plant_id} does not exist.")
    return plant


def add_request_number(response: Response) -> None:
    response.headers["X-Request"] = str(draw_number())


class Prices:
    def show(self, plant: Plant) -> PlantView:
        price = round(plant.price * (1 + get_settings().tax), 2)
        currency = get_settings().currency
        return PlantView(id=plant.id, name=plant.name, price=price, currency=currency)


class Page:
    def __init__(self, page: int = Query(1), size: int = Query(20)) -> None:
        self.offset = page * size
        self.size = size


CacheDep = Annotated[Cache, Depends(get_cache)]
CurrentUser = Annotated[User, Depends(get_current_user)]
EntryNumber = Annotated[int, Depends(draw_number)]
FoundPlant = Annotated[Plant, Depends(find_plant)]
PageDep = Annotated[Page, Depends()]
PricesDep = Annotated[Prices, Depends()]
RequestNumber = Annotated[int, Depends(draw_number)]
SessionDep = Annotated[Session, Depends(get_session)]
