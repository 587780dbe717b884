"""The routes of the document service. What is queued here, the worker finds in the table."""

from fastapi import FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware

from .database import Document, RequestSession, change_documents, find_documents
from .errors import add_error_handlers
from .files import TextFile
from .schemas import DocumentCard
from .users import CurrentUser
from .worker import worker

PAGE, METHODS = "https://docs.example.com", ["GET", "POST"]

app = FastAPI(title="Documents", lifespan=worker.lifespan)
add_error_handlers(app)
app.add_middleware(
    CORSMiddleware, allow_origins=[PAGE], allow_methods=METHODS, allow_credentials=True
)


async def find_own(number: int, user: str) -> Document:
    for document in await find_documents(id=number, owner=user):
        return document
    raise HTTPException(404, f"Document {number} does not exist.")


@app.post("/documents", status_code=202, response_model=DocumentCard)
async def upload_document(user: CurrentUser, file: TextFile, session: RequestSession) -> Document:
    document = Document(owner=user, name=file.name, text=file.text)
    session.add(document)
    await session.commit()
    worker.add(document.id)
    return document


@app.get("/documents", response_model=list[DocumentCard])
async def list_documents(user: CurrentUser) -> list[Document]:
    return list(await find_documents(owner=user))


@app.get("/documents/{number}", response_model=DocumentCard)
async def read_document(number: int, user: CurrentUser) -> Document:
    return await find_own(number, user)


@app.post("/documents/{number}/retry", status_code=202, response_model=DocumentCard)
async def retry_document(number: int, user: CurrentUser) -> Document:
    document = await find_own(number, user)
    if not await change_documents({"state": "queued"}, id=number, state="failed"):
        raise HTTPException(409, "Only a failed document is tried again.")
    worker.add(number)
    document.state = "queued"
    return document
