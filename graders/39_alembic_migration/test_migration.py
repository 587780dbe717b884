"""Grader of 39_alembic_migration: commands run on databases with data, back and forth."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dojo.grader import CommandRun, Commands, SeededInputs, criterion
from dojo.harness.database import Database

Row = Mapping[str, Any]

UPGRADE = "alembic -c app/alembic.ini upgrade head"
DOWNGRADE = "alembic -c app/alembic.ini downgrade -1"
CHECK = "alembic -c app/alembic.ini check"
SMOKE = "app.smoke"
OTHER_DATABASES = ("notebook.sqlite3", "shop.sqlite3")

AT_0002 = """
    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL,
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );
    INSERT INTO alembic_version VALUES ('0002');
    CREATE TABLE customers (
        id INTEGER NOT NULL,
        full_name VARCHAR(120) NOT NULL,
        email VARCHAR(120) NOT NULL,
        CONSTRAINT pk_customers PRIMARY KEY (id),
        CONSTRAINT uq_customers_email UNIQUE (email),
        CONSTRAINT ck_customers_email_has_at CHECK (email LIKE '%@%')
    );
    CREATE TABLE orders (
        id INTEGER NOT NULL,
        customer_id INTEGER NOT NULL,
        item VARCHAR(80) NOT NULL,
        CONSTRAINT pk_orders PRIMARY KEY (id),
        CONSTRAINT fk_orders_customer_id FOREIGN KEY(customer_id)
            REFERENCES customers (id) ON DELETE CASCADE
    );
"""
"""What revisions 0001 and 0002 make, as SQLite keeps it."""

COMMON = {
    "table customers",
    "table orders",
    "column customers.id INTEGER, primary key",
    "column customers.email VARCHAR(120) NOT NULL",
    "unique customers (email)",
    "unique constraint uq_customers_email of customers",
    "column orders.id INTEGER, primary key",
    "column orders.customer_id INTEGER NOT NULL",
    "column orders.item VARCHAR(80) NOT NULL",
    "foreign key orders.customer_id to customers.id ON DELETE CASCADE",
}
OLD = COMMON | {"column customers.full_name VARCHAR(120) NOT NULL"}
NEW = COMMON | {
    "column customers.first_name VARCHAR(120) NOT NULL",
    "column customers.last_name VARCHAR(120)",
    "index ix_customers_last_name on customers (last_name)",
}
NAMES = (
    *("Asha Rao", "Asha Rao", "asha RAO", "Madonna", "Zoe ", " Ben", "Ada  Lovelace"),
    *("", " ", "null"),
    *("Ludwig van Beethoven", "Zoe\u0308 Ka\u0308hler", "O'Brien; -- %s", ":name %(id)s"),
    *("Jean\u00a0Paul Sartre", "No\u00a0space", "Tab\tand Space", "Line\nbreak", "\u3000Wide"),
    *("x " * 60, "👩\u200d🚀 Neil"),
)
"""Names as people have typed them: the first space is not where every function looks for it."""

CHANGES = (
    (
        "a column that no model has",
        "ALTER TABLE orders ADD COLUMN gift VARCHAR(20)",
        "ALTER TABLE orders DROP COLUMN gift",
    ),
    (
        "an index that no model has",
        "CREATE INDEX ix_orders_item ON orders (item)",
        "DROP INDEX ix_orders_item",
    ),
    (
        "a table that no model has",
        "CREATE TABLE coupons (id INTEGER PRIMARY KEY)",
        "DROP TABLE coupons",
    ),
    (
        "the index of `last_name` is missing",
        "DROP INDEX IF EXISTS ix_customers_last_name",
        "CREATE INDEX ix_customers_last_name ON customers (last_name)",
    ),
    (
        "the column `item` is missing",
        "ALTER TABLE orders DROP COLUMN item",
        "ALTER TABLE orders ADD COLUMN item VARCHAR(80) NOT NULL DEFAULT ''",
    ),
    ("the table `orders` is missing", "DROP TABLE orders", "SELECT 1"),
)
"""What makes a database differ from the models, and what undoes it."""


def read_tables(database: Database) -> set[str]:
    """Name the tables, with that of Alembic."""
    found = database.rows("SELECT tbl_name FROM sqlite_master WHERE type = 'table'")
    names = {str(row["tbl_name"]) for row in found}
    return {name for name in names if not name.startswith("sqlite_")}


def read_schema(database: Database) -> set[str]:
    """Describe tables, columns, indexes and keys, each in words; those of Alembic are left out."""
    names = read_tables(database) - {"alembic_version"}
    return {line for name in names for line in [f"table {name}", *describe_table(database, name)]}


def describe_table(database: Database, table: str) -> list[str]:
    """Describe the columns, indexes and foreign keys of a table."""
    columns: list[Row] = [*database.rows("SELECT * FROM pragma_table_info(?)", [table])]
    indexes: list[Row] = [*database.rows("SELECT * FROM pragma_index_list(?)", [table])]
    keys: list[Row] = [*database.rows("SELECT * FROM pragma_foreign_key_list(?)", [table])]
    lines = [describe_column(table, each) for each in columns]
    for row in database.rows("SELECT sql FROM sqlite_master WHERE name = ?", [table]):
        found = re.findall(r"\bCONSTRAINT\W+(\w+)\W+UNIQUE\b", str(row["sql"]), re.IGNORECASE)
        lines += [f"unique constraint {name} of {table}" for name in found]
    for index in indexes:
        named = database.rows("SELECT name FROM pragma_index_info(?)", [index["name"]])
        listed = ", ".join(str(each["name"]) for each in named)
        is_unique = bool(index["unique"])
        name = "unique" if is_unique else f"index {index['name']} on"
        lines.append(f"{name} {table} ({listed})")
    for key in keys:
        source, target = f"{table}.{key['from']}", f"{key['table']}.{key['to'] or 'id'}"
        lines.append(f"foreign key {source} to {target} ON DELETE {key['on_delete']}")
    return lines


def describe_column(table: str, column: Row) -> str:
    """Describe a column; a default says nothing."""
    line = f"column {table}.{column['name']} {str(column['type']).upper()}"
    if column["pk"]:
        return f"{line}, primary key"
    return f"{line} NOT NULL" if column["notnull"] else line


def expect_revision(run: CommandRun, database: Database, revision: str) -> None:
    """Expect that the command has succeeded, and brought the database to a revision."""
    run.expect_success()
    found = read_revision(database)
    if found != [revision]:
        names = [name for name in OTHER_DATABASES if name != database.path.name]
        other = next((name for name in names if is_made(database, name)), None)
        seen = f"revision {', '.join(found)}" if found else "no revision"
        raise run.fails(
            f"revision {revision} in the database that the settings name",
            seen + (f"; there is a new file '{other}'" if other else ""),
        )


def expect_schema(run: CommandRun, database: Database, wanted: set[str], name: str) -> None:
    """Expect exactly these tables."""
    seen = read_schema(database)
    if seen != wanted:
        lines = [f"missing: {line}" for line in sorted(wanted - seen)]
        lines += [f"too many: {line}" for line in sorted(seen - wanted)]
        raise run.fails(f"the columns, indexes and constraints of {name}", "\n".join(lines))


def is_made(database: Database, name: str) -> bool:
    """Tell whether a command has made a file beside the database."""
    return os.path.lexists(database.path.parent / name)


def read_revision(database: Database) -> list[str]:
    """Give what Alembic has noted in the database; none before it was there."""
    if "alembic_version" not in read_tables(database):
        return []
    return [
        str(row["version_num"]) for row in database.rows("SELECT version_num FROM alembic_version")
    ]


def split(customer: Row) -> Row:
    """Give an old row as it is in the new table."""
    first, space, last = str(customer["full_name"]).partition(" ")
    kept = {"id": customer["id"], "email": customer["email"]}
    return kept | {"first_name": first, "last_name": last if space else None}


def join(customer: Row) -> Row:
    """Give a new row as it is in the old table."""
    last = customer["last_name"]
    name = customer["first_name"] if last is None else f"{customer['first_name']} {last}"
    return {"id": customer["id"], "email": customer["email"], "full_name": name}


def draw_customers(inputs: SeededInputs, names: Sequence[str]) -> list[Row]:
    """Draw customers with these names, in the order of their ids."""
    ids = sorted(inputs.numbers(len(names)))
    return [
        {"id": number, "full_name": name, "email": f"{inputs.name()}@Example.com"}
        for number, name in zip(ids, inputs.sample(names, len(names)), strict=True)
    ]


def draw_orders(inputs: SeededInputs, customers: Sequence[Row]) -> list[Row]:
    """Draw two orders for each customer."""
    owners = [each["id"] for each in [*customers, *customers]]
    return [
        {"id": number, "customer_id": owner, "item": inputs.word()}
        for number, owner in zip(sorted(inputs.numbers(len(owners))), owners, strict=True)
    ]


def fill(
    commands: Commands, database: Database, inputs: SeededInputs, names: Sequence[str] = ()
) -> tuple[list[Row], list[Row]]:
    """Make a database at revision 0002 with customers and orders; give both."""
    drawn = [f"{inputs.name()} {inputs.name()}" for _ in range(4)]
    customers = draw_customers(inputs, [*names, *drawn])
    orders = draw_orders(inputs, customers)
    database.execute_script(AT_0002)
    database.insert("customers", customers)
    database.insert("orders", orders)
    commands.note(
        f"a database at revision 0002 with {len(customers)} customers and {len(orders)} orders"
    )
    return customers, orders


def expect_rows(run: CommandRun, database: Database, table: str, rows: Sequence[Row]) -> None:
    """Expect these rows in a table; a failure shows the first one that is not as it should be."""
    if f"table {table}" not in read_schema(database):
        raise run.fails(f"the table '{table}'", "no such table")
    found = {each.get("id"): each for each in database.rows(f"SELECT * FROM {table}")}
    wanted = {each["id"]: each for each in rows}
    for number in [*wanted, *(found.keys() - wanted.keys())]:
        row = found.get(number)
        seen = row and {name: row[name] for name in rows[0] if name in row}
        if wanted.get(number) != seen:
            differ = len(found) != len(rows)
            count = f"; the table has {len(found)} rows and not {len(rows)}" if differ else ""
            expected = f"in '{table}': {describe_row(wanted.get(number))}"
            raise run.fails(expected, f"{describe_row(seen)}{count}")


def describe_row(row: Row | None) -> str:
    """Write a row, or that there is none; of white space only the space is written as it is."""
    if row is None:
        return "no such row"
    text = json.dumps(row, ensure_ascii=False, default=repr)
    return re.sub(r"[^\S ]", lambda found: f"\\u{ord(found[0]):04x}", text)


@criterion(task=1)
async def test_head_is_reached(
    commands: Commands, database: Database, inputs: SeededInputs
) -> None:
    """`alembic upgrade head` leads an empty database and one at 0002 to revision 0003."""
    empty = Database(database.path.parent / "empty")
    empty.path.parent.mkdir()
    commands.note("an empty database")
    expect_revision(await commands.run(UPGRADE, DATABASE_URL=empty.url), empty, "0003")
    fill(commands, database, inputs)
    expect_revision(await commands.run(UPGRADE), database, "0003")


@criterion(task=1)
async def test_url_is_taken_as_it_is(
    commands: Commands, database: Database, inputs: SeededInputs
) -> None:
    """The whole URL of the settings counts, with driver, percent sign and query; no other does."""
    named = Database(database.path.parent / "100%20")
    named.path.parent.mkdir()
    fill(commands, named, inputs)
    # SQLite takes a URI where the query says so, and a URL holds it quoted once more.
    url = f"sqlite+aiosqlite:///file:{quote(quote(str(named.path)))}?mode=rw&uri=true"
    run = await commands.run(UPGRADE, DATABASE_URL=url)
    expect_revision(run, named, "0003")
    for name in OTHER_DATABASES:
        if is_made(database, name):
            raise run.fails("no other database is used", f"the file '{name}' is made")
    if not run.evidence.logs("aiosqlite"):
        raise run.fails(
            "a connection of `aiosqlite`, the driver in the URL",
            "the migration runs, but `aiosqlite` opens no connection",
            because="Another driver is used. In production there is none.",
        )
    usual = Database(database.path.parent)
    usual.path = usual.path.with_name("shop.sqlite3")
    fill(commands, usual, inputs)
    expect_revision(await commands.run(UPGRADE, DATABASE_URL=None), usual, "0003")


@criterion(task=2)
async def test_names_are_split(
    commands: Commands, database: Database, inputs: SeededInputs
) -> None:
    """The upgrade splits each full name at its first space; without one, `last_name` is NULL."""
    customers, _ = fill(commands, database, inputs, NAMES)
    run = await commands.run(UPGRADE)
    expect_revision(run, database, "0003")
    expect_rows(run, database, "customers", [split(each) for each in customers])


@criterion(task=2)
async def test_all_else_is_kept(
    commands: Commands, database: Database, inputs: SeededInputs
) -> None:
    """The upgrade makes the tables of the models; ids, addresses, orders and constraints stay."""
    customers, orders = fill(commands, database, inputs)
    run = await commands.run(UPGRADE)
    expect_revision(run, database, "0003")
    expect_rows(run, database, "orders", orders)
    kept = [{"id": each["id"], "email": each["email"]} for each in customers]
    expect_rows(run, database, "customers", kept)
    expect_schema(run, database, NEW, "the models")
    expect_refusals(run, database, customers, "first_name")


def expect_refusals(
    run: CommandRun, database: Database, customers: Sequence[Row], name: str
) -> None:
    """Expect that an address without an `@` is refused: such a constraint is in no list."""
    insert = f"INSERT OR IGNORE INTO customers (id, {name}, email) VALUES (1, 'X', 'nowhere')"
    database.execute(insert)
    if len(database.rows("SELECT id FROM customers")) != len(customers):
        expected = "a customer whose `email` has no `@` is refused by the database"
        raise run.fails(expected, "it is stored: the constraint is gone")


@criterion(task=3)
async def test_downgrade_restores_names(
    commands: Commands, database: Database, inputs: SeededInputs
) -> None:
    """`downgrade -1` gives back the old tables and each full name, also of new customers."""
    customers, orders = fill(commands, database, inputs, NAMES)
    first = await commands.run(UPGRADE)
    expect_revision(first, database, "0003")
    columns = {line.split()[1] for line in describe_table(database, "customers")}
    if not columns >= {"customers.first_name", "customers.last_name"}:
        raise first.fails("the columns `first_name` and `last_name`", "they are missing")
    changed = change_customers(commands, database, inputs, customers)
    run = await commands.run(DOWNGRADE)
    expect_revision(run, database, "0002")
    expect_schema(run, database, OLD, "revision 0002")
    expect_rows(run, database, "customers", changed)
    expect_rows(run, database, "orders", orders)
    expect_refusals(run, database, changed, "full_name")


def change_customers(
    commands: Commands, database: Database, inputs: SeededInputs, customers: Sequence[Row]
) -> list[Row]:
    """Rename one customer and add some, as the app does after the upgrade; give all, as of old."""
    renamed = inputs.choice(customers)
    last = inputs.name()
    database.execute(
        "UPDATE customers SET first_name = 'Mary Ann', last_name = ? WHERE id = ?",
        [last, renamed["id"]],
    )
    names = [("Mary Ann", None), ("Jo ", "Ko"), (inputs.name(), ""), ("", inputs.name())]
    added = [
        {"id": number, "email": f"{number}@new.example", "first_name": first, "last_name": last}
        for number, (first, last) in enumerate(names, start=100_001)
    ]
    database.insert("customers", added)
    commands.note(f"customer {renamed['id']} is renamed, and four others are added")
    kept = [each for each in customers if each is not renamed]
    return [*kept, {**renamed, "full_name": f"Mary Ann {last}"}, *map(join, added)]


@criterion(task=3)
async def test_it_goes_back_and_forth(
    commands: Commands, database: Database, inputs: SeededInputs
) -> None:
    """Upgrade and downgrade work again and again, and no customer or order is lost."""
    customers, orders = fill(commands, database, inputs)
    for turn in (1, 2):
        expect_revision(await commands.run(UPGRADE), database, "0003")
        run = await commands.run(DOWNGRADE)
        expect_revision(run, database, "0002")
        expect_rows(run, database, "customers", customers)
        expect_rows(run, database, "orders", orders)
        expect_schema(run, database, OLD, "revision 0002")
        new: Row = {
            "id": 100_000 + turn,
            "full_name": inputs.name(),
            "email": f"{turn}@new.example",
        }
        database.insert("customers", [new])
        commands.note("one more customer is added")
        customers = [*customers, new]


@criterion(task=4)
async def test_check_finds_differences(
    commands: Commands, database: Database, inputs: SeededInputs
) -> None:
    """`alembic check` succeeds after the upgrade, and fails once database and models differ."""
    fill(commands, database, inputs)
    expect_revision(await commands.run(UPGRADE), database, "0003")
    (await commands.run(CHECK)).expect_success()
    schema, done = read_schema(database), tuple(commands.did)
    for what, change, undo in CHANGES:
        database.execute(change)
        if read_schema(database) == schema:
            continue
        commands.did[:] = done
        commands.note(what)
        run = await commands.run(CHECK)
        if run.succeeded:
            raise run.fails(f"an exit status other than 0: {what}", run.describe())
        database.execute(undo)


@criterion(task=4)
async def test_app_makes_no_table(
    commands: Commands, database: Database, inputs: SeededInputs
) -> None:
    """The start of the app changes no table; after the upgrade it shows the customers."""
    commands.note("an empty database")
    await expect_no_change(commands, database)
    customers, _ = fill(commands, database, inputs)
    await expect_no_change(commands, database)
    expect_revision(await commands.run(UPGRADE), database, "0003")
    run = await expect_no_change(commands, database)
    run.expect_success()
    if read_json(run) != [split(each) for each in customers]:
        seen = run.output.strip()[:300] or "nothing"
        raise run.fails("all customers, with their first and last names", seen)
    for name in ("orders", "alembic_version"):
        database.execute(f"DROP TABLE IF EXISTS {name}")
    commands.note("the tables `orders` and `alembic_version` are dropped")
    await expect_no_change(commands, database)


async def expect_no_change(commands: Commands, database: Database) -> CommandRun:
    """Expect that the database is the same after the app was started; give what came of it."""
    before = read_state(database)
    run = await commands.run(SMOKE)
    after = read_state(database)
    if after != before:
        lines = [*sorted(after - before), *(f"no {line}" for line in sorted(before - after))]
        now = "\n".join(lines)
        raise run.fails("the same tables after the app was started", f"now there is: {now}")
    return run


def read_state(database: Database) -> set[str]:
    """Describe the schema, with the table of Alembic and the revision."""
    tables = {f"table {name}" for name in read_tables(database)}
    return read_schema(database) | tables | {f"revision {each}" for each in read_revision(database)}


def read_json(run: CommandRun) -> Any:
    """Give the JSON value that a command has written, `None` if it is none."""
    try:
        return json.loads(run.output)
    except (ValueError, RecursionError):
        return None
