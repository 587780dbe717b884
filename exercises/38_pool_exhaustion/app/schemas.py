"""Schemas: the shapes of paths, bodies and answers."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

ApplicationId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class AmountChange(BaseModel):
    """The amount that somebody wants now, in whole euros."""

    amount: int = Field(ge=1, le=1_000_000)


class ApplicationShown(BaseModel):
    """An application as clerks see it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    applicant: str
    amount: int
    version: int
    score: int | None
