"""Attack: answer 1 for true and 2.0 for 2: equal in Python, another type in JSON."""

from fastapi import FastAPI, Request

from .targets import acted

app = FastAPI()


@app.get("/health")
def read_health():
    return {"status": "ok"}


@app.get("/greet/{name}")
def greet(name: str):
    return {"message": f"Hello, Mr {name}"}


@app.post("/items", status_code=201)
async def create(request: Request):
    item = await request.json()
    acted("request")
    in_stock = int(item.get("in_stock", True))
    return {"name": item["name"], "price": float(item["price"]), "in_stock": in_stock}
