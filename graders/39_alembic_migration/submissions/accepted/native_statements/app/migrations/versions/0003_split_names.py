import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    first = sa.Column("first_name", sa.String(120), nullable=False, server_default="")
    op.add_column("customers", first)
    op.add_column("customers", sa.Column("last_name", sa.String(120), nullable=True))
    op.execute("UPDATE customers SET first_name = full_name WHERE full_name NOT LIKE '% %'")
    op.execute("""
        UPDATE customers
        SET first_name = substr(full_name, 1, instr(full_name, ' ') - 1),
            last_name = substr(full_name, instr(full_name, ' ') + 1)
        WHERE full_name LIKE '% %'
    """)
    op.drop_column("customers", "full_name")
    op.create_index("ix_customers_last_name", "customers", ["last_name"])


def downgrade() -> None:
    op.drop_index("ix_customers_last_name", "customers")
    full = sa.Column("full_name", sa.String(120), nullable=False, server_default="")
    op.add_column("customers", full)
    op.execute("UPDATE customers SET full_name = first_name WHERE last_name IS NULL")
    op.execute(
        "UPDATE customers SET full_name = first_name || ' ' || last_name"
        " WHERE last_name IS NOT NULL"
    )
    op.drop_column("customers", "first_name")
    op.drop_column("customers", "last_name")
