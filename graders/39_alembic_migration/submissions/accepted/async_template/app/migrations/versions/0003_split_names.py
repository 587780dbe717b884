from collections.abc import Sequence
from typing import Union

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: Union[str, Sequence[str], None] = "0002"
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

customers = sa.table(
    "customers",
    sa.column("id", sa.Integer),
    sa.column("full_name", sa.String),
    sa.column("first_name", sa.String),
    sa.column("last_name", sa.String),
)


def upgrade() -> None:
    with op.batch_alter_table("customers") as batch_op:
        batch_op.add_column(sa.Column("first_name", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("last_name", sa.String(length=120), nullable=True))
        batch_op.create_index(batch_op.f("ix_customers_last_name"), ["last_name"], unique=False)

    connection = op.get_bind()
    for customer in connection.execute(sa.select(customers.c.id, customers.c.full_name)).all():
        first, space, last = customer.full_name.partition(" ")
        connection.execute(
            customers.update()
            .where(customers.c.id == customer.id)
            .values(first_name=first, last_name=last if space else None)
        )

    with op.batch_alter_table("customers") as batch_op:
        batch_op.alter_column("first_name", existing_type=sa.String(length=120), nullable=False)
        batch_op.drop_column("full_name")


def downgrade() -> None:
    with op.batch_alter_table("customers") as batch_op:
        batch_op.add_column(
            sa.Column("full_name", sa.String(length=120), nullable=False, server_default="")
        )
    last = sa.func.coalesce(" " + customers.c.last_name, "")
    op.execute(customers.update().values(full_name=customers.c.first_name + last))
    with op.batch_alter_table("customers") as batch_op:
        batch_op.alter_column("full_name", server_default=None)
        batch_op.drop_index(batch_op.f("ix_customers_last_name"))
        batch_op.drop_column("last_name")
        batch_op.drop_column("first_name")
