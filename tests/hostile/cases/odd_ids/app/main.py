"""Attack: give an id that cannot be asked for: the grader puts it into the next path."""

import json

from fastapi import FastAPI, Request, Response

from .targets import VARIANT, acted

text, _, times = VARIANT.partition("*")
app = FastAPI()


@app.post("/customers/{customer_id}/orders")
async def create(customer_id: int, request: Request):
    acted("request")
    order = json.dumps({**await request.json(), "customer_id": customer_id, "id": "ID"})
    content = order.replace('"ID"', text * int(times or 1))
    return Response(content, 201, media_type="application/json")
