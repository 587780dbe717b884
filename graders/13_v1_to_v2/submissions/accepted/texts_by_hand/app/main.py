from typing import Annotated, Any

from fastapi import Body, FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

from .models import Tool, ToolDraft
from .store import Store

app = FastAPI(title="Tool library")
store = Store()
drafts = TypeAdapter(list[ToolDraft])


def keep(draft: ToolDraft):
    return store.add(dict(draft) | {"maker": draft.maker and dict(draft.maker)})


@app.get("/tools", response_model=list[Tool])
def list_tools():
    return store.rows


@app.get("/tools/{tool_id}", response_model=Tool)
def read_tool(tool_id: int):
    if row := store.get(tool_id):
        return row
    raise HTTPException(404, f"Tool {tool_id} does not exist.")


@app.post("/tools", status_code=201, response_model=Tool)
def add_tool(draft: ToolDraft):
    return keep(draft)


@app.post("/tools/list", status_code=201)
def add_list(tools: Annotated[Any, Body()]):
    try:
        checked = drafts.validate_python(tools)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
    return [keep(draft).label for draft in checked]
