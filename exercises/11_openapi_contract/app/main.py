"""The two doors of the house: the one of the staff, and below `/public` that of everybody."""

from .api import create_app

app = create_app(docs_enabled=True)
app.mount("/public", create_app(docs_enabled=False))
