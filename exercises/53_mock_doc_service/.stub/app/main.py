"""The routes of the document service: a prototype, for one user and one text at a time."""

from fastapi import FastAPI

from .database import Document, RequestSession, find_documents
from .embedder import embed
from .errors import add_error_handlers
from .files import TextFile
from .schemas import DocumentCard
from .worker import lifespan

app = FastAPI(title="Documents", lifespan=lifespan)
add_error_handlers(app)
# TODO 2: the page cannot read our answers.


# TODO 1: whose documents are these? Two routes are missing.
@app.post("/documents", response_model=DocumentCard)
async def upload_document(file: TextFile, session: RequestSession) -> Document:
    document = Document(owner="nobody", name=file.name, text=file.text)
    session.add(document)
    # TODO 3: the user waits here, and so does everybody else who needs a connection.
    await session.flush()
    document.vector = await embed(document.text)
    document.state = "done"
    await session.commit()
    return document


@app.get("/documents", response_model=list[DocumentCard])
async def list_documents() -> list[Document]:
    return list(await find_documents())
