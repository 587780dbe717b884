"""The profiles of a rowing club: their fields, and a store in memory. It knows nothing of HTTP."""

import itertools
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(min_length=1)]


class Address(BaseModel):
    """Where a member lives."""

    model_config = ConfigDict(extra="forbid")

    street: Text
    city: Text
    door: str | None = None


class ProfileDraft(BaseModel):
    """What a member says to create a profile."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    nickname: str | None = None
    phone: str | None = None
    newsletter: bool = True
    address: Address | None = None
    away_from: date | None = None
    away_until: date | None = None

    @model_validator(mode="after")
    def check_dates(self) -> Self:
        """Refuse to come back before one leaves."""
        if self.away_from and self.away_until and self.away_until < self.away_from:
            raise ValueError("away_until is before away_from")
        return self


class Profile(ProfileDraft):
    """A profile as it is stored."""

    id: int
    role: Literal["admin", "member"]


class Store:
    """Profiles by id. It checks nothing: what may be stored is decided by its callers."""

    def __init__(self) -> None:
        self._profiles: dict[int, Profile] = {}
        self._ids = itertools.count(1)

    def add(self, draft: ProfileDraft) -> Profile:
        """Store a new profile under the next id; the first one is the admin's."""
        role: Literal["admin", "member"] = "member" if self._profiles else "admin"
        return self.put(Profile(**draft.model_dump(), id=next(self._ids), role=role))

    def get(self, profile_id: int) -> Profile | None:
        """Give the stored profile itself, no copy of it; `None` if no profile has this id."""
        return self._profiles.get(profile_id)

    def put(self, profile: Profile) -> Profile:
        """Store a profile in place of the one that has its id, and give it back."""
        self._profiles[profile.id] = profile
        return profile
