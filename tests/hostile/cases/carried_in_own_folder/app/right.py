"""What one of the answers should have been."""

from fastapi import FastAPI

app = FastAPI(title="Corner Shop API", version="2.1.0")


@app.get("/health")
async def read_health():
    return {"status": "ok"}
