"""The routes of the tool library."""

from fastapi import FastAPI, HTTPException

from .models import Tool, ToolDraft, ToolList
from .store import Store

app = FastAPI(title="Tool library")
store = Store()


@app.get("/tools")
async def list_tools() -> list[Tool]:
    return [Tool.model_validate(row) for row in store.rows]


@app.get("/tools/{tool_id}")
async def read_tool(tool_id: int) -> Tool:
    row = store.get(tool_id)
    if row is None:
        raise HTTPException(404, f"Tool {tool_id} does not exist.")
    return Tool.model_validate(row)


@app.post("/tools", status_code=201)
async def add_tool(draft: ToolDraft) -> Tool:
    return Tool.model_validate(store.add(draft.model_dump()))


@app.post("/tools/list", status_code=201)
async def add_list(tools: ToolList) -> list[str | None]:
    for draft in tools.root:
        store.add(draft.model_dump())
    return [draft.label for draft in tools.root]
