"""Grader of 36_n_plus_one: statements and rows are those that SQLAlchemy's engine itself logs.

What is measured first is the first request of its host, so that no cache is warm, and never is
the same page with the same size measured twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from dojo.grader import (
    Host,
    Hosts,
    Oracle,
    SeededInputs,
    criterion,
    expect,
    expect_statements,
    finish,
    open_client,
    same_json,
)
from dojo.grader.sql_statements import StatementsExpectation
from dojo.harness.database import Database, Value

MOST_STATEMENTS = 3
MORE_REVIEWS = 60
MOST_LONGER = 40
"""Characters that a book's count and average may need more; sixty ratings need sixty."""
THROUGH_THE_ENGINE = "All data must come from SQL statements of this request."
ROWS_EACH = 2
"""Rows that may be fetched for each author and each book shown."""

TABLES = """
    CREATE TABLE authors (
        id INTEGER NOT NULL PRIMARY KEY,
        name VARCHAR NOT NULL UNIQUE
    );
    CREATE TABLE books (
        id INTEGER NOT NULL PRIMARY KEY,
        author_id INTEGER NOT NULL REFERENCES authors (id),
        title VARCHAR NOT NULL,
        published INTEGER NOT NULL
    );
    CREATE INDEX ix_books_author_id ON books (author_id);
    CREATE TABLE reviews (
        id INTEGER NOT NULL PRIMARY KEY,
        book_id INTEGER NOT NULL REFERENCES books (id),
        rating INTEGER NOT NULL,
        text VARCHAR NOT NULL
    );
    CREATE INDEX ix_reviews_book_id ON reviews (book_id);
"""
"""The tables of the stub's models."""

REVIEW_COUNTS = (5, 6, 7, 9)  # not 8: eighths end in a half cent, where ways of rounding differ
REVIEWS_WITH_EXACT_AVERAGE = 20
"""So many ratings average to two decimals without being rounded."""
MANY_REVIEWS = range(400, 900)
"""Numbers of reviews that stand nowhere else in a row: no id, year or sum of ratings is one."""
OPINION = "Read it!"
"""How each review begins that says something; no title and no name has such a sign."""


@dataclass
class Book:
    """A book as the grader knows it."""

    id: int
    title: str
    published: int
    ratings: list[int]

    def show(self) -> dict[str, Any]:
        """Give it as it stands in an answer."""
        ratings = self.ratings
        return {
            "id": self.id,
            "title": self.title,
            "published": self.published,
            "review_count": len(ratings),
            "average_rating": round(sum(ratings) / len(ratings), 2) if ratings else None,
        }


@dataclass
class Author:
    """An author as the grader knows them."""

    id: int
    name: str
    books: list[Book] = field(default_factory=list)

    def show(self) -> dict[str, Any]:
        """Give them as they stand in an answer."""
        books = sorted(self.books, key=lambda book: (book.published, book.title))
        return {"id": self.id, "name": self.name, "books": [book.show() for book in books]}


class Library:
    """The authors there should be; `save` brings the database up to date with them."""

    def __init__(self, database: Database, inputs: SeededInputs) -> None:
        self.authors: list[Author] = []
        self._database = database
        self._inputs = inputs
        self._ids = iter(inputs.sample(range(1000, 10_000), 2000))
        self._unsaved: dict[str, list[dict[str, Value]]] = {}

    def add_authors(self, count: int, initials: str = "KLM") -> list[Author]:
        """Add authors, each with some books that have reviews."""
        added = [self.add_author(initials) for _ in range(count)]
        for author in added:
            for _ in range(self._inputs.randint(2, 5)):
                self.add_book(author, self._inputs.choice(REVIEW_COUNTS))
        return added

    def add_author(self, initials: str) -> Author:
        """Add an author without books, whose name begins with one of these letters."""
        author = Author(next(self._ids), self._draw_name(initials))
        self.authors.append(author)
        self._add_row("authors", id=author.id, name=author.name)
        return author

    def add_book(self, author: Author, reviews: int, published: int = 0, title: str = "") -> Book:
        """Add a book with as many reviews."""
        title = title or f"{self._inputs.name()} {self._inputs.name()}"
        book = Book(next(self._ids), title, published or self._inputs.randint(1900, 2025), [])
        author.books.append(book)
        self._add_row(
            "books", id=book.id, author_id=author.id, title=title, published=book.published
        )
        self.add_reviews(book, reviews)
        return book

    def add_reviews(self, book: Book, count: int) -> None:
        """Add reviews of a book."""
        for _ in range(count):
            rating = self._inputs.randint(1, 5)
            book.ratings.append(rating)
            text = self._inputs.choice(("", f"{OPINION} {self._inputs.word()}"))
            self._add_row("reviews", book_id=book.id, rating=rating, text=text)

    def revise(self, book: Book, rating: int) -> None:
        """Rename a saved book, and let all its reviews have this rating."""
        book.title, book.ratings = self._inputs.name(), [rating] * len(book.ratings)
        self._database.execute("UPDATE books SET title = ? WHERE id = ?", (book.title, book.id))
        self._database.execute("UPDATE reviews SET rating = ? WHERE book_id = ?", (rating, book.id))

    def save(self) -> None:
        """Write what was added since the last time."""
        for table, rows in self._unsaved.items():
            self._database.insert(table, rows)
        self._unsaved.clear()

    def page(self, page: int, size: int) -> list[Author]:
        """Give the authors of a page."""
        in_order = sorted(self.authors, key=lambda author: author.name)
        return in_order[(page - 1) * size : page * size]

    def _draw_name(self, initials: str) -> str:
        taken = {author.name for author in self.authors}
        while True:
            name = f"{self._inputs.choice(initials)}{self._inputs.word()} {self._inputs.name()}"
            if name not in taken:
                return name

    def _add_row(self, table: str, **row: Value) -> None:
        self._unsaved.setdefault(table, []).append(row)


@pytest.fixture
def library(database: Database, inputs: SeededInputs) -> Library:
    """Give a library without authors."""
    database.execute_script(TABLES)
    return Library(database, inputs)


@pytest.fixture
async def host(hosts: Hosts, library: Library) -> Host:
    """Give a fresh copy of the app, started on a library that is there already."""
    assert library
    return await hosts.open()


async def ask(client: httpx.AsyncClient, **parameters: int) -> httpx.Response:
    """Ask for a page of authors and wait until the app is done with it."""
    return await finish(await client.get("/authors", params=parameters))


async def measure(
    client: httpx.AsyncClient, library: Library, page: int, size: int
) -> StatementsExpectation:
    """Ask for a page, expect its authors with all their books, and give the SQL behind it."""
    library.save()
    response = await ask(client, page=page, size=size)
    authors = library.page(page, size)
    found = expect(response).status(200).read_json()
    if not same_json(outline(found), outline([author.show() for author in authors])):
        expected = f"the {len(authors)} authors of this page, each with all their books"
        raise expect(response).fails(expected, "")
    return expect_statements(response).rows_contain(list_texts(authors), THROUGH_THE_ENGINE)


def list_texts(authors: Sequence[Author]) -> Iterator[str]:
    """Give the names and titles of authors, which stand in no row by chance."""
    for author in authors:
        yield author.name
        yield from (book.title for book in author.books)


def outline(answer: Any) -> list[Any] | None:
    """Give who is shown with how many books, in no particular order."""
    if not isinstance(answer, list) or not all(isinstance(each, dict) for each in answer):
        return None
    pairs = [(each.get("id"), each.get("books")) for each in answer]
    counted = [[key, len(books) if isinstance(books, list) else None] for key, books in pairs]
    return sorted(counted, key=repr)


@criterion(task=1, points=2)
async def test_statements_stay_constant(client: httpx.AsyncClient, library: Library) -> None:
    """A page of 50 authors needs as many SQL statements as a page of 5: at most three."""
    library.add_authors(55)
    large = await measure(client, library, page=1, size=50)
    large.at_most(MOST_STATEMENTS, "Each statement is a round trip to the database.")

    small = await measure(client, library, page=1, size=5)
    if small.count != large.count:
        seen = f"{large.count} for 50 authors, {small.count} for 5. For 50: {large.describe()}"
        raise large.fails("as many SQL statements for 50 authors as for 5", seen)

    for _ in range(MOST_STATEMENTS):
        library.add_book(library.page(2, 29)[0], reviews=0)
        library.add_author("Z")
    library.save()
    because = "Some authors have no books here, and some books no reviews."
    with_gaps = expect_statements(await ask(client, page=2, size=29))
    with_gaps.at_most(MOST_STATEMENTS, because)


@criterion(task=2, points=2)
async def test_other_pages_stay_unread(client: httpx.AsyncClient, library: Library) -> None:
    """A page fetches the same number of rows when the library gets more authors."""
    library.add_authors(4)
    alone = await measure(client, library, page=1, size=4)

    library.add_authors(20, "B")
    library.add_authors(20, "Y")
    among_others = await measure(client, library, page=6, size=4)
    because = f"Without the other authors the same page of 4 authors read {alone.rows} rows."
    among_others.rows_at_most(alone.rows, because)


@criterion(task=2, points=2)
async def test_rows_match_what_is_shown(client: httpx.AsyncClient, library: Library) -> None:
    """The app fetches at most two rows for each author and each book in the answer."""
    authors = library.add_authors(12)
    books = sum(len(author.books) for author in authors)

    measured = await measure(client, library, page=1, size=20)
    because = f"The answer shows {len(authors)} authors and {books} books."
    measured.rows_at_most(ROWS_EACH * (len(authors) + books), because)


@criterion(task=2, points=2)
async def test_reviews_stay_in_database(
    client: httpx.AsyncClient, library: Library, inputs: SeededInputs
) -> None:
    """A page does not fetch more or longer rows when its books get more reviews."""
    books = [book for author in library.add_authors(6) for book in author.books]
    before = await measure(client, library, page=1, size=10)

    for book in books:
        library.add_reviews(book, MORE_REVIEWS)
    library.add_reviews(books[0], inputs.choice(MANY_REVIEWS))
    after = await measure(client, library, page=1, size=11)
    because = f"With {MORE_REVIEWS} fewer reviews per book the same page read {before.rows} rows."
    after.rows_at_most(before.rows, because)
    because = "Let the database count and average the reviews."
    longer = after.length - before.length
    if longer > MOST_LONGER * len(books):
        expected = f"rows of the same length when each book gets {MORE_REVIEWS} more reviews"
        seen = f"{longer} more characters in the rows of {len(books)} books"
        raise after.fails(expected, seen, because)
    after.rows_contain([len(books[0].ratings)], because).rows_lack(OPINION, because)


@criterion(task=3)
async def test_pages_show_the_same(
    client: httpx.AsyncClient, library: Library, inputs: SeededInputs
) -> None:
    """Each page shows the same as before, in the same order, with authors without books."""
    authors = library.add_authors(20)
    library.add_author("BKM")
    library.add_author("d")
    library.add_book(library.add_author("BLY"), reviews=1)
    library.add_book(inputs.choice(authors), reviews=0)
    busy_year = inputs.choice(authors).books[0].published
    for _ in range(6):
        library.add_book(authors[0], reviews=2, published=busy_year)
    library.add_book(authors[0], reviews=1, published=busy_year, title=f"a {inputs.word()}")
    library.save()
    alone = {"page": 1 + library.page(1, 50).index(authors[0]), "size": 1}
    for parameters in ({}, {"size": 50}, {"page": inputs.randint(2, 5), "size": 4}, alone):
        response = await ask(client, **parameters)
        shown = library.page(parameters.get("page", 1), parameters.get("size", 20))
        expect(response).status(200).json([author.show() for author in shown])


@criterion(task=3)
async def test_page_after_last_is_empty(hosts: Hosts) -> None:
    """A new database has the 56 demo authors. Each later page is an empty list."""
    async with open_client(await hosts.open()) as client:
        last = await ask(client, page=56, size=1)
        expect(last).status(200).json([{"id": 56, "name": "Hana Ghosh", "books": []}])

        expect(await ask(client, page=57, size=1)).status(200).json([])
        expect(await ask(client, page=1000, size=50)).status(200).json([])


@criterion(task=3)
async def test_answers_are_fresh(client: httpx.AsyncClient, library: Library) -> None:
    """The next answer shows each change in the database."""
    [author] = library.add_authors(1)
    library.save()
    expect(await ask(client, page=1, size=1)).status(200).json([author.show()])

    many = REVIEWS_WITH_EXACT_AVERAGE - len(author.books[0].ratings)
    library.add_reviews(author.books[0], many)
    library.add_book(author, reviews=3)
    [first] = library.add_authors(1, "A")
    library.save()
    because = "The library has changed since the last answer."
    expect(await ask(client, page=1, size=1)).status(200).json([first.show()], because)
    expect(await ask(client, page=2, size=1)).status(200).json([author.show()], because)

    for rating in (5, 1):
        library.revise(author.books[0], rating)
        expect(await ask(client, page=2, size=1)).status(200).json([author.show()], because)


@criterion(task=3)
async def test_page_and_size_are_bounded(client: httpx.AsyncClient, library: Library) -> None:
    """A page that is not 1 to 1000 and a size that is not 1 to 50 are refused with 422."""
    library.add_authors(2)
    library.save()

    for page in (0, 1001):
        expect(await ask(client, page=page)).invalid_at("query", "page")
    for size in (0, 51):
        expect(await ask(client, size=size)).invalid_at("query", "size")


@criterion(task=3)
async def test_any_page_is_right(oracle: Oracle) -> None:
    """Any page is right after any change, and needs no more statements or rows."""
    await oracle.compare()
