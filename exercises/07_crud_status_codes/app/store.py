"""The store: the parts of a warehouse, kept in memory. It knows nothing of HTTP."""

import itertools

from pydantic import BaseModel, Field


class PartDraft(BaseModel):
    """What a client sends to create a part, or to replace one."""

    sku: str = Field(min_length=1)
    name: str
    stock: int = Field(0, ge=0)
    shelf: str | None = None


class Part(PartDraft):
    """A part as it is stored."""

    id: int


class Store:
    """Parts by id. It refuses nothing: what may be stored is decided by its callers."""

    def __init__(self) -> None:
        self._parts: dict[int, Part] = {}
        self._ids = itertools.count()

    def list_parts(self) -> list[Part]:
        """Give all parts, the oldest first."""
        return list(self._parts.values())

    def get(self, part_id: int) -> Part | None:
        """Give a part, `None` if no part has this id."""
        return self._parts.get(part_id)

    def find_id(self, sku: str) -> int | None:
        """Give the id of the part with exactly this SKU, `None` if no part has it."""
        return next((part.id for part in self._parts.values() if part.sku == sku), None)

    def add(self, draft: PartDraft) -> Part:
        """Store a new part under the next id."""
        return self.put(next(self._ids), draft)

    def put(self, part_id: int, draft: PartDraft) -> Part:
        """Store a part under an id, in place of the part that has it."""
        part = Part(**draft.model_dump(exclude={"id"}), id=part_id)
        self._parts[part_id] = part
        return part

    def remove(self, part_id: int) -> None:
        """Remove a part; nothing happens if no part has this id."""
        self._parts.pop(part_id, None)
