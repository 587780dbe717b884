"""Traffic of 36_n_plus_one: pages of a library that changes meanwhile, and what they cost.

The library has thirty authors, to which come others that agree with them in all but their keys.
"""

import math
import re
from typing import Any

import httpx

from dojo.grader import (
    Change,
    Draw,
    Freedom,
    Labs,
    Request,
    Step,
    Together,
    Traffic,
    exchange_of,
    read_statements,
    request,
)

LIBRARY = """
    CREATE TABLE authors (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL UNIQUE);
    CREATE TABLE books (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES authors (id),
        title VARCHAR NOT NULL, published INTEGER NOT NULL);
    CREATE TABLE reviews (id INTEGER PRIMARY KEY, book_id INTEGER NOT NULL REFERENCES books (id),
        rating INTEGER NOT NULL, text VARCHAR NOT NULL);
    CREATE INDEX ix_books_author_id ON books (author_id);
    CREATE INDEX ix_reviews_book_id ON reviews (book_id);
    CREATE TEMPORARY VIEW numbers (n) AS WITH RECURSIVE up (n) AS
        (VALUES (1) UNION ALL SELECT n + 1 FROM up WHERE n < 30) SELECT n FROM up;
    INSERT INTO authors SELECT n, char(65 + n * 7 % 26) || 'da ' || char(65 + n % 6) FROM numbers;
    INSERT INTO books SELECT NULL, a.n, 'The ' || char(65 + (a.n * b.n) % 4) || ' Hour',
        1950 + (a.n * 31 + b.n * 17) % 70 FROM numbers a, numbers b WHERE b.n <= a.n * 3 % 5;
    INSERT INTO reviews SELECT NULL, books.id, 1 + (books.id + n * n) % 5, 'good'
        FROM books, numbers WHERE n <= books.id * 7 % 10;
    INSERT INTO books SELECT NULL, 26, 'The ' || char(97 + a.n % 7) || ' Hour',
        700 + 230 * b.n + 150 * (a.n % 9) FROM numbers a, numbers b WHERE b.n = 1;
    INSERT INTO reviews SELECT NULL, books.id, 1 + (a.n + b.n * b.n) % 5, 'good'
        FROM books, numbers a, numbers b, (VALUES (1), (2), (3))
        WHERE books.id IN (26, 67, 108);
    INSERT INTO books SELECT NULL, author_id, title, published FROM books WHERE id % 10 = 3;
"""
"""The library before the app starts: some authors have no books, one has more than a hundred, some
of an early year; some books have no reviews, three have thousands, and some have a twin."""
MOST_STATEMENTS = 3
ROWS_EACH = 2
PAGES: tuple[dict[str, Any], ...] = (
    {},
    {"page": 1, "size": 1},
    {"page": 2, "size": 1},
    {"page": 2, "size": 9},
    {"page": 3, "size": 6},
    {"page": 5, "size": 7},
    {"page": 2},
    {"size": 50},
    {"page": 31, "size": 1},
    {"page": 13, "size": 3},
    {"page": 1000, "size": 50},
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
NAMES = ("ada a", "Hda B ", "Zoe\u0308", "Zoë", 'O\'Brien, "Ann"', "", "आदित्य", "a" * 300)
NEAR = range(1, 6)
TITLES = (
    *("The Late Hour", "the late hour", "", "A 100% _wild_ title", "E\u0301t\u00e9", "t" * 300),
    *("  Two  spaces ", "<b>Tom</b> & 'Jerry'\n", "\U0001f4d6 \u202e\x1f"),
)


def show(draw: Draw) -> list[Request]:
    """Ask for four pages."""
    return [request("GET", "/authors", query=draw.deal(PAGES)) for _ in range(4)]


def crowd(draw: Draw) -> list[Together]:
    """Have several clients ask at the same moment, two of them for the same page."""
    asked = [request("GET", "/authors", query=draw.deal(PAGES)) for _ in range(2)]
    return [Together((*asked, asked[0]))]


def refuse(draw: Draw) -> list[Request]:
    """Ask for pages that there cannot be."""
    return [request("GET", "/authors", query=draw.deal(OUTSIDE)) for _ in range(6)]


def change(draw: Draw) -> list[Step]:
    """Ask for a page before and after each of four changes."""
    page = request("GET", "/authors", query={"page": draw.deal(NEAR), "size": 8})
    steps: list[Step] = [page]
    for _ in range(4):
        steps += [draw.deal(CHANGES)(draw), page]
    return steps


def execute(sql: str, *parameters: Any) -> Change:
    """Change the database."""
    shown = sql
    for each in parameters:
        shown = shown.replace("?", repr(each), 1)
    return Change(f"in the database: {shown}", lambda labs: labs.database.execute(sql, parameters))


def add_author(draw: Draw) -> Change:
    """Add an author, whose place may be anywhere."""
    return execute("INSERT INTO authors (name) VALUES (?)", draw.word().translate({97: 65}))


def add_twins(draw: Draw) -> Change:
    """Add books that agree with others in all but their ids."""
    sql = (
        "INSERT INTO books (author_id, title, published) "
        "SELECT author_id, title, published FROM books WHERE id % 5 = ?"
    )
    return execute(sql, draw.randint(0, 4))


def add_older(draw: Draw) -> Change:
    """Add books with the title of one that their author has, of another year."""
    sql = (
        "INSERT INTO books (author_id, title, published) "
        "SELECT author_id, title, published - ? FROM books WHERE id % 5 = ?"
    )
    return execute(sql, draw.randint(1, 9), draw.randint(0, 4))


def retitle(draw: Draw) -> Change:
    """Give some books titles of every kind."""
    cases = " ".join(f"WHEN {number} THEN ?" for number in range(len(TITLES)))
    sql = f"UPDATE books SET title = CASE (id + ?) % 9 {cases} ELSE title END"
    return execute(sql, draw.randint(0, 8), *TITLES)


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
    return execute(sql, draw.name(), draw.randint(3, 5))


def rename_authors(draw: Draw) -> Change:
    """Change names of authors, which stay where they are in the order."""
    sql = "UPDATE authors SET name = name || ? WHERE id % ? = 0"
    return execute(sql, f"{draw.word()} ", draw.randint(1, 3))


def redate(draw: Draw) -> Change:
    """Change the years of some books and nothing else."""
    return execute(
        "UPDATE books SET published = 2990 - published WHERE id % 4 = ?", draw.randint(0, 3)
    )


def move_reviews(draw: Draw) -> Change:
    """Let reviews belong to other books; there are as many as before."""
    return execute("UPDATE reviews SET book_id = book_id + 1 WHERE id % 3 = ?", draw.randint(0, 2))


def close_shelf(draw: Draw) -> Change:
    """Remove books of all authors, whose reviews stay behind."""
    return execute("DELETE FROM books WHERE id % 6 = ?", draw.randint(0, 5))


def remove(draw: Draw) -> Change:
    """Remove reviews: of books that had some, all."""
    return execute("DELETE FROM reviews WHERE book_id % 4 = ?", draw.randint(0, 3))


def give_away(draw: Draw) -> Change:
    """Let books belong to another author."""
    return execute("UPDATE books SET author_id = ? WHERE id % 7 = ?", draw.randint(1, 20), 3)


CHANGES = (
    *(add_author, add_twins, add_older, retitle, review),
    *(rate_anew, rename, rename_authors, redate, move_reviews),
    *(remove, close_shelf, give_away),
)
ROUNDED_TWICE = """
    INSERT INTO books SELECT NULL, id, 'The Z Hour', 1900 + id FROM authors WHERE id > 30;
    CREATE TEMPORARY VIEW rated (id) AS
        SELECT id FROM books WHERE author_id > 30 OR id < 60 AND id % 4 = 1;
    DELETE FROM reviews WHERE book_id IN rated;
    WITH RECURSIVE up (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM up WHERE n < 52)
        INSERT INTO reviews SELECT NULL, id, 3 + (n > 45), '' FROM rated, up;
"""
"""Books on every page with an average of 3.1346: whoever rounds to 3.135 first, gives 3.14."""


def prepare(labs: Labs) -> None:
    """Fill the library, strange names and titles included."""
    labs.database.execute_script(LIBRARY)
    labs.database.insert("authors", [{"name": name} for name in NAMES])
    for number, title in enumerate(TITLES):
        labs.database.execute("UPDATE books SET title = ? WHERE id % 9 = ?", (title, number))
    labs.database.execute_script(ROUNDED_TWICE)


def count_cost(labs: Labs, response: httpx.Response) -> dict[str, Any]:
    """Say how many statements and rows a page took: no more than it may, or the number."""
    statements = read_statements(labs.host.evidence, exchange_of(response))
    most = ROWS_EACH * count_shown(response)
    return {
        "SQL statements": limit(len(statements), MOST_STATEMENTS),
        "rows fetched": limit(sum(each.rows for each in statements), most),
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
        if len(seen) != len(expected):
            return False
        places = [(book["published"], book["title"]) for book in seen]
        ordered = sorted(seen, key=lambda book: (*places[seen.index(book)], book["id"]))
    except (TypeError, KeyError, RecursionError):
        return False
    wanted = sorted(expected, key=lambda book: (book["published"], book["title"], book["id"]))
    return places == [(book["published"], book["title"]) for book in expected] and all(
        map(same_book, wanted, ordered)
    )


def is_fresh(expected: Any, seen: Any) -> bool:
    """Tell whether no client and no cache is allowed to show an answer again without asking."""
    del expected
    return not re.search(r"(max-age|s-maxage)\s*=\s*\"?0*[1-9]|immutable", str(seen).lower())


traffic = Traffic(
    scenes=(show, change, change, crowd, refuse),
    freedoms=(
        Freedom("Every answer is fresh", "headers.cache-control", is_fresh),
        Freedom("A tie such as 3.125 may be rounded either way.", "body[].books[]", same_book),
        Freedom("their books in order of `published`, then `title`", "body[].books", same_shelf),
        Freedom("or the answer is 422", "body", status=422),
    ),
    headers=("cache-control",),
    prepare=prepare,
    watch=count_cost,
    requests=42,  # so that each change is made
)
