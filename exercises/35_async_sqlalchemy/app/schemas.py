"""Schemas: the shapes of bodies and answers. The phone app relies on every name and type here."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from .models import Post, User
from .passwords import hash_password

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]+$")]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Email = Annotated[str, Field(max_length=80, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")]


class NewUser(BaseModel):
    """A user to be."""

    handle: Key
    name: Name
    email: Email
    password: str = Field(min_length=8, max_length=80)

    def make_user(self) -> User:
        """Make the row for it; of the password, only a hash is kept."""
        hashed = hash_password(self.password)
        return User(**self.model_dump(exclude={"password"}), hashed_password=hashed)


class NewPost(BaseModel):
    """A post to be; `author` is the handle of a user."""

    slug: Key
    author: Key
    title: Name
    published: date

    def make_post(self) -> Post:
        """Make the row for it."""
        return Post(**self.model_dump())


class UserShown(BaseModel):
    """A user, as everybody may see them."""

    model_config = ConfigDict(from_attributes=True)

    handle: str
    name: str
    email: str


class PostShown(BaseModel):
    """A post."""

    model_config = ConfigDict(from_attributes=True)

    slug: str
    author: str
    title: str
    published: date


class UserWithPosts(UserShown):
    """A user with all their posts."""

    posts: list[PostShown]


class UserPage(BaseModel):
    """Some of the users, and how many there are in all."""

    total: int
    users: list[UserShown]
