"""Traffic of 36_n_plus_one: pages of a library that changes meanwhile, and what they cost.

The library is the demo's, to which come authors and books that agree in all but their keys.
"""

import math
from typing import Any

import httpx

from dojo.grader import Change, Draw, Freedom, Labs, Request, Step, Traffic, exchange_of, request

MOST_STATEMENTS = 3
ROWS_EACH = 2
PAGES: tuple[dict[str, Any], ...] = (
    {},
    {"page": 1, "size": 1},
    {"page": 2, "size": 1},
    {"page": 2, "size": 3},
    {"page": 3, "size": 2},
    {"page": 3},
    {"page": 4},
    {"page": 5, "size": 7},
    {"size": 6},
    {"size": 50},
    {"page": 2, "size": 50},
    {"page": 56, "size": 1},
    {"page": 61, "size": 1},
    {"page": 1000, "size": 50},
    {"size": 3, "page": 1, "sort": "-name"},
)
OUTSIDE: tuple[dict[str, Any], ...] = (
    {"page": 0},
    {"page": -1},
    {"page": 1001},
    {"page": "two"},
    {"page": ""},
    {"size": 0},
    {"size": -1},
    {"size": 51},
    {"size": "1.5"},
    {"size": 1000000},
    {"page": 1, "size": 0},
)
NAMES = ("ada amadi", "Ada Amadi ", "Zoe\u0308", "Zoë", 'O\'Brien, "Ann"', "", "आदित्य", "a" * 300)
TITLES = ("The Late Hour", "the late hour", "", "A 100% _wild_ title", "E\u0301t\u00e9", "t" * 300)


def show(draw: Draw) -> list[Request]:
    """Ask for two pages."""
    return [request("GET", "/authors", query=draw.deal(PAGES)) for _ in range(2)]


def refuse(draw: Draw) -> list[Request]:
    """Ask for a page that there cannot be."""
    return [request("GET", "/authors", query=draw.deal(OUTSIDE))]


def change(draw: Draw) -> list[Step]:
    """Ask for a page before and after something of it has changed."""
    page = request("GET", "/authors", query={"page": draw.randint(1, 5), "size": 8})
    return [page, draw.deal(CHANGES)(draw), page]


def execute(sql: str, *parameters: Any) -> Change:
    """Change the database."""
    shown = sql
    for each in parameters:
        shown = shown.replace("?", repr(each), 1)
    return Change(f"in the database: {shown}", lambda labs: labs.database.execute(sql, parameters))


def add_author(draw: Draw) -> Change:
    """Add an author without books, or with the name of one but for letter case and spaces."""
    name = draw.deal(NAMES) or draw.name()
    return execute("INSERT INTO authors (name) VALUES (?) ON CONFLICT DO NOTHING", name)


def add_twins(draw: Draw) -> Change:
    """Add two books that agree in all but their ids, to an author near the front."""
    author, title, year = draw.randint(1, 40), draw.deal(TITLES), draw.randint(1900, 2025)
    sql = "INSERT INTO books (author_id, title, published) VALUES (?, ?, ?), (?, ?, ?)"
    return execute(sql, author, title, year, author, title, year)


def add_older(draw: Draw) -> Change:
    """Add a book with the title of one that its author has, of another year."""
    sql = (
        "INSERT INTO books (author_id, title, published) "
        "SELECT author_id, title, published - ? FROM books WHERE id <= ?"
    )
    return execute(sql, draw.randint(1, 9), draw.randint(60, 90))


def review(draw: Draw) -> Change:
    """Add a review, with or without a text, to all books or to some."""
    sql = "INSERT INTO reviews (book_id, rating, text) SELECT id, ?, ? FROM books WHERE id % ? = 0"
    return execute(sql, draw.randint(1, 5), draw.choice(("", draw.word())), draw.randint(1, 3))


def rate_anew(draw: Draw) -> Change:
    """Change ratings and nothing else."""
    return execute("UPDATE reviews SET rating = 6 - rating WHERE id % ? = 0", draw.randint(1, 3))


def rename(draw: Draw) -> Change:
    """Change titles and nothing else."""
    sql = "UPDATE books SET title = title || ? WHERE id % ? = 0"
    return execute(sql, draw.name(), draw.randint(1, 3))


def remove(draw: Draw) -> Change:
    """Remove reviews: of books that had some, all."""
    return execute("DELETE FROM reviews WHERE book_id % 4 = ?", draw.randint(0, 3))


def give_away(draw: Draw) -> Change:
    """Let books belong to another author."""
    return execute("UPDATE books SET author_id = ? WHERE id % 7 = ?", draw.randint(1, 20), 3)


CHANGES = (add_author, add_twins, add_older, review, rate_anew, rename, remove, give_away)


def count_cost(labs: Labs, response: httpx.Response) -> dict[str, Any]:
    """Say how many statements and rows a page took: no more than it may, or the number."""
    statements = rows = 0
    number = exchange_of(response).number
    for event in reversed(labs.host.evidence.events):
        if getattr(event, "call", None) not in (None, number):
            break
        message = getattr(event, "message", "")
        statements += message.startswith("[") and event.level == "INFO"
        rows += message.startswith("Row ")
    most = ROWS_EACH * count_shown(response)
    return {
        "SQL statements": limit(statements, MOST_STATEMENTS),
        "rows fetched": limit(rows, most),
    }


def count_shown(response: httpx.Response) -> int:
    """Count the authors and books of an answer."""
    try:
        return sum(1 + len(author["books"]) for author in response.json())
    except (ValueError, TypeError, KeyError, RecursionError):
        return 0


def limit(number: int, most: int) -> str:
    """Write a number, or that it is small enough."""
    return f"at most {most}" if number <= most else str(number)


def same_book(expected: Any, seen: Any) -> bool:
    """Compare two books; an average that is a tie may be rounded up or down."""
    try:
        rest = {key: value for key, value in seen.items() if key != "average_rating"}
        found, wanted = seen["average_rating"], expected["average_rating"]
        tie = expected["review_count"] % 8 == 0 and isinstance(found, float) and wanted is not None
        near = tie and math.isclose(found, wanted, abs_tol=0.0101)
        return rest | {"average_rating": wanted} == expected and (found == wanted or near)
    except (AttributeError, TypeError, KeyError):
        return False


def same_shelf(expected: Any, seen: Any) -> bool:
    """Compare the books of an author; those of the same year and title may come in any order."""
    try:
        places = [(book["published"], book["title"]) for book in seen]
        ordered = sorted(seen, key=lambda book: (*places[seen.index(book)], book["id"]))
    except (TypeError, KeyError):
        return False
    wanted = sorted(expected, key=lambda book: (book["published"], book["title"], book["id"]))
    return (
        places == [(book["published"], book["title"]) for book in expected]
        and len(ordered) == len(wanted)
        and all(map(same_book, wanted, ordered))
    )


traffic = Traffic(
    scenes=(show, show, show, change, change, change, refuse),
    freedoms=(
        Freedom("A tie such as 3.125 may be rounded either way.", "body[].books[]", same_book),
        Freedom("their books in order of `published`, then `title`", "body[].books", same_shelf),
        Freedom("or the answer is 422", "body", status=422),
    ),
    watch=count_cost,
    requests=40,
)
