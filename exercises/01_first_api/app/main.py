"""The first routes of the Corner Shop API. Nothing is stored yet.

What the shop's app developers were promised:

    GET  /health                   200  {"status": "ok"}
    GET  /greet/{name}?title=Dr    200  {"message": "Hello, Dr <name>"}, "Mr" without a title
    POST /items                    201  the item: name, price, in_stock (true unless given)
                                   422  when the body does not fit, naming the field at fault
    GET  /openapi.json             200  "Corner Shop API", version "2.1.0", items described
"""

from fastapi import FastAPI

# TODO 1: give the API its title and version, and answer GET /health.
app = FastAPI()

# TODO 2: greet people by title and name.

# TODO 3: take in an item, or say what is wrong with it.
