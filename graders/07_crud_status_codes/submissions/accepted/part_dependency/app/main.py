"""The routes of the parts catalogue. Whoever needs a part asks for one that was found."""

from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request, Response

from .store import Part, PartDraft, Store

app = FastAPI(title="Parts catalogue")
store = Store()

SCHEMA = {"type": "object", "properties": {"detail": {"type": "string"}}}
PROBLEM = {"content": {"application/json": {"schema": SCHEMA}}}
MISSING: dict[int | str, dict[str, Any]] = {404: {"description": "No such part", **PROBLEM}}
TAKEN: dict[int | str, dict[str, Any]] = {409: {"description": "The SKU is taken", **PROBLEM}}


def find_part(part_id: int) -> Part:
    if part := store.get(part_id):
        return part
    raise HTTPException(status_code=404, detail=f"Part {part_id} does not exist.")


FoundPart = Annotated[Part, Depends(find_part)]


def refuse_owner(sku: str, owner: int | None) -> None:
    if owner is not None:
        raise HTTPException(status_code=409, detail=f"Part {owner} has this SKU.")


@app.get("/parts")
async def list_parts() -> list[Part]:
    return store.list_parts()


@app.post("/parts", status_code=201, responses=TAKEN)
async def create_part(draft: PartDraft, request: Request, response: Response) -> Part:
    refuse_owner(draft.sku, store.find_id(draft.sku))
    part = store.add(draft)
    response.headers["location"] = f"{request.base_url}parts/{part.id}"
    return part


@app.api_route("/parts/{part_id}", methods=["GET", "HEAD"], responses=MISSING)
async def read_part(part: FoundPart) -> Part:
    return part


@app.put("/parts/{part_id}", responses={**MISSING, **TAKEN})
async def replace_part(part: FoundPart, draft: PartDraft) -> Part:
    if draft.sku != part.sku:
        refuse_owner(draft.sku, store.find_id(draft.sku))
    return store.put(part.id, draft)


@app.delete("/parts/{part_id}", status_code=204, responses=MISSING)
async def delete_part(part: FoundPart) -> None:
    store.remove(part.id)
