"""What the payment provider tells, and a table of the models by the spelling of their type."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

Text = Annotated[str, Field(min_length=1, max_length=80)]
Paise = Annotated[int, Field(gt=0)]


class CardPaid(BaseModel):
    type: str
    id: Text
    amount: Paise
    last4: Annotated[str, Field(pattern="^[0-9]{4}$")]


class UpiPaid(BaseModel):
    type: str
    id: Text
    amount: Paise
    vpa: Annotated[str, Field(pattern="^[^@]+@[^@]+$")]


class Refunded(BaseModel):
    type: str
    id: Text
    amount: Paise
    payment: Text
    reason: str | None = None


AnyEvent = CardPaid | UpiPaid | Refunded
REGISTRY: dict[str, type[AnyEvent]] = {
    **dict.fromkeys(("card", "CARD", "card_v2"), CardPaid),
    **dict.fromkeys(("upi", "UPI", "upi_collect"), UpiPaid),
    **dict.fromkeys(("refund", "REFUND"), Refunded),
}


def parse(event: Any) -> AnyEvent:
    if not isinstance(event, dict):
        raise PydanticCustomError("no_object", "An event is an object.")
    name = event.get("type")
    if not isinstance(name, str) or name not in REGISTRY:
        raise PydanticCustomError(
            "no_type", "The type is one of {known}.", {"known": ", ".join(REGISTRY)}
        )
    return REGISTRY[name].model_validate(event)


def refer(model: type[AnyEvent]) -> str:
    return f"#/components/schemas/{model.__name__}"


SCHEMA = {
    "oneOf": [{"$ref": refer(model)} for model in (CardPaid, UpiPaid, Refunded)],
    "discriminator": {
        "propertyName": "type",
        "mapping": {name: refer(model) for name, model in REGISTRY.items()},
    },
}

Event = Annotated[AnyEvent, PlainValidator(parse), WithJsonSchema(SCHEMA)]
