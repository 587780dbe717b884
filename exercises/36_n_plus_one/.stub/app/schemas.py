"""Schemas: the shapes of answers. The web shop relies on every name and type here."""

from pydantic import BaseModel


class BookWithRating(BaseModel):
    """A book and what its reviews add up to."""

    id: int
    title: str
    published: int
    review_count: int
    average_rating: float | None
    """Rounded to two decimals; none for a book without reviews."""


class AuthorWithBooks(BaseModel):
    """An author with all their books, the oldest first."""

    id: int
    name: str
    books: list[BookWithRating]
