"""Puts the Corner Shop API together and answers the two small routes itself."""

from fastapi import FastAPI

from .items import router

app = FastAPI(title="Corner Shop API", version="2.1.0")
app.include_router(router)


@app.get("/health")
def read_health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/greet/{name}")
def greet(name: str, title: str = "Mr") -> dict[str, str]:
    return {"message": f"Hello, {title} {name}"}
