"""What a box office knows: its shows, and who is logged in. It knows nothing of HTTP."""

import secrets

from pydantic import BaseModel, Field


class Show(BaseModel):
    title: str
    seats: int


class Question(BaseModel):
    """What the shows were asked for with."""

    station: str
    hops: list[str]


class ShowList(BaseModel):
    asked: Question
    shows: list[Show]


class Login(BaseModel):
    member: str = Field(min_length=1)


def find_shows(station: str, hops: list[str]) -> ShowList:
    """Find what a station may sell; `hops` are the proxies on the way, the first one first."""
    shows = [Show(title="The Seagull", seats=12), Show(title="Ghosts", seats=3)]
    return ShowList(asked=Question(station=station, hops=hops), shows=shows)


class Sessions:
    """The sessions that are open, by their token. Whoever knows a token is its member."""

    def __init__(self) -> None:
        self._members = {"demo-asha": "asha", "demo-ravi": "ravi"}

    def open(self, member: str) -> str:
        """Open a session and give its token, which nobody can guess."""
        token = secrets.token_urlsafe()
        self._members[token] = member
        return token

    def find(self, token: str) -> str | None:
        """Give the member of a session, `None` if no open session has this token."""
        return self._members.get(token)

    def close(self, token: str) -> None:
        """Close a session; a token that no open session has is fine."""
        self._members.pop(token, None)
