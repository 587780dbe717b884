"""The routes of the parts catalogue. Each of them returns the response that is sent."""

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from .store import Part, PartDraft, Store

app = FastAPI(title="Parts catalogue")
store = Store()


class Message(BaseModel):
    detail: str


def answer(body: BaseModel, code: int = 200, **headers: str) -> Response:
    return JSONResponse(body.model_dump(mode="json"), code, headers)


def answer_missing(part_id: int) -> Response:
    return answer(Message(detail=f"Part {part_id} does not exist."), 404)


def answer_taken(sku: str, owner: int) -> Response:
    return answer(Message(detail=f"Part {owner} has this SKU."), 409)


@app.get("/parts")
async def list_parts() -> list[Part]:
    return store.list_parts()


@app.post("/parts", status_code=201, response_model=Part, responses={409: {"model": Message}})
async def create_part(draft: PartDraft) -> Response:
    owner = store.find_id(draft.sku)
    if owner is not None:
        return answer_taken(draft.sku, owner)
    part = store.add(draft)
    return answer(part, 201, location=f"parts/{part.id}")


@app.get("/parts/{id}", response_model=Part, responses={404: {"model": Message}})
async def read_part(id: int) -> Response:
    part = store.get(id)
    return answer_missing(id) if part is None else answer(part)


@app.head("/parts/{id}", include_in_schema=False)
async def check_part(id: int) -> Response:
    return Response(status_code=404 if store.get(id) is None else 200)


@app.put(
    "/parts/{id}", response_model=Part, responses={404: {"model": Message}, 409: {"model": Message}}
)
async def replace_part(id: int, draft: PartDraft) -> Response:
    if store.get(id) is None:
        return answer_missing(id)
    owner = store.find_id(draft.sku)
    if owner is not None and owner != id:
        return answer_taken(draft.sku, owner)
    return answer(store.put(id, draft))


@app.delete("/parts/{id}", status_code=204, responses={404: {"model": Message}})
async def delete_part(id: int) -> Response:
    if store.get(id) is None:
        return answer_missing(id)
    store.remove(id)
    return Response(status_code=204)
