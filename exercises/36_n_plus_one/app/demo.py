"""The demo library: rows to try the API with. They are the same after every start."""

import itertools
import random

from .models import Author, Book, Review

FIRST_NAMES = ("Ada", "Bela", "Chidi", "Dora", "Emre", "Femi", "Grete", "Hana")
LAST_NAMES = ("Amadi", "Brandt", "Costa", "Dahl", "Egger", "Farouk", "Ghosh")
ADJECTIVES = ("Silent", "Late", "Northern", "Borrowed", "Paper", "Salt")
NOUNS = ("Harbour", "Winter", "Orchard", "Letters", "Bridge", "Hour")

book_ids = itertools.count(1)
review_ids = itertools.count(1)


def make_authors() -> list[Author]:
    """Make 56 authors with up to six books each and up to nine reviews for each book."""
    draw = random.Random(36)
    names = [f"{first} {last}" for first in FIRST_NAMES for last in LAST_NAMES]
    return [
        Author(id=number, name=name, books=[make_book(draw) for _ in range(number * 3 % 7)])
        for number, name in enumerate(names, start=1)
    ]


def make_book(draw: random.Random) -> Book:
    """Make a book with its reviews."""
    title = f"The {draw.choice(ADJECTIVES)} {draw.choice(NOUNS)}"
    reviews = [make_review(draw) for _ in range(draw.randint(0, 9))]
    return Book(id=next(book_ids), title=title, published=draw.randint(1950, 2025), reviews=reviews)


def make_review(draw: random.Random) -> Review:
    """Make a review of some length."""
    text = "A few words about this book. " * draw.randint(10, 99)
    return Review(id=next(review_ids), rating=draw.randint(1, 5), text=text)
