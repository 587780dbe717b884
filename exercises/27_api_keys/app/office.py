"""The office of the depot: whoever works there sends the header `X-Office`."""

from typing import Annotated

from fastapi import Header, HTTPException

DEMO_OFFICE = "demo-office"


def require_office(x_office: Annotated[str, Header()] = "") -> None:
    """Refuse a request that does not come from the office."""
    if x_office != DEMO_OFFICE:
        raise HTTPException(403, "Only the office may do this.")
