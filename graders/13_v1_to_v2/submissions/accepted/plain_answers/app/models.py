from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, field_validator
from pydantic.alias_generators import to_camel

from .store import ToolRow

Tag = Annotated[str, StringConstraints(to_lower=True)]


class Base(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        str_strip_whitespace=True,
        coerce_numbers_to_str=True,
        from_attributes=True,
    )


class Maker(Base):
    name: str
    country: str | None = None


class ToolDraft(Base):
    code: str
    display_name: str = Field(min_length=1)
    shelf: Annotated[int, Field()] | Annotated[str, Field()] = Field(union_mode="left_to_right")
    deposit: Decimal = Field(ge=0)
    bought_at: datetime
    note: str | None = None
    lent_to: str | None = None
    label: str | None = Field(default=None, validate_default=True)
    tags: list[Tag] = Field(default_factory=list)
    maker: Maker | None = None
    scan: Any = None

    @field_validator("tags", mode="before")
    @classmethod
    def split_tags(cls, tags):
        return tags.split(",") if isinstance(tags, str) else tags

    @field_validator("label", mode="after")
    @classmethod
    def fill_label(cls, label, info):
        return label or info.data.get("display_name")


class Tool(Base):
    id: int
    code: str
    display_name: str
    shelf: int | str
    deposit: float
    bought_at: str
    note: str | None
    lent_to: str | None
    label: str
    tags: list[str]
    maker: Maker | None
    scan: Any


class ToolList(RootModel):
    root: list[ToolDraft]


def describe(row: ToolRow) -> Tool:
    draft = ToolDraft.model_validate(row)
    time = draft.bought_at.isoformat()
    return Tool(**draft.model_dump() | {"id": row.id, "bought_at": time})
