"""How the shop is written."""

import inspect

from .. import database, items


def test_session_commits() -> None:
    assert "session.commit()" in inspect.getsource(database.get_session)


def test_unknown_item_is_refused() -> None:
    assert "raise HTTPException(404" in inspect.getsource(items.read_item)
