"""Settings: where the database is. The variable `DATABASE_URL` names it."""

import os

DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///shop.sqlite3")
