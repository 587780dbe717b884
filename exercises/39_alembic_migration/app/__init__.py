"""The customers of a shop. The tables are made and changed by Alembic alone."""
