"""The routes of the desk. They take what they need from `dependencies`, each by its alias."""

from fastapi import Depends, FastAPI

from . import checks, labels
from .dependencies import (
    CacheDep,
    CurrentUser,
    EntryNumber,
    FoundPlant,
    PageDep,
    PricesDep,
    RequestNumber,
    SessionDep,
    add_request_number,
)
from .models import Booking, Move, PlantDetails, PlantPage

app = FastAPI(title="Nursery desk", dependencies=[Depends(add_request_number)])
app.include_router(checks.router)
app.include_router(labels.router)


@app.get("/plants")
def list_plants(page: PageDep, session: SessionDep, prices: PricesDep, _: CurrentUser) -> PlantPage:
    plants = session.list_plants(page.offset, page.size)
    return PlantPage(total=session.count_plants(), plants=[prices.show(each) for each in plants])


@app.get("/plants/{plant_id}")
def read_plant(
    plant: FoundPlant, cache: CacheDep, prices: PricesDep, _: CurrentUser
) -> PlantDetails:
    views = cache.count(f"views of {plant.id}")
    return PlantDetails(**prices.show(plant).model_dump(), views=views)


@app.post("/plants/{plant_id}/moves", status_code=201)
def move_pots(
    plant: FoundPlant,
    move: Move,
    session: SessionDep,
    request: RequestNumber,
    taken: EntryNumber,
    placed: EntryNumber,
    _: CurrentUser,
) -> Booking:
    session.add_entry(taken, plant.id, move.source, -move.pieces)
    session.add_entry(placed, plant.id, move.target, move.pieces)
    return Booking(request=request, taken=taken, placed=placed)
