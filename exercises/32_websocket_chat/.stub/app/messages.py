"""The messages of the chat, as JSON in text frames; who gets them is decided elsewhere."""

from pydantic import BaseModel


class Draft(BaseModel):
    """What a member sends."""

    text: str


class Message(BaseModel):
    """What every member of the room gets."""

    name: str
    text: str
