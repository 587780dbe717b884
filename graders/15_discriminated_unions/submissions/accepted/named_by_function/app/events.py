"""What the payment provider tells: a function reads the type, and a tag stands at each model."""

from typing import Annotated, Any

from pydantic import BaseModel, Discriminator, Field, Tag

Text = Annotated[str, Field(min_length=1, max_length=80)]
Paise = Annotated[int, Field(gt=0)]


class Told(BaseModel):
    type: str
    id: Text
    amount: Paise


class CardPaid(Told):
    last4: Annotated[str, Field(pattern="^[0-9]{4}$")]


class UpiPaid(Told):
    vpa: Annotated[str, Field(pattern="^[^@]+@[^@]+$")]


class Refunded(Told):
    payment: Text
    reason: str | None = None


MODELS: dict[str, type[Told]] = {"card": CardPaid, "upi": UpiPaid, "refund": Refunded}
OLD = {"CARD": "card", "card_v2": "card", "UPI": "upi", "upi_collect": "upi", "REFUND": "refund"}


def read_type(event: Any) -> Any:
    name = event.get("type") if isinstance(event, dict) else None
    return OLD.get(name, name) if isinstance(name, str) else None


def refer(kind: str) -> str:
    return f"#/components/schemas/{MODELS[kind].__name__}"


MAPPING = {kind: refer(kind) for kind in MODELS} | {old: refer(kind) for old, kind in OLD.items()}

Event = Annotated[
    Annotated[CardPaid, Tag("card")]
    | Annotated[UpiPaid, Tag("upi")]
    | Annotated[Refunded, Tag("refund")],
    Discriminator(read_type),
    Field(json_schema_extra={"discriminator": {"propertyName": "type", "mapping": MAPPING}}),
]
