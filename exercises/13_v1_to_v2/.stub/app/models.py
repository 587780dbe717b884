"""What clients send and get. Written for pydantic 1; the lists no longer imported, so see below."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field, validator


# TODO 1: move these classes, and the routes, to pydantic 2: nothing may warn.
class Maker(BaseModel):
    name: str
    country: str | None

    class Config:
        orm_mode = True
        anystr_strip_whitespace = True


class ToolDraft(BaseModel):  # TODO 2: take what was taken before.
    code: str
    display_name: str = Field(alias="displayName", min_length=1)
    shelf: int | str
    deposit: Decimal = Field(ge=0)
    bought_at: datetime = Field(alias="boughtAt")
    note: str | None
    lent_to: str | None = Field(alias="lentTo")
    label: str | None
    tags: list[str] = []
    maker: Maker | None
    scan: Any

    class Config:
        allow_population_by_field_name = True
        anystr_strip_whitespace = True
        orm_mode = True

    @validator("tags", pre=True)
    def split_tags(cls, tags: Any) -> list[Any]:
        return tags.split(",") if isinstance(tags, str) else list(tags)

    @validator("tags", each_item=True)
    def lower_tag(cls, tag: str) -> str:
        return tag.lower()

    @validator("label", always=True)
    def fill_label(cls, label: str | None, values: dict[str, Any]) -> str | None:
        return label or values.get("display_name")


class Tool(ToolDraft):  # TODO 4: answer as before.
    id: int


class ToolList(BaseModel):  # TODO 3: take a plain list, and keep the rules above.
    items: list[ToolDraft]  # was `__root__: list[ToolDraft]`
