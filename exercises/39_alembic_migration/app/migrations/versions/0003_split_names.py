"""Split the full name of a customer into a first and a last name."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Give the table the columns of the model, and each customer their names."""
    # TODO 2: nothing is done yet.


def downgrade() -> None:
    """Give each customer the full name again, and the table its old columns."""
    # TODO 3: nothing is done yet.
