"""Grader of 49_settings: where settings come from, what stops a start, and who sees the key.

Each start imports the app anew, in an environment and with a `.env` of its own. Only what is said
about the import is tried on an app that was imported before.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from dojo.grader import (
    Failure,
    Host,
    Hosts,
    Oracle,
    SeededInputs,
    SubmissionError,
    criterion,
    expect,
    list_said,
    list_written,
    open_client,
    read_refusal,
)

Variables = Mapping[str, str]

FIELDS = ("stage", "debug", "secret_key", "storage_url", "allowed_origins", "page_size")
UNSET = dict.fromkeys(("APP_SECRET_KEY", "APP_STORAGE_URL"))
"""The two that `kata.toml` sets."""
STARS = "*" * 10
NAMES = re.compile(rf"(?<!\w)(?:app_)?({'|'.join(FIELDS)})(?!\w)", re.IGNORECASE)
PIECE = 6
"""Characters of a key that nobody may see: a text that is cut shows a part of it."""


def draw_key(inputs: SeededInputs, length: int) -> str:
    """Draw a key: no part of it is a part of a word."""
    return "".join(inputs.choices("GHJKQVWXYZ", k=length))


def draw_required(inputs: SeededInputs) -> dict[str, str]:
    """Draw the two settings that must be set."""
    key = draw_key(inputs, 20)
    url = f"https://{inputs.word()}.example/{inputs.word()}"
    return {"APP_SECRET_KEY": key, "APP_STORAGE_URL": url}


def make_config(variables: Variables, **others: Any) -> dict[str, Any]:
    """Make the answer of `/debug/config` for the required settings and some others."""
    config = {"stage": "dev", "debug": False, "secret_key": STARS}
    config |= {"storage_url": variables["APP_STORAGE_URL"], "allowed_origins": [], "page_size": 5}
    return config | others


def make_link(variables: Variables, photo: int) -> str:
    """Make the link to a photo."""
    file, key = f"harbour-{photo:03}.jpg", variables["APP_SECRET_KEY"].encode()
    signature = hmac.new(key, file.encode(), hashlib.sha256).hexdigest()
    return f"{variables['APP_STORAGE_URL']}/{file}?signature={signature}"


def make_photos(number: int) -> list[dict[str, Any]]:
    """Make the first photos of the list."""
    return [{"id": each, "file": f"harbour-{each:03}.jpg"} for each in range(1, number + 1)]


def write_lines(variables: Variables) -> str:
    """Write a `.env`, with a comment and an empty line."""
    lines = [f"{name}={value}" for name, value in variables.items()]
    return "\n".join(["# of this server", "", *lines, ""])


def describe(environment: Variables, file: Variables) -> str:
    """Say in which environment the app is started."""
    given = [f"{name}={value}" for name, value in environment.items()]
    listed = [f"{name}={value}" for name, value in file.items()]
    text = " ".join(given) or "no variables"
    return f"# the app is started with {text}" + (f"; .env: {' '.join(listed)}" if listed else "")


async def start(hosts: Hosts, environment: Variables, file: Variables | None = None) -> Host:
    """Start the app with these variables, which are right: `Failure` if it does not start."""
    did = describe(environment, file or {})
    files = {} if file is None else {".env": write_lines(file)}
    try:
        host = await hosts.start(environment=UNSET | dict(environment), files=files)
    except SubmissionError as error:
        await refuse_broken(hosts, error)
        raise Failure("the app starts", error.message, [did], "", error.where) from None
    host.history.append(did)
    return host


async def refuse_broken(hosts: Hosts, error: SubmissionError) -> None:
    """Raise an error that has nothing to do with a start, such as one of syntax."""
    if error.kind == "import":
        (await hosts.open(start=False)).kill()  # in the environment that is always right
    elif error.kind != "startup":
        raise error


class Refusal:
    """A start that fails: which settings its text names, and all that can be read of it."""

    def __init__(self, error: SubmissionError, host: Host | None, did: str) -> None:
        self._error = error
        self._did = did
        text = read_refusal(error, host)
        named = NAMES.findall(error.message) or NAMES.findall(text)  # perhaps its cause says more
        self.names = {each.lower() for each in named}
        self.texts = [("the traceback of the failed start", text)]
        self.texts += list_written(host) if host is not None else []

    def fails(self, expected: str, seen: str) -> Failure:
        """Make the failure."""
        return Failure(expected, seen, [self._did], "", self._error.where)

    def expect_named(self, wanted: Iterable[str], more: Iterable[str] = ()) -> None:
        """Expect that these settings are named; `more` may be named as well."""
        wanted = set(wanted)
        if wanted <= self.names <= wanted | set(more):
            return
        named = ", ".join(sorted(self.names)) or "no setting"
        seen = f"a start that fails with {named}: {self._error.message}"
        raise self.fails(f"a start that fails with a text that names {list_words(wanted)}", seen)


def list_words(words: Iterable[str]) -> str:
    """Write names as a list, in the order of the table."""
    return " and ".join(sorted(words, key=FIELDS.index))


async def fail(hosts: Hosts, environment: Variables, file: Variables | None = None) -> Refusal:
    """Start the app with variables that are wrong: `Failure` if it starts."""
    did, known = describe(environment, file or {}), len(hosts.opened)
    files = {} if file is None else {".env": write_lines(file)}
    try:
        await hosts.start(environment=UNSET | dict(environment), files=files)
    except SubmissionError as error:
        host = hosts.opened[known] if len(hosts.opened) > known else None
        await refuse_broken(hosts, error)
        return Refusal(error, host, did)
    raise Failure("a start that fails", "the app starts", [did])


def find_piece(text: str, key: str) -> str | None:
    """Find a piece of a key in a text."""
    pieces = (key[at : at + PIECE] for at in range(len(key) - PIECE + 1))
    return next((piece for piece in pieces if piece in text), None)


async def ask(host: Host, path: str, method: str = "GET", body: Any = None) -> httpx.Response:
    """Send one request."""
    async with open_client(host) as client:
        return await client.request(method, path, json=body)


async def expect_config(host: Host, config: dict[str, Any], because: str = "") -> None:
    """Expect these settings."""
    expect(await ask(host, "/debug/config")).status(200).json(config, because)


@criterion(task=1)
async def test_environment_wins_over_file(hosts: Hosts, inputs: SeededInputs) -> None:
    """A value comes from the environment, else from `.env`, else it is the default."""
    own, other, size = draw_required(inputs), draw_required(inputs), inputs.randint(6, 40)
    await expect_config(await start(hosts, own), make_config(own), "There is no '.env'.")
    in_file = own | {"APP_PAGE_SIZE": str(size), "APP_STAGE": "test", "APP_DEBUG": "true"}
    config = make_config(own, page_size=size, stage="test", debug=True)
    await expect_config(await start(hosts, {}, in_file), config)
    environment = {"APP_PAGE_SIZE": str(size + 1), "APP_DEBUG": "false"} | other
    config = make_config(other, page_size=size + 1, stage="test")
    host = await start(hosts, environment, in_file)
    await expect_config(host, config, "What '.env' says of other settings still holds.")
    link = make_link(other, 7)
    expect(await ask(host, "/photos/7/link")).status(200).json({"url": link})


@criterion(task=1)
async def test_names_match_in_any_case(hosts: Hosts, inputs: SeededInputs) -> None:
    """Letter case in names of variables does not count, and unknown variables are ignored."""
    own, size = draw_required(inputs), inputs.randint(6, 40)
    lower = {name.lower(): value for name, value in own.items()}
    config = make_config(own, page_size=size)
    host = await start(hosts, lower | {"App_Page_Size": str(size)}, {"APP_PAGE_SIZE": "3"})
    await expect_config(host, config)
    host = await start(hosts, {"APP_PAGE_SIZE": str(size)}, lower | {"app_page_size": "3"})
    await expect_config(host, config)
    foreign = {"PAGE_SIZE": "4", "debug": "true", "APP_WORKERS": "4", "POSTGRES_PASSWORD": "x"}
    because = "Variables that are no setting are ignored."
    await expect_config(await start(hosts, own | foreign, foreign), make_config(own), because)


@criterion(task=2)
async def test_flag_reads_its_words(hosts: Hosts, inputs: SeededInputs) -> None:
    """`APP_DEBUG` is on or off by its word, in any letter case, and other texts are wrong."""
    own = draw_required(inputs)
    for word, on in (("False", False), ("0", False), ("NO", False), ("off", False)):
        host = await start(hosts, own | {"APP_DEBUG": word, "APP_STAGE": "prod"})
        await expect_config(host, make_config(own, debug=on, stage="prod"))
    for word in ("TRUE", "1", "yes", "On"):
        await expect_config(
            await start(hosts, own, {"APP_DEBUG": word}), make_config(own, debug=True)
        )
    for word in ("enabled", "disabled"):
        (await fail(hosts, own | {"APP_DEBUG": word})).expect_named(["debug"])


@criterion(task=2)
async def test_routes_use_the_settings(hosts: Hosts, inputs: SeededInputs) -> None:
    """The list, the links and the widget work with the settings, origins with commas included."""
    own, size = draw_required(inputs), inputs.randint(6, 40)
    origins = [f"https://{inputs.word()}.example", f"http://{inputs.name()}.test:8080"]
    for text, wanted in (
        (",".join(origins), origins),
        (f" {origins[1]} , {origins[0]},", origins[::-1]),
        (origins[0], origins[:1]),
        ("", []),
    ):
        more = {"APP_ALLOWED_ORIGINS": text, "APP_PAGE_SIZE": str(size)}
        host = await start(hosts, own | more)
        await expect_config(host, make_config(own, allowed_origins=wanted, page_size=size))
        policy = " ".join(["frame-ancestors 'self'", *wanted])
        answer = expect(await ask(host, "/widget")).status(200)
        answer.header("content-security-policy", policy).json(make_photos(1))
    expect(await ask(host, "/photos")).status(200).json(make_photos(size))
    photo = inputs.randint(1, 120)
    link = {"url": make_link(own, photo)}
    expect(await ask(host, f"/photos/{photo}/link")).status(200).json(link)


@criterion(task=3)
async def test_bad_start_names_its_settings(hosts: Hosts, inputs: SeededInputs) -> None:
    """What is missing or wrong stops the start, and its text names just these settings."""
    own = draw_required(inputs)
    url = {"APP_STORAGE_URL": own["APP_STORAGE_URL"]}
    (await fail(hosts, {})).expect_named(["secret_key", "storage_url"])
    (await fail(hosts, url)).expect_named(["secret_key"])
    for name, wrong in (
        ("page_size", "0"),
        ("page_size", "101"),
        ("stage", "staging"),
        ("storage_url", "storage.example/archive"),
        ("secret_key", draw_key(inputs, 12)),
    ):
        (await fail(hosts, own | {f"APP_{name.upper()}": wrong})).expect_named([name])
    three = {"APP_PAGE_SIZE": "ten", "APP_STAGE": "live", "APP_STORAGE_URL": "ftp://files.test/a"}
    (await fail(hosts, three)).expect_named(["secret_key", "page_size", "stage", "storage_url"])
    debug = await fail(hosts, own | {"APP_DEBUG": "yes"}, {"APP_STAGE": "prod"})
    debug.expect_named(["debug"], ["stage"])


@criterion(task=3)
async def test_secret_key_is_never_shown(hosts: Hosts, inputs: SeededInputs) -> None:
    """No failed start, no answer and no log holds the secret key, nor a part of it."""
    own, short = draw_required(inputs), draw_key(inputs, 12)
    key = own["APP_SECRET_KEY"]
    for environment, secret in (
        ({"APP_SECRET_KEY": key}, key),
        (own | {"APP_STORAGE_URL": "storage"}, key),
        (own | {"APP_DEBUG": "on", "APP_STAGE": "prod"}, key),
        (own | {"APP_SECRET_KEY": short}, short),
        (own | {"APP_SECRET_KEY": short, "APP_PAGE_SIZE": "0"}, short),
    ):
        refusal = await fail(hosts, environment)
        for place, text in refusal.texts:
            if piece := find_piece(text, secret):
                seen = f"{place} holds '{piece}', a part of {secret}"
                raise refusal.fails("nobody can read the secret key", seen)
    host, tested = await start(hosts, own), draw_required(inputs)
    body = {"secret_key": tested["APP_SECRET_KEY"], "page_size": 9}
    body["storage_url"] = tested["APP_STORAGE_URL"]
    expect(await ask(host, "/checks/settings", "PUT", body)).status(204)
    if len(logs := host.evidence.logs("kata.checks")) != 3:
        raise Failure("three records of 'app/checks.py'", f"{len(logs)}", host.history)
    for method, path in (("GET", "/debug/config"), ("DELETE", "/checks/settings")):
        await ask(host, path, method)
    said: list[tuple[str, str]] = []
    for path in ("/debug/config", "/photos", "/photos/1/link", "/widget"):
        said += list_said(host, await ask(host, path), 0)
    await host.stop()
    for place, text in (*said, *list_written(host)):
        for secret in (key, tested["APP_SECRET_KEY"]):
            if piece := find_piece(text, secret):
                seen = f"{place} holds '{piece}', a part of {secret}"
                raise Failure("nobody can read the secret key", seen, host.history)


@criterion(task=4)
async def test_start_reads_settings_once(hosts: Hosts, inputs: SeededInputs) -> None:
    """The import reads no settings, the start reads them, and nothing reads them again."""
    own, other, size = draw_required(inputs), draw_required(inputs), inputs.randint(6, 40)
    config = make_config(own, page_size=size, debug=True)
    environment, file = own | {"APP_PAGE_SIZE": str(size)}, {"APP_DEBUG": "1", "APP_PAGE_SIZE": "3"}
    host = await hosts.open(start=False, **environment)
    hosts.write_files({".env": write_lines(file)})
    host.history += ["# the app is imported", describe(environment, file)]
    await host.start()
    because = "These variables are set after the import, and before the start."
    await expect_config(host, config, because)
    host = await start(hosts, {}, own | {"APP_PAGE_SIZE": str(size), "APP_DEBUG": "1"})
    for changed in (other | {"APP_PAGE_SIZE": str(size + 1), "APP_ALLOWED_ORIGINS": "x"}, {}):
        hosts.write_files({".env": write_lines(changed)})
        host.history.append("# '.env' is changed while the app runs")
        await expect_config(host, config)
        expect(await ask(host, "/photos")).status(200).json(make_photos(size))
        link = {"url": make_link(own, 3)}
        expect(await ask(host, "/photos/3/link")).status(200).json(link)
        answer = expect(await ask(host, "/widget")).status(200)
        answer.header("content-security-policy", "frame-ancestors 'self'")


@criterion(task=4)
async def test_override_reaches_every_route(hosts: Hosts, inputs: SeededInputs) -> None:
    """Settings that a test builds are those of all routes, until the test ends."""
    own, tested, size = draw_required(inputs), draw_required(inputs), inputs.randint(6, 40)
    host = await start(hosts, own | {"APP_PAGE_SIZE": str(size)}, {"APP_PAGE_SIZE": "3"})
    body: dict[str, Any] = {"page_size": size + 1, "secret_key": tested["APP_SECRET_KEY"]}
    body["storage_url"] = tested["APP_STORAGE_URL"]
    for _ in range(2):
        expect(await ask(host, "/checks/settings", "PUT", body)).status(204)
        expect(await ask(host, "/photos")).status(200).json(make_photos(size + 1))
        expect(await ask(host, "/photos/9/link")).status(200).json({"url": make_link(tested, 9)})
        answer = await ask(host, "/debug/config")
        for name, value in (body | {"secret_key": STARS}).items():
            expect(answer).status(200).json_at(name, equals=value)
        expect(await ask(host, "/checks/settings", "DELETE")).status(204)
        await expect_config(host, make_config(own, page_size=size))
        expect(await ask(host, "/photos")).status(200).json(make_photos(size))
        expect(await ask(host, "/photos/9/link")).status(200).json({"url": make_link(own, 9)})


@criterion(task=4)
async def test_any_environment_keeps_rules(oracle: Oracle) -> None:
    """Whatever the environment and `.env` hold, the start and the answers are the promised ones."""
    await oracle.compare()
