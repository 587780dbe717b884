"""The routes of the tracking page."""

from typing import Annotated

from fastapi import Depends, FastAPI

from .carrier import Carrier, open_client
from .models import Depot, Name, Parcel

app = FastAPI(title="Tracking", lifespan=open_client)

AskedCarrier = Annotated[Carrier, Depends()]


@app.get("/parcels")
async def read_parcel(number: Name, carrier: AskedCarrier) -> Parcel:
    return await carrier.ask("parcels", number, Parcel)


@app.get("/depots")
async def read_depot(code: Name, carrier: AskedCarrier) -> Depot:
    return await carrier.ask("depots", code, Depot)
