"""The baseline for 03: what its grader asserts, in one process through `TestClient`."""

import json
import logging
from collections import Counter

import pytest
from app.main import app
from fastapi.testclient import TestClient

KEY = {"X-API-Key": "demo-key"}
DRAFT = {"item": "luma", "pieces": 20, "boxes": 3}
TOO_MANY = {"item": "pedals", "pieces": 900, "boxes": 1}
MISSING = ("GET", "/orders/99999", None)
MISSING_CUSTOMER = ("GET", "/customers/99/orders", None)
CRASH = ("GET", "/orders/104", None)
REFUSED = ("POST", "/customers/2/orders", TOO_MANY)
INVALID = ("POST", "/customers/1/orders", {"item": "", "pieces": 0, "boxes": 1})


class Records(logging.Handler):
    def __init__(self):
        super().__init__()
        self.seen = []

    def emit(self, record):
        self.seen.append((record.getMessage(), record.session))

    def count(self, action):
        return Counter(session for seen, session in self.seen if seen == action)


@pytest.fixture
def records():
    logger = logging.getLogger("kata.session")
    handler = Records()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.removeHandler(handler)


@pytest.fixture
def client():
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def ask(client, step, headers=KEY):
    method, path, body = step
    return client.request(method, path, json=body, headers=headers)


def test_request_uses_one_session(client, records):
    for _ in range(2):
        for step in (
            ("GET", "/customers/1/orders", None),
            ("POST", "/customers/1/orders", DRAFT),
        ):
            records.seen.clear()
            ask(client, step)
            assert len(records.count("opened")) == 1
            assert set(records.count("read")) == set(records.count("opened"))


def test_session_closes_once(client, records):
    created = ask(client, ("POST", "/customers/1/orders", DRAFT))
    assert created.status_code == 201
    order = created.json()
    details = ask(client, ("GET", f"/orders/{order['id']}", None))
    assert details.json() == order | {"pieces_per_box": 7}
    listed = ask(client, ("GET", "/customers/1/orders", None))
    assert listed.json()["orders"][-1] == order
    assert set(records.count("closed").values()) == {1}


def test_session_closes_after_errors(client, records):
    for step in (MISSING, MISSING_CUSTOMER, CRASH, REFUSED, INVALID):
        ask(client, step)
    assert records.count("closed") == records.count("opened")


def test_failed_request_rolls_back(client, records):
    for step in (MISSING, MISSING_CUSTOMER, CRASH, REFUSED):
        ask(client, step)
    assert len(records.count("rolled back")) == 4
    assert "pedals" not in ask(client, ("GET", "/customers/2/orders", None)).text


def test_client_sees_original_error(client):
    for step, status in (
        (MISSING, 404),
        (MISSING_CUSTOMER, 404),
        (CRASH, 500),
        (REFUSED, 409),
        (INVALID, 422),
    ):
        assert ask(client, step).status_code == status


def test_export_streams_from_session(client, records):
    created = ask(client, ("POST", "/customers/1/orders", DRAFT))
    export = ask(client, ("GET", "/exports/orders", None))
    assert json.loads(export.text.splitlines()[-1]) == created.json()
    assert records.seen[-1][0] == "closed"


def test_overlapping_requests_stay_apart(client, records):
    with client.stream("GET", "/exports/orders", headers=KEY) as export:
        for path in ("/exports/orders", "/customers/1/orders", "/orders/101"):
            ask(client, ("GET", path, None))
        export.read()
    assert len(records.count("opened")) == 4


def test_refused_request_opens_nothing(client, records):
    order, orders = ("GET", "/orders/101", None), ("GET", "/customers/1/orders", None)
    export = ("GET", "/exports/orders", None)
    strangers = [
        (order, None),
        (orders, None),
        (("POST", "/customers/1/orders", DRAFT), None),
        (export, None),
        (("GET", "/orders/none", None), "luma"),
        (orders, "demo-ke"),
        (INVALID, "DEMO-KEY"),
        (export, "demo-keyluma"),
        (order, ""),
    ]
    for step, key in strangers:
        assert ask(client, step, {} if key is None else {"X-API-Key": key}).status_code == 401
    assert not records.seen
    assert ask(client, order).status_code != 401
    assert records.seen
