"""Grader of 12_validators: what a sign-up may hold, by the form and by the lists.

The routes are given, so whatever is seen here comes from the class `SignUp`.
"""

import json
from typing import Any

import httpx

from dojo.grader import Host, Oracle, SeededInputs, criterion, expect

Body = dict[str, Any]

FORM, LISTS = "/members", "/members/import"
ADULT = "`age` is a whole number from 18 to 120."
EVERYWHERE = "A row of a list follows the same rules as the form."
FIRST_TRIMMED = "Remove the spaces at the ends first. The rest has 1 to 100 characters."
KEPT_AS_SENT = "A password is used as it was sent. Spaces at its ends count."
NO_DIGITS = "A name has no digits."
SHORTEST, LONGEST = 8, 128


def form(inputs: SeededInputs, **changes: Any) -> Body:
    """Draw a sign-up that fits; `changes` replace or, with `...`, remove keys."""
    password = f"{inputs.word()} {inputs.word(4)}"
    whole = {
        "name": f"{inputs.name()} {inputs.name()}",
        "email": f"{inputs.word()}@{inputs.word()}.in",
        "age": inputs.randint(19, 119),
        "password": password,
        "password_repeat": password,
    } | changes
    return {key: value for key, value in whole.items() if value is not ...}


def twice(password: Any) -> Body:
    """Give both passwords of a form."""
    return {"password": password, "password_repeat": password}


async def submit(client: httpx.AsyncClient, host: Host, sent: Body) -> httpx.Response:
    """Send a form; those before it have other addresses, so a failure need not show them."""
    host.history.clear()
    return await client.post(FORM, json=sent)


async def expect_member(
    client: httpx.AsyncClient, host: Host, sent: Body, because: str = "", **kept: Any
) -> None:
    """Expect that a form is taken, and what is `kept` of it."""
    answer = await submit(client, host, sent)
    expect(answer).status(201, because)
    for key, value in kept.items():
        expect(answer).json_at(key, equals=value, because=because)


async def expect_refused(
    client: httpx.AsyncClient, host: Host, sent: Body, *location: str, because: str = ""
) -> httpx.Response:
    """Expect that a form is refused with one error, which is at `location` in the body."""
    answer = await submit(client, host, sent)
    expect(answer).invalid_at("body", *location, because=because)
    expect_places(answer, expect(answer).read_json("detail"), [["body", *location]])
    return answer


def expect_places(answer: httpx.Response, errors: Any, places: list[list[str]]) -> None:
    """Expect exactly one error at each of these places, in any order."""
    listed = errors if isinstance(errors, list) else []
    found = [each.get("loc") if isinstance(each, dict) else None for each in listed]
    if sorted(map(str, found)) != sorted(map(str, places)):
        raise expect(answer).fails(
            f"exactly one error for each 'loc' of {show(places)}", f"the 'loc' of {show(found)}"
        )


def show(places: list[Any]) -> str:
    """Write places in a body as a list."""
    return ", ".join(map(json.dumps, places)) or "no error"


@criterion(task=1)
async def test_name_is_trimmed_first(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """Spaces at the ends of a name are removed. Then it has 1 to 100 characters."""
    name = f"{inputs.name()}  {inputs.name()}"
    for sent, kept in (
        (f" \t{name} \n", name),
        ("é", "é"),
        (f"{'':9}{'👩' * 100}{'':9}", "👩" * 100),
    ):
        await expect_member(client, host, form(inputs, name=sent), FIRST_TRIMMED, name=kept)
    for wrong in ("", "   ", " \t\n ", "x" * 101, f" {'x' * 101} "):
        await expect_refused(client, host, form(inputs, name=wrong), "name", because=FIRST_TRIMMED)
    for no_text in (inputs.number(), None, ...):
        await expect_refused(client, host, form(inputs, name=no_text), "name")


@criterion(task=1)
async def test_name_has_no_digit(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """A name with a digit of any script is refused. Its `msg` has `A name has no digits.`"""
    for digit in (str(inputs.randint(0, 9)), "२", "٣", "３"):
        sent = form(inputs, name=f"{inputs.name()}{digit} {inputs.name()}")
        because = f"'{digit}' is a digit."
        answer = await expect_refused(client, host, sent, "name", because=because)
        message = expect(answer).read_json("detail", 0, "msg")
        if NO_DIGITS not in str(message):
            raise expect(answer).fails(
                f"an error whose 'msg' contains '{NO_DIGITS}'", f"the 'msg' is '{message}'"
            )
    for name in (f"O'{inputs.name()}-{inputs.name()}", f"आदित्य {inputs.name()}"):
        await expect_member(client, host, form(inputs, name=name), name=name)


@criterion(task=2)
async def test_address_is_tidied(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """An address loses the spaces at its ends. Only its domain becomes lower case."""
    domain = f"My-{inputs.name()}.Co.IN"
    local = f"{inputs.name()}.R_1-x+{domain}"
    kept = f"{local}@{domain.lower()}"
    await expect_member(client, host, form(inputs, email=f"  {local}@{domain} "), email=kept)
    taken = await client.post(FORM, json=form(inputs, email=kept.upper()))
    expect(taken).status(409, because=f"'{kept}' is a member already.")
    word = inputs.word()
    for wrong in (word, "", "  ", f"{word}@", f"@{word}.in", f"{word}@{word}", "@"):
        await expect_refused(client, host, form(inputs, email=wrong), "email")
    for wrong in (f"{word}@{word}@{word}.in", f"{word}.in@{word}"):
        await expect_refused(client, host, form(inputs, email=wrong), "email")
    for no_text in (inputs.number(), None, ...):
        await expect_refused(client, host, form(inputs, email=no_text), "email")


@criterion(task=2)
async def test_age_is_bounded(client: httpx.AsyncClient, host: Host, inputs: SeededInputs) -> None:
    """An age is a whole number from 18 to 120, or a text with such a number."""
    between = inputs.randint(19, 119)
    for age in (18, 120, "18", str(between)):
        await expect_member(client, host, form(inputs, age=age), ADULT, age=int(age))
    for wrong in (17, 121, "17", 18.5, "18.5", inputs.word(), None, ...):
        await expect_refused(client, host, form(inputs, age=wrong), "age", because=ADULT)


@criterion(task=3)
async def test_passwords_are_the_same(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """A password has 8 to 128 characters as sent. A different repetition is one error."""
    padded = f" {inputs.word()[: SHORTEST - 2]} "
    for right in ("é" * SHORTEST, "👩" * LONGEST, padded):
        await expect_member(client, host, form(inputs, **twice(right)), KEPT_AS_SENT)
    for wrong in ("x" * (SHORTEST - 1), "x" * (LONGEST + 1), "", 10**8 + inputs.number(), None):
        sent = form(inputs, password=wrong, password_repeat=str(wrong))
        answer = await expect_refused(client, host, sent, "password")
        expect_hidden(answer, wrong)
    for sent in (form(inputs, password_repeat=None), form(inputs, password_repeat=...)):
        await expect_refused(client, host, sent, "password_repeat")
    secret = f"{inputs.word(4)}é".ljust(LONGEST, "é")
    for repeated in (inputs.word(4), "", f"{secret} ", f"{secret[:-1]}e", secret.upper()):
        sent = form(inputs, password=secret, password_repeat=repeated)
        answer = await expect_refused(client, host, sent, because="The two passwords differ.")
        expect_hidden(answer, secret, repeated)


def expect_hidden(answer: httpx.Response, *passwords: Any) -> None:
    """Expect that none of these passwords is in an answer; an empty one, or none, is anywhere."""
    for password in passwords:
        if password:
            expect(answer).without(str(password), because="No `msg` holds either password.")


@criterion(task=4)
async def test_every_fault_is_reported(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """One answer reports all invalid fields, each once and with its `loc`."""
    wrong = {"name": " ", "email": inputs.word(), "age": 17, "password": "", "password_repeat": 1}
    few = dict(inputs.sample(sorted(wrong.items()), 2))
    differing = {"age": 121, "password_repeat": inputs.word(5)}
    for changes, places in ((wrong, wrong), (few, few), (differing, {"age"})):
        answer = await submit(client, host, form(inputs, **changes))
        expect(answer).invalid_within("body")
        expect_places(answer, expect(answer).read_json("detail"), [["body", key] for key in places])
    empty = await submit(client, host, {})
    expect(empty).invalid_within("body")
    expect_places(empty, expect(empty).read_json("detail"), [["body", key] for key in wrong])
    expect(await client.get(FORM)).status(200).json([], because="Nobody is added.")


@criterion(task=4)
async def test_lists_follow_same_rules(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A row of a list follows the same rules as a form."""
    name, address = inputs.name(), f"{inputs.name()}@{inputs.name()}.IN"
    age = inputs.randint(19, 119)
    rows: list[Body] = [
        form(inputs, name=f" {name} ", email=f" {address} ", age=str(age)),
        form(inputs, name="  ", age="17"),
        form(inputs, name=f"{name} 2", email=inputs.word(), age="18.5"),
        form(inputs, age=str(age), password_repeat=inputs.word(5)),
        form(inputs, age=str(age), password="short", password_repeat=...),
    ]
    faults = [["name", "age"], ["name", "email", "age"], [], ["password", "password_repeat"]]
    answer = await client.post(LISTS, json=rows)
    expect(answer).status(200)
    local, _, domain = address.partition("@")
    member = {"id": 1, "name": name, "email": f"{local}@{domain.lower()}", "age": age}
    expect(answer).json_at("added", equals=[member], because=EVERYWHERE)
    for index, keys in enumerate(faults):
        expect(answer).json_at("refused", index, "row", equals=index + 1, because=EVERYWHERE)
        errors = expect(answer).read_json("refused", index, "errors")
        expect_places(answer, errors, [[key] for key in keys] or [[]])


@criterion(task=4)
async def test_any_signup_is_judged_right(oracle: Oracle) -> None:
    """Any form and any list is accepted or refused correctly."""
    await oracle.compare()
