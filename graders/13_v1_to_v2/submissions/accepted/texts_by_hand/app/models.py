from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)


def read_number(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def read_shelf(shelf: Any) -> Any:
    with suppress(ValueError):
        return int(shelf) if isinstance(shelf, str) else shelf
    return shelf.strip()


def split(tags: Any) -> Any:
    return tags.split(",") if isinstance(tags, str) else tags


Text = Annotated[str, StringConstraints(strip_whitespace=True), BeforeValidator(read_number)]
Tag = Annotated[Text, AfterValidator(str.lower)]


class Maker(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: Text
    country: Text | None = None


class ToolDraft(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: Text
    display_name: Annotated[Text, Field(min_length=1)] = Field(
        validation_alias=AliasChoices("displayName", "display_name"),
        serialization_alias="displayName",
    )
    shelf: Annotated[int | str, BeforeValidator(read_shelf)]
    deposit: Annotated[Decimal, Field(ge=0), PlainSerializer(float, return_type=float)]
    bought_at: Annotated[datetime, PlainSerializer(lambda time: time.isoformat())] = Field(
        validation_alias=AliasChoices("boughtAt", "bought_at"), serialization_alias="boughtAt"
    )
    note: Text | None = None
    lent_to: Text | None = Field(
        None,
        validation_alias=AliasChoices("lentTo", "lent_to"),
        serialization_alias="lentTo",
    )
    label: Text | None = None
    tags: Annotated[list[Tag], BeforeValidator(split)] = []
    maker: Maker | None = None
    scan: Any | None = None

    @model_validator(mode="after")
    def fill_label(self):
        if not self.label:
            self.label = self.display_name
        return self


class Tool(ToolDraft):
    id: int
