"""Authors: one joined statement, whose rows are taken from the driver."""

from sqlalchemy.ext.asyncio import AsyncSession

from .schemas import AuthorWithBooks, BookWithRating

PAGE = """
    SELECT page.id, page.name, books.id, books.title, books.published, reviews.rating
    FROM (SELECT * FROM authors ORDER BY name LIMIT ? OFFSET ?) AS page
    LEFT JOIN books ON books.author_id = page.id
    LEFT JOIN reviews ON reviews.book_id = books.id
    ORDER BY page.name, books.published, books.title, books.id
"""


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    connection = await session.connection()
    result = await connection.exec_driver_sql(PAGE, (size, (page - 1) * size))
    authors: dict[int, AuthorWithBooks] = {}
    ratings: dict[int, list[int]] = {}
    for author_id, name, id, title, published, rating in result.cursor.fetchall():
        author = authors.setdefault(author_id, AuthorWithBooks(id=author_id, name=name, books=[]))
        if id is None:
            continue
        if id not in ratings:
            ratings[id] = []
            author.books.append(
                BookWithRating(
                    id=id, title=title, published=published, review_count=0, average_rating=None
                )
            )
        if rating is not None:
            ratings[id].append(rating)
    for author in authors.values():
        for book in author.books:
            if rated := ratings[book.id]:
                book.review_count = len(rated)
                book.average_rating = round(sum(rated) / len(rated), 2)
    return list(authors.values())
