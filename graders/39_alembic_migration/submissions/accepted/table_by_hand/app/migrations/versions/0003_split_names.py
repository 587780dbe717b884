from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COMMON = """
    email VARCHAR(120) NOT NULL,
    CONSTRAINT pk_customers PRIMARY KEY (id),
    CONSTRAINT uq_customers_email UNIQUE (email),
    CONSTRAINT ck_customers_email_has_at CHECK (email LIKE '%@%')
"""


def upgrade():
    op.execute(
        "CREATE TABLE new_customers (id INTEGER NOT NULL, first_name VARCHAR(120) NOT NULL,"
        f" last_name VARCHAR(120), {COMMON})"
    )
    op.execute("""
        WITH spaces AS (SELECT *, instr(full_name, ' ') AS place FROM customers)
        INSERT INTO new_customers (id, first_name, last_name, email)
        SELECT id, full_name, NULL, email FROM spaces WHERE place = 0
        UNION ALL
        SELECT id, substr(full_name, 1, place - 1), substr(full_name, place + 1), email
        FROM spaces WHERE place > 0
    """)
    op.execute("DROP TABLE customers")
    op.execute("ALTER TABLE new_customers RENAME TO customers")
    op.execute("CREATE INDEX ix_customers_last_name ON customers (last_name)")


def downgrade():
    op.execute(
        "CREATE TABLE old_customers"
        f" (id INTEGER NOT NULL, full_name VARCHAR(120) NOT NULL, {COMMON})"
    )
    op.execute("""
        INSERT INTO old_customers (id, full_name, email)
        SELECT id, iif(last_name IS NULL, first_name, first_name || ' ' || last_name), email
        FROM customers
    """)
    op.execute("DROP TABLE customers")
    op.execute("ALTER TABLE old_customers RENAME TO customers")
