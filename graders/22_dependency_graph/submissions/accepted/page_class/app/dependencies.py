"""Dependencies of the desk, all of them `async`: none of them waits."""

from collections.abc import AsyncIterator
from contextlib import closing
from functools import cache
from typing import Annotated

from fastapi import Depends, HTTPException, Query, Response

from .cache import Cache
from .config import Settings, parse_settings
from .database import Session, draw_number
from .models import Plant, PlantView, User
from .security import Token

connect = cache(Cache)
load_settings = cache(parse_settings)


async def get_settings() -> Settings:
    return load_settings()


SettingsDep = Annotated[Settings, Depends(get_settings)]


async def get_cache(settings: SettingsDep) -> Cache:
    return connect(settings.cache_url)


async def get_session() -> AsyncIterator[Session]:
    with closing(Session()) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session, scope="function")]


async def get_current_user(token: Token, session: SessionDep) -> User:
    if user := session.find_user(token):
        return user
    raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})


CurrentUser = Annotated[User, Depends(get_current_user)]


async def find_plant(_: CurrentUser, plant_id: int, session: SessionDep) -> Plant:
    if plant := session.get_plant(plant_id):
        return plant
    raise HTTPException(404, f"Plant {plant_id} does not exist.")


async def add_request_number(response: Response) -> int:
    number = draw_number()
    response.headers["X-Request"] = str(number)
    return number


async def number_entry() -> int:
    return draw_number()


class Prices:
    def __init__(self, settings: SettingsDep) -> None:
        self._factor, self._currency = 1 + settings.tax, settings.currency

    def show(self, plant: Plant) -> PlantView:
        price = (plant.price * self._factor).quantize(plant.price)
        return PlantView(id=plant.id, name=plant.name, price=price, currency=self._currency)


class Page:
    def __init__(
        self,
        page: Annotated[int, Query(ge=1)] = 1,
        size: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> None:
        self.offset, self.size = (page - 1) * size, size


async def get_near_page(_: CurrentUser, page: Annotated[Page, Depends()]) -> Page:
    if page.offset + page.size > 10_000:
        raise HTTPException(422, "This page is too far away.")
    return page


CacheDep = Annotated[Cache, Depends(get_cache)]
FoundPlant = Annotated[Plant, Depends(find_plant)]
EntryNumber = Annotated[int, Depends(number_entry, use_cache=False)]
RequestNumber = Annotated[int, Depends(add_request_number)]
PageDep = Annotated[Page, Depends(get_near_page)]
PricesDep = Annotated[Prices, Depends()]
