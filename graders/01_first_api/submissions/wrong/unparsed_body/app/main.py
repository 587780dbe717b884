"""The first routes of the Corner Shop API. Nothing is stored yet."""

from decimal import Decimal
from typing import Annotated, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

app = FastAPI(title="Corner Shop API", version="2.1.0")


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


@app.post(
    "/items",
    status_code=201,
    openapi_extra={
        "requestBody": {"content": {"application/json": {"schema": Item.model_json_schema()}}}
    },
)
async def create_item(request: Request) -> Item:
    if not await request.body():
        raise RequestValidationError(
            [{"type": "missing", "loc": ("body",), "msg": "Field required", "input": None}]
        )
    try:
        return Item.model_validate(await request.json())
    except ValidationError as error:
        raise RequestValidationError(
            [
                {**each, "loc": ("body", *each["loc"])}
                for each in error.errors(include_url=False, include_context=False)
            ]
        ) from error
