"""The routes of the parts catalogue. Each outcome has a status of its own."""

from typing import Any

from fastapi import FastAPI, HTTPException, Response, status
from pydantic import BaseModel

from .store import Part, PartDraft, Store

app = FastAPI(title="Parts catalogue")
store = Store()


class Problem(BaseModel):
    detail: str


NOT_FOUND: dict[int | str, dict[str, Any]] = {status.HTTP_404_NOT_FOUND: {"model": Problem}}
CONFLICT: dict[int | str, dict[str, Any]] = {status.HTTP_409_CONFLICT: {"model": Problem}}


def find_part(part_id: int) -> Part:
    part = store.get(part_id)
    if part is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"Part {part_id} does not exist.")
    return part


def refuse_taken_sku(sku: str, part_id: int | None = None) -> None:
    """Refuse a SKU with 409, unless it is free or belongs to the part `part_id`."""
    owner = store.find_id(sku)
    if owner is not None and owner != part_id:
        raise HTTPException(status.HTTP_409_CONFLICT, f"Part {owner} has this SKU.")


@app.get("/parts")
async def list_parts() -> list[Part]:
    return store.list_parts()


@app.post("/parts", status_code=status.HTTP_201_CREATED, responses=CONFLICT)
async def create_part(draft: PartDraft, response: Response) -> Part:
    refuse_taken_sku(draft.sku)
    part = store.add(draft)
    response.headers["Location"] = f"/parts/{part.id}"
    return part


@app.head("/parts/{part_id}", responses=NOT_FOUND)
@app.get("/parts/{part_id}", responses=NOT_FOUND)
async def read_part(part_id: int) -> Part:
    return find_part(part_id)


@app.put("/parts/{part_id}", responses=NOT_FOUND | CONFLICT)
async def replace_part(part_id: int, draft: PartDraft) -> Part:
    find_part(part_id)
    refuse_taken_sku(draft.sku, part_id)
    return store.put(part_id, draft)


@app.delete("/parts/{part_id}", status_code=status.HTTP_204_NO_CONTENT, responses=NOT_FOUND)
async def delete_part(part_id: int) -> None:
    find_part(part_id)
    store.remove(part_id)
