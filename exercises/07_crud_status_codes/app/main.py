"""The routes of the parts catalogue. Whatever happens, the answer is a 200."""

from typing import Any

from fastapi import FastAPI

from .store import Part, PartDraft, Store

app = FastAPI(title="Parts catalogue")
store = Store()


@app.get("/parts")
async def list_parts() -> list[Part]:
    return store.list_parts()


@app.post("/parts")
async def create_part(draft: PartDraft) -> Part:
    # TODO 1: say that a part was created and where it is, or that its SKU is taken.
    return store.add(draft)


@app.get("/parts/{part_id}")
async def read_part(part_id: int) -> Any:
    # TODO 2: say whether the part was found.
    return store.get(part_id) or {"error": "not found"}


@app.put("/parts/{part_id}")
async def replace_part(part_id: int, draft: PartDraft) -> Any:
    # TODO 3: replace the whole part.
    part = store.get(part_id)
    if not part:
        return {"error": "not found"}
    changes = draft.model_dump(exclude_unset=True)
    return store.put(part_id, part.model_copy(update=changes))


@app.delete("/parts/{part_id}")
async def delete_part(part_id: int) -> dict[str, bool]:
    store.remove(part_id)
    return {"deleted": True}
