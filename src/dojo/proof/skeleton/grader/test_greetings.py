"""Grader of $id. REPLACE: what it looks at."""

import httpx

from dojo.grader import Oracle, SeededInputs, criterion, expect


@criterion(task=1)
async def test_greeting_holds_the_name(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`GET /greetings/{name}` greets the person by name."""
    name = inputs.word(6)
    greeting = await client.get(f"/greetings/{name}")

    expect(greeting).status(200).json({"text": f"Hello {name}"})


@criterion(task=1)
async def test_any_greeting_is_right(oracle: Oracle) -> None:
    """The route gives the right answer to any requests, in any order."""
    await oracle.compare()
