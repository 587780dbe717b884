"""What the document says beyond what FastAPI finds."""

from typing import Any

ERRORS = {
    ("/rooms", "post"): (401, 409),
    ("/rooms/{code}", "get"): (404,),
    ("/room/{code}", "get"): (404,),
    ("/bookings", "get"): (401,),
    ("/bookings", "post"): (404, 409),
    ("/bookings/{number}/confirm", "post"): (404,),
    ("/bookings/{number}/confirm", "get"): (404,),
}
EXAMPLES = {
    "/rooms": {"code": "B1", "seats": 4, "equipment": []},
    "/bookings": {"room": "A1", "day": "2027-05-01"},
}
PROBLEM = {
    "type": "object",
    "properties": {"detail": {"type": "string"}},
    "required": ["detail"],
}


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Add errors, examples and what is always there; drop what is not meant to be seen."""
    paths, schemas = document["paths"], document["components"]["schemas"]
    for path in [path for path in paths if path.startswith("/internal")]:
        del paths[path]
    for (path, method), codes in ERRORS.items():
        for code in codes:
            media = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
            described = {"description": "Refused", "content": media}
            paths[path][method]["responses"][str(code)] = described
    for path, example in EXAMPLES.items():
        paths[path]["post"]["requestBody"]["content"]["application/json"]["example"] = example
    for name in ("Room", "Booking"):
        schemas[name]["required"] = list(schemas[name]["properties"])
    schemas["Problem"] = PROBLEM
    paths["/room/{code}"]["get"]["deprecated"] = True
    return document
