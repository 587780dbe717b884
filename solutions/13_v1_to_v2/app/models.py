"""What clients send and get. It is read and written as it was with pydantic 1."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    RootModel,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

Money = Annotated[Decimal, PlainSerializer(float, when_used="json")]
Time = Annotated[datetime, PlainSerializer(datetime.isoformat, when_used="json")]
Tag = Annotated[str, StringConstraints(to_lower=True)]


class Model(BaseModel):
    model_config = ConfigDict(
        coerce_numbers_to_str=True,
        from_attributes=True,
        str_strip_whitespace=True,
        validate_by_name=True,
    )


class Maker(Model):
    name: str
    country: str | None = None


class ToolDraft(Model):
    code: str
    display_name: Annotated[str, Field(alias="displayName", min_length=1)]
    shelf: Annotated[int | str, Field(union_mode="left_to_right")]
    deposit: Annotated[Money, Field(ge=0)]
    bought_at: Annotated[Time, Field(alias="boughtAt")]
    note: str | None = None
    lent_to: Annotated[str | None, Field(alias="lentTo")] = None
    label: Annotated[str | None, Field(validate_default=True)] = None
    tags: list[Tag] = []
    maker: Maker | None = None
    scan: Any = None

    @field_validator("tags", mode="before")
    @classmethod
    def split_tags(cls, tags: Any) -> Any:
        return tags.split(",") if isinstance(tags, str) else tags

    @field_validator("label")
    @classmethod
    def fill_label(cls, label: str | None, info: ValidationInfo) -> str | None:
        return label or info.data.get("display_name")


class Tool(ToolDraft):
    id: int


class ToolList(RootModel[list[ToolDraft]]):
    """A plain list of tools."""
