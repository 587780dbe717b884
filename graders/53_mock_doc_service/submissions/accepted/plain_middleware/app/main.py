"""The routes of the document service, and a wrapper around the app for the page."""

from collections.abc import Awaitable, Callable

import starlette.exceptions
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy import select

from .database import Document, RequestSession
from .files import TextFile
from .schemas import DocumentCard
from .users import CurrentUser
from .worker import lifespan, wake

PAGE = "https://docs.example.com"
router = APIRouter(prefix="/documents")


async def refuse(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, starlette.exceptions.HTTPException):
        return JSONResponse({"error": str(error.detail) or "Refused."}, error.status_code)
    return JSONResponse({"error": "This request does not fit."}, 422)


@router.post("", status_code=202)
async def upload(user: CurrentUser, session: RequestSession, file: TextFile) -> DocumentCard:
    document = Document(owner=user, name=file.name, text=file.text)
    async with session.begin():
        session.add(document)
    wake.set()
    return DocumentCard.model_validate(document)


@router.get("")
async def list_own(user: CurrentUser, session: RequestSession) -> list[DocumentCard]:
    rows = await session.scalars(select(Document).filter_by(owner=user).order_by(Document.id))
    return [DocumentCard.model_validate(row) for row in rows]


async def get_own(number: int, user: str, session: RequestSession) -> Document:
    document = await session.get(Document, number)
    if document is None or document.owner != user:
        raise HTTPException(404, "No such document.")
    return document


@router.get("/{number}")
async def read(number: int, user: CurrentUser, session: RequestSession) -> DocumentCard:
    return DocumentCard.model_validate(await get_own(number, user, session))


@router.post("/{number}/retry", status_code=202)
async def retry(number: int, user: CurrentUser, session: RequestSession) -> DocumentCard:
    document = await get_own(number, user, session)
    if document.state != "failed":
        raise HTTPException(409, f"It is {document.state}.")
    document.state = "queued"
    await session.commit()
    wake.set()
    return DocumentCard.model_validate(document)


handlers = {starlette.exceptions.HTTPException: refuse, RequestValidationError: refuse}
app = FastAPI(lifespan=lifespan, exception_handlers=handlers)
app.include_router(router)


@app.middleware("http")
async def let_page_read(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    if request.headers.get("origin") != PAGE:
        return await call_next(request)
    is_preflight = "access-control-request-method" in request.headers
    answer = Response() if is_preflight else await call_next(request)
    answer.headers["Access-Control-Allow-Origin"] = PAGE
    answer.headers["Access-Control-Allow-Credentials"] = "true"
    answer.headers["Access-Control-Allow-Methods"] = "POST, GET"
    return answer
