"""The routes of the shop."""

import logging
from typing import Annotated

from fastapi import Depends, FastAPI, Request

logger = logging.getLogger("kata.shop")
app = FastAPI(title="Shop")


class Printer:
    """Prints reports; in production that takes some seconds."""

    async def print_report(self) -> list[str]:
        """Give the pages."""
        return ["page 1", "page 2"]


def get_printer() -> Printer:
    """Give the printer."""
    return Printer()


@app.get("/health")
async def read_health() -> dict[str, str]:
    """Say that the shop is there."""
    return {"status": "ok"}


@app.get("/me")
async def show_caller(request: Request) -> dict[str, str | None]:
    """Say who asks, how, and where the orders are."""
    return {
        "client": request.client.host if request.client else None,
        "scheme": request.url.scheme,
        "orders": str(request.url_for("list_orders")),
    }


@app.get("/orders/")
async def list_orders() -> list[int]:
    """List the orders."""
    return [1, 2, 3]


@app.get("/report")
async def print_report(printer: Annotated[Printer, Depends(get_printer)]) -> list[str]:
    """Print a report."""
    pages = await printer.print_report()
    logger.info("report printed")
    return pages
