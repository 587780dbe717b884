"""The routes of the parts catalogue, and how what they raise is answered."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from .store import Part, PartDraft, Store


class Problem(BaseModel):
    detail: str


class PartMissingError(Exception):
    code = 404


class SkuTakenError(Exception):
    code = 409


class HeadAsGet:
    """Let routes for GET serve HEAD: the server leaves the body out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self.app(scope, receive, send)


app = FastAPI(title="Parts catalogue")
app.add_middleware(HeadAsGet)
store = Store()


@app.exception_handler(PartMissingError)
@app.exception_handler(SkuTakenError)
async def answer(request: Request, error: PartMissingError | SkuTakenError) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, error.code)


def require_part(part_id: int) -> Part:
    if (part := store.get(part_id)) is None:
        raise PartMissingError(f"Part {part_id} does not exist.")
    return part


def require_free(sku: str, part_id: int | None = None) -> None:
    if (owner := store.find_id(sku)) not in (None, part_id):
        raise SkuTakenError(f"Part {owner} has this SKU.")


@app.get("/parts")
async def list_parts() -> list[Part]:
    return store.list_parts()


@app.post("/parts", status_code=201, responses={409: {"model": Problem}})
async def create_part(draft: PartDraft, request: Request, response: Response) -> Part:
    require_free(draft.sku)
    part = store.add(draft)
    response.headers["Location"] = str(request.url_for("read_part", part_id=part.id))
    return part


@app.get("/parts/{part_id}", responses={404: {"model": Problem}})
async def read_part(part_id: int) -> Part:
    return require_part(part_id)


@app.put("/parts/{part_id}", responses={404: {"model": Problem}, 409: {"model": Problem}})
async def replace_part(part_id: int, draft: PartDraft) -> Part:
    require_part(part_id)
    require_free(draft.sku, part_id)
    return store.put(part_id, draft)


@app.delete("/parts/{part_id}", status_code=204, responses={404: {"model": Problem}})
async def delete_part(part_id: int) -> None:
    require_part(part_id)
    store.remove(part_id)
