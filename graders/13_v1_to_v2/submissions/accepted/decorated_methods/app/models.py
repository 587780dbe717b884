from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_serializer,
    field_validator,
    model_validator,
)


class Maker(BaseModel):
    model_config = ConfigDict(
        from_attributes=True, str_strip_whitespace=True, coerce_numbers_to_str=True
    )

    name: str
    country: str | None = None


class ToolDraft(BaseModel):
    model_config = ConfigDict(
        populate_by_name=True, str_strip_whitespace=True, coerce_numbers_to_str=True
    )

    code: str
    display_name: str = Field(alias="displayName", min_length=1)
    shelf: int | str = Field(union_mode="left_to_right")
    deposit: Decimal = Field(ge=0)
    bought_at: datetime = Field(alias="boughtAt")
    note: str | None = None
    lent_to: str | None = Field(default=None, alias="lentTo")
    label: str | None = None
    tags: list[str] = []
    maker: Maker | None = None
    scan: Any = None

    @field_validator("tags", mode="before")
    @classmethod
    def split_tags(cls, tags: Any) -> Any:
        return tags.split(",") if isinstance(tags, str) else tags

    @field_validator("tags")
    @classmethod
    def lower_tags(cls, tags: list[str]) -> list[str]:
        return [tag.lower() for tag in tags]

    @model_validator(mode="after")
    def fill_label(self) -> Self:
        self.label = self.label or self.display_name
        return self

    @field_serializer("deposit", when_used="json")
    def write_deposit(self, deposit: Decimal) -> float | int:
        return int(deposit) if deposit == int(deposit) else float(deposit)

    @field_serializer("bought_at", when_used="json")
    def write_time(self, time: datetime) -> str:
        return time.isoformat()


class Tool(ToolDraft):
    model_config = ConfigDict(from_attributes=True)

    id: int
