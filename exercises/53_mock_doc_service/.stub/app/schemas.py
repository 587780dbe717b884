"""Schemas: the shapes of answers."""

from pydantic import BaseModel, ConfigDict, computed_field

from .database import State


class DocumentCard(BaseModel):
    """A document, as its owner sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    state: State
    vector: list[float] | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def url(self) -> str:
        """Say where to ask for the state."""
        return f"/documents/{self.id}"
