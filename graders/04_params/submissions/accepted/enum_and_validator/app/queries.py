"""What a client may ask in the query of a search."""

from enum import StrEnum

from pydantic import BaseModel, Field, NonNegativeInt, field_validator


class Sort(StrEnum):
    newest = "newest"
    oldest = "oldest"
    largest = "largest"


class SearchQuery(BaseModel, extra="forbid"):
    q: str = Field(min_length=1, max_length=50)
    limit: int = Field(10, gt=0, lt=101)
    offset: NonNegativeInt = 0
    tag: tuple[str, ...] = ()
    sort: Sort = Sort.newest
    include_lines: bool = False

    @field_validator("q", mode="before")
    @classmethod
    def strip(cls, text: str) -> str:
        return text.strip()
