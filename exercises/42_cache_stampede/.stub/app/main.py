"""The routes of the shop. Both take what they show out of a cache of their own."""

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from .cache import Cache
from .catalogue import LoadError, Product, load_pieces, load_product

app = FastAPI(title="Shop")
products = Cache(load_product)
stock = Cache(load_pieces)


class Stock(BaseModel):
    code: str
    pieces: int


@app.get("/products/{code}")
async def read_product(code: str) -> Product:
    product = await products.get(code)
    if product is None:
        raise HTTPException(404, "There is no such product.")
    return product


@app.get("/stock/{code}")
async def read_stock(code: str) -> Stock:
    return Stock(code=code, pieces=await stock.get(code))


@app.exception_handler(LoadError)
async def tell_failure(request: Request, error: LoadError) -> JSONResponse:
    return JSONResponse({"detail": "The catalogue does not answer."}, 503)
