"""Models: the tables of the blog. They open no session and know nothing of HTTP."""

from datetime import date
from typing import Any

from sqlalchemy import Engine, ForeignKey, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The base of all tables."""


class User(Base):
    """Somebody who may have written posts. The database keeps a user who has some."""

    __tablename__ = "users"

    handle: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    hashed_password: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(order_by="Post.slug", passive_deletes="all")


class Post(Base):
    """A post; `author` is the handle of a user."""

    __tablename__ = "posts"

    slug: Mapped[str] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(ForeignKey("users.handle"), index=True)
    title: Mapped[str]
    published: Mapped[date]


@event.listens_for(Engine, "connect")
def check_foreign_keys(connection: Any, _: object) -> None:
    """Have SQLite check foreign keys on each connection; other databases always do."""
    if "sqlite" in type(connection).__module__:
        connection.execute("PRAGMA foreign_keys = ON")
