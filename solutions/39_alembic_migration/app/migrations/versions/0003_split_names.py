"""Split the full name of a customer into a first and a last name."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

SPLIT = """
    UPDATE customers SET
        first_name = substr(full_name, 1, instr(full_name || ' ', ' ') - 1),
        last_name = CASE WHEN instr(full_name, ' ') > 0
            THEN substr(full_name, instr(full_name, ' ') + 1) END
"""
JOIN = "UPDATE customers SET full_name = first_name || coalesce(' ' || last_name, '')"


def upgrade() -> None:
    for name in ("first_name", "last_name"):
        op.add_column("customers", sa.Column(name, sa.String(120)))
    op.execute(SPLIT)
    with op.batch_alter_table("customers") as table:
        table.alter_column("first_name", nullable=False)
        table.drop_column("full_name")
    op.create_index("ix_customers_last_name", "customers", ["last_name"])


def downgrade() -> None:
    op.add_column("customers", sa.Column("full_name", sa.String(120)))
    op.execute(JOIN)
    with op.batch_alter_table("customers") as table:
        table.drop_index("ix_customers_last_name")
        for name in ("first_name", "last_name"):
            table.drop_column(name)
        table.alter_column("full_name", nullable=False)
