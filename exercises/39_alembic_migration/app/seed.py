"""Customers to try a migration on: `python -m app.seed` adds some to a database at revision 0002.

It writes the columns of that revision, which the models do not have any more.
"""

import asyncio

from sqlalchemy import text

from .database import engine

NAMES = ("Asha Rao", "Ludwig van Beethoven", "Madonna", "Zoe ", "Ada  Lovelace")


async def add_customers() -> None:
    async with engine.begin() as connection:
        for number, name in enumerate(NAMES, start=1):
            customer = {"id": number, "name": name, "email": f"customer{number}@example.com"}
            order = {"id": number, "item": "Desk lamp"}
            await connection.execute(
                text("INSERT INTO customers (id, full_name, email) VALUES (:id, :name, :email)"),
                customer,
            )
            await connection.execute(
                text("INSERT INTO orders (customer_id, item) VALUES (:id, :item)"), order
            )


if __name__ == "__main__":
    asyncio.run(add_customers())
