"""Members, in the style of unittest."""

import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from fastapi.testclient import TestClient

from ..mail import get_mailer
from ..main import create_app
from .conftest import Mailbox


class TestMembers(unittest.TestCase):
    def setUp(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        settings = {"SHOP_DATABASE": str(Path(folder, "shop.db"))}
        self.enterContext(mock.patch.dict(os.environ, settings))
        self.mailbox = Mailbox()
        shop = create_app()
        shop.dependency_overrides[get_mailer] = lambda: self.mailbox
        self.client = self.enterContext(TestClient(shop))

    def test_new_member_gets_mail(self) -> None:
        reply = self.client.post("/members", json={"email": "bob@example.com"})
        assert reply.status_code == 201
        assert self.mailbox == ["bob@example.com"]
