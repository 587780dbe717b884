"""Grader of $id. REPLACE: what it looks at."""

import httpx

from dojo.grader import Draw, criterion, expect


@criterion(task=1)
async def test_greeting_holds_the_name(client: httpx.AsyncClient, draw: Draw) -> None:
    """`GET /greetings/{name}` greets the person by name."""
    name = draw.word(6)
    greeting = await client.get(f"/greetings/{name}")

    expect(greeting).status(200).json({"text": f"Hello {name}"})
