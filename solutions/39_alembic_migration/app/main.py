"""The app. It needs the tables of the last revision, and leaves making them to `alembic`."""

from fastapi import FastAPI

from . import customers

app = FastAPI(title="Customers")
app.include_router(customers.router)
