"""The rows of the library as its database gives them: objects with attributes, no models."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


@dataclass
class MakerRow:
    """Who made a tool."""

    name: str
    country: str | None = None


@dataclass
class ToolRow:
    """A tool. Rows of the first years hold a number as code, and all tags in one text."""

    id: int
    code: str | int
    display_name: str
    shelf: int | str
    deposit: Decimal
    bought_at: datetime
    note: str | None = None
    lent_to: str | None = None
    label: str | None = None
    tags: list[str] | str = field(default_factory=list)
    maker: MakerRow | None = None
    scan: Any = None


class Store:
    """All rows, numbered from 1; three are there from the start."""

    def __init__(self) -> None:
        bought_at = datetime(2019, 4, 6, 9, 30, tzinfo=UTC)
        bosch, wadkin = MakerRow("Bosch", "DE"), MakerRow("Wadkin")
        self.rows = [
            ToolRow(1, 1042, "Drill", 7, Decimal("40"), bought_at, tags="Power, Wall", maker=bosch),
            ToolRow(2, "S-9", "Hand saw", "attic", Decimal("12.50"), bought_at, lent_to="Asha"),
            ToolRow(3, "0073", "Lathe", "12", Decimal("0.1"), bought_at, "rusty", maker=wadkin),
        ]

    def get(self, tool_id: int) -> ToolRow | None:
        """Give the row with this id; `None` if there is none."""
        return self.rows[tool_id - 1] if 0 < tool_id <= len(self.rows) else None

    def add(self, fields: dict[str, Any]) -> ToolRow:
        """Store a new row, whose fields have the names of `ToolRow`, and give it back."""
        maker = fields.get("maker")
        row = ToolRow(**fields | {"id": len(self.rows) + 1, "maker": maker and MakerRow(**maker)})
        self.rows.append(row)
        return row
