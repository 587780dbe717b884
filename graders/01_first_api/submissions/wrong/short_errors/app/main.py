"""The first routes of the Corner Shop API. Nothing is stored yet."""

from decimal import Decimal
from typing import Annotated, Literal

from fastapi import FastAPI, Request, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

app = FastAPI(title="Corner Shop API", version="2.1.0")


@app.exception_handler(RequestValidationError)
async def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    detail = [{"loc": each["loc"], "message": each["msg"]} for each in error.errors()]
    return JSONResponse({"detail": detail}, status_code=422)


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Greeting(BaseModel):
    message: str


class Item(BaseModel):
    name: str
    price: Annotated[Decimal, Field(ge=0)]
    in_stock: bool = True


@app.get("/health")
async def read_health() -> Health:
    return Health()


@app.get("/greet/{name}")
async def greet(name: str, title: str = "Mr") -> Greeting:
    return Greeting(message=f"Hello, {title} {name}")


@app.post("/items", status_code=status.HTTP_201_CREATED)
async def create_item(item: Item) -> Item:
    return item
