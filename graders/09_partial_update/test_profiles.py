"""Grader of 09_partial_update: what a patch changes, what it keeps, and what it refuses.

The store numbers profiles 1, 2, …, so a criterion knows the ids of what it has posted. What it
posts to prepare something is not looked at.
"""

from typing import Any

import httpx

from dojo.grader import Oracle, SeededInputs, criterion, expect

Body = dict[str, Any]

FIRST = "/profiles/1"
SECOND = "/profiles/2"
LEAVE, RETURN = "2026-07-10", "2026-07-20"
NULLABLE = ("nickname", "phone", "address", "away_from", "away_until")
DATES = {"away_from": LEAVE, "away_until": RETURN}


def draft(inputs: SeededInputs, **changes: Any) -> Body:
    """Draw a profile with a value in each field that is no default."""
    whole = {
        "name": inputs.name(),
        "nickname": inputs.word(),
        "phone": str(inputs.number()),
        "newsletter": False,
        "address": {"street": inputs.name(), "city": inputs.name(), "door": inputs.word(2)},
        **DATES,
    }
    return whole | changes


def stored(profile_id: int, sent: Body) -> Body:
    """Give the profile that is stored for a draft; the first one is the admin's."""
    return sent | {"id": profile_id, "role": "member" if profile_id > 1 else "admin"}


async def prepare(client: httpx.AsyncClient, *drafts: Body) -> None:
    """Create profiles, whose ids are 1, 2, …"""
    for each in drafts:
        await client.post("/profiles", json=each)


async def expect_changed(client: httpx.AsyncClient, path: str, patch: Body, result: Body) -> None:
    """Expect that a patch is taken, and which profile it leads to, in the answer and afterwards."""
    answer = await client.patch(path, json=patch)
    expect(answer).status(200).json(result)
    await expect_stored(client, path, result)


async def expect_stored(client: httpx.AsyncClient, path: str, profile: Body) -> None:
    """Expect what `GET` gives after a patch."""
    expect(await client.get(path)).status(200).json(profile)


async def expect_refused(
    client: httpx.AsyncClient, field: str, value: Any, because: str, path: str = FIRST
) -> None:
    """Expect that a patch of one field is a 422 that names this field."""
    refused = await client.patch(path, json={field: value})
    expect(refused).invalid_within("body", because=because)
    named = [each["loc"][1:2] for each in expect(refused).read_json("detail")]
    if any(each != [field] for each in named):
        raise expect(refused).fails(
            f"each 'loc' beginning with 'body' and '{field}'", refused.text, because
        )


@criterion(task=1)
async def test_only_sent_fields_change(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A patch changes exactly the fields that are sent and keeps all others."""
    profile, other = draft(inputs), draft(inputs)
    await prepare(client, other, profile)
    profile = stored(2, profile)
    for patch in (
        {"phone": str(inputs.number())},
        {},
        {"name": inputs.name()},
        {"nickname": ""},
        {"newsletter": True},
        {"newsletter": False, "away_from": "2026-07-01"},
        {"away_until": "2026-07-31"},
    ):
        profile |= patch
        await expect_changed(client, SECOND, patch, profile)
    await expect_stored(client, FIRST, stored(1, other))


@criterion(task=2)
async def test_null_clears_field(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`null` is stored in each field that may be null."""
    profile = draft(inputs)
    await prepare(client, profile)
    profile = stored(1, profile)
    for field in NULLABLE:
        profile[field] = None
        await expect_changed(client, FIRST, {field: None}, profile)


@criterion(task=2)
async def test_other_nulls_are_refused(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`null` is a 422 for a name or a newsletter, and for a street or a city."""
    await prepare(client, draft(inputs))
    for field in ("name", "newsletter"):
        await expect_refused(client, field, None, f"'{field}' may not be null.")
    for field in ("street", "city"):
        await expect_refused(client, "address", {field: None}, f"'{field}' may not be null.")


@criterion(task=2)
async def test_unknown_fields_are_refused(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """An unknown field in a draft or an address is a 422, also `id` and `role`."""
    await prepare(client, draft(inputs))
    word = inputs.word(2)
    for field, value in (("id", 1), ("id", 2), ("role", "admin"), ("role", "member"), (word, None)):
        await expect_refused(client, field, value, "This field is not in ProfileDraft.")
    await expect_refused(client, "address", {word: word}, f"'{word}' is not in Address.")


@criterion(task=3)
async def test_address_is_merged(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A patch of the address keeps the address fields that are not sent."""
    profile = draft(inputs)
    await prepare(client, profile)
    profile = stored(1, profile)
    for part in ({"street": inputs.name()}, {}, {"city": inputs.name()}, {"door": None}):
        profile["address"] |= part
        await expect_changed(client, FIRST, {"address": part}, profile)


@criterion(task=3)
async def test_new_address_is_whole(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A profile without an address needs a street and a city. The door is optional."""
    profile = draft(inputs, address=None)
    await prepare(client, profile)
    for part in ({}, {"city": inputs.name()}, {"street": inputs.name(), "door": inputs.word(2)}):
        await expect_refused(client, "address", part, "No address is stored, so send a whole one.")
    whole = {"street": inputs.name(), "city": inputs.name()}
    result = stored(1, profile) | {"address": whole | {"door": None}}
    await expect_changed(client, FIRST, {"address": whole}, result)


@criterion(task=4)
async def test_result_is_checked(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """The new profile has its dates in order. A refused patch changes nothing."""
    profile = draft(inputs)
    await prepare(client, profile)
    profile = stored(1, profile)
    because = "In the new profile, away_until is before away_from."
    for wrong in ({"away_from": "2026-07-21"}, {"away_until": "2026-07-09"}):
        patch = {"name": inputs.name(), "phone": None, "address": {"city": inputs.name()}, **wrong}
        refused = await client.patch(FIRST, json=patch)
        expect(refused).invalid_within("body", because=because)
        await expect_stored(client, FIRST, profile)
    for leave, back in (
        ("2026-08-01", "2026-08-09"),  # each is behind both old ones
        ("2026-06-01", "2026-06-09"),  # each is before both old ones
        ("2026-06-09", "2026-06-09"),
    ):
        patch = {"away_from": leave, "away_until": back}
        profile |= patch
        await expect_changed(client, FIRST, patch, profile)


@criterion(task=4)
async def test_any_patch_keeps_contract(oracle: Oracle) -> None:
    """Any patches, in any order, give the right profile."""
    await oracle.compare()
