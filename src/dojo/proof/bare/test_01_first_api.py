"""The baseline for 01: what its grader asserts, in one process through `TestClient`."""

import random

from app.main import app
from fastapi.testclient import TestClient

client = TestClient(app)
draw = random.Random()


def make_item(**changes):
    item = {"name": "Kettle", "price": draw.randint(1, 999_999) / 100, "in_stock": True} | changes
    return {key: value for key, value in item.items() if value is not ...}


def test_health_answers_exactly_ok():
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/unknown").status_code == 404


def test_openapi_carries_title_version():
    info = client.get("/openapi.json").json()["info"]
    assert (info["title"], info["version"]) == ("Corner Shop API", "2.1.0")


def test_greeting_uses_title_or_mr():
    for title in ("Dr", "Smt."):
        greeting = client.get("/greet/Asha", params={"title": title})
        assert greeting.json() == {"message": f"Hello, {title} Asha"}
    assert client.get("/greet/Asha").json() == {"message": "Hello, Mr Asha"}


def test_greeting_keeps_any_name():
    for name in ("Asha Rao", "luma de Souza", "O'Brien", "मीरा जोशी", "Žofie"):
        greeting = client.get(f"/greet/{name}", params={"title": "Dr"})
        assert greeting.status_code == 200
        assert greeting.json() == {"message": f"Hello, Dr {name}"}


def test_created_item_comes_back():
    for price in (12.34, 7, 0.1, 99999.99):
        created = client.post("/items", json=make_item(price=price, in_stock=False))
        assert created.status_code == 201
        assert float(created.json()["price"]) == price
    for item in (make_item(in_stock=...), make_item(name="मसाला चाय")):
        created = client.post("/items", json=item)
        assert created.status_code == 201
        assert created.json()["in_stock"] is True


def test_bad_item_names_culprit():
    for field, item in (
        ("name", make_item(name=...)),
        ("price", make_item(price=...)),
        ("price", make_item(price="abc")),
        ("in_stock", make_item(in_stock=None)),
    ):
        refused = client.post("/items", json=item)
        assert refused.status_code == 422
        assert [each["loc"] for each in refused.json()["detail"]] == [["body", field]]
    json_type = {"content-type": "application/json"}
    for refused in (
        client.post("/items"),
        client.post("/items", headers=json_type),
        client.post("/items", json=[make_item()]),
    ):
        assert refused.status_code == 422
        assert all(each["loc"][0] == "body" for each in refused.json()["detail"])


def test_price_is_finite_not_negative():
    for wrong in (-0.01, -7, "nan", "NaN", "inf", "Infinity", "-Infinity"):
        refused = client.post("/items", json=make_item(price=wrong))
        assert [each["loc"] for each in refused.json()["detail"]] == [["body", "price"]]
    assert client.post("/items", json=make_item(price=0)).is_success


def test_openapi_documents_items():
    document = client.get("/openapi.json").json()
    operation = document["paths"]["/items"]["post"]
    assert [code for code in operation["responses"] if code.startswith("2")] == ["201"]
    for part in (operation["responses"]["201"], operation["requestBody"]):
        name = part["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        properties = document["components"]["schemas"][name]["properties"]
        assert {"name", "price", "in_stock"} <= set(properties)
