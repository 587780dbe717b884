"""The routes of the tracking page, its client and its errors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse

from .carrier import CarrierError, ask, make_client
from .models import Depot, Name, Parcel


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.carrier = make_client()
    try:
        yield
    finally:
        await app.state.carrier.aclose()


app = FastAPI(title="Tracking", lifespan=lifespan)


@app.exception_handler(CarrierError)
async def answer_carrier_error(_: Request, error: CarrierError) -> JSONResponse:
    return JSONResponse({"detail": error.detail}, error.status)


def get_headers(
    accept_language: Annotated[str | None, Header()] = None,
    x_request_id: Annotated[str | None, Header()] = None,
) -> dict[str, str]:
    named = {"Accept-Language": accept_language, "X-Request-Id": x_request_id}
    return {name: value for name, value in named.items() if value is not None}


Headers = Annotated[dict[str, str], Depends(get_headers)]


@app.get("/parcels", response_model=Parcel)
async def read_parcel(number: Name, request: Request, headers: Headers) -> Any:
    return await ask(request.app.state.carrier, "/parcels", number, headers, Parcel)


@app.get("/depots", response_model=Depot)
async def read_depot(code: Name, request: Request, headers: Headers) -> Any:
    return await ask(request.app.state.carrier, "/depots", code, headers, Depot)
