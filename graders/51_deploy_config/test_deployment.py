"""Grader of 51_deploy_config: real uvicorn behind a proxy, and the files of an image, read."""

import io
import json
import re
import shlex
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

from dockerfile_parse import DockerfileParser  # type: ignore[import-untyped]
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from dojo.grader import Commands, Failure, SeededInputs, criterion

EDITABLE = ("Dockerfile", ".dockerignore", "pyproject.toml", "shop/serve.py")
VARIABLES = ("PROXIES", "PREFIX", "PORT", "WORKERS", "GRACE", "ACCESS_LOG")
OF_THE_PLATFORM = {"WEB_CONCURRENCY": "5", "FORWARDED_ALLOW_IPS": "*", "UVICORN_RELOAD": "1"}
TOKEN = "tok_live_5d1f0c77"
SECRET_NAME = re.compile("KEY|TOKEN|SECRET|PASSWORD", re.IGNORECASE)
BASE = re.compile(
    r"(?:(?:docker\.io/)?(?:library/)?python:|ghcr\.io/astral-sh/uv:(?:[\d.]+-)?python)"
    r"(?P<version>3\.(?P<minor>\d+)(?:\.\d+)?)(?P<rest>(?:[-a-z][-\w.]*)?)(?:@sha256:[0-9a-f]{64})?"
)
LEAST_MINOR = 11
ANY_PLACE = "*"
"""Where a folder is that comes from another stage, or to a path with a variable."""
SHELLS = {"sh", "ash", "bash", "busybox", "dash", "ksh", "zsh"}
USERS_OF_BASE = {"nobody", "www-data", "daemon", "games"}
KEPT_OUT = (
    ".env",
    ".git/config",
    ".git/refs/heads/main",
    ".venv/bin/python",
    "__pycache__/probe.cpython-312.pyc",
    "shop/__pycache__/main.cpython-312.pyc",
    "shop/old/parts/__pycache__/mail.cpython-312.pyc",
)
KEPT_IN = (
    *(f"shop/{name}.py" for name in ("__init__", "__main__", "main", "serve")),
    *("pyproject.toml", "requirements.txt", "uv.lock"),
)
FIXED = {"host": "0.0.0.0", "uds": None, "fd": None, "reload": False}
WRONG = {
    "SHOP_PORT": ("0", "65536", "eighty"),
    "SHOP_WORKERS": ("0", "9", "64", "-1", "two", "2.5"),
    "SHOP_GRACE": ("0", "61", "-5", "soon"),
    "SHOP_ACCESS_LOG": ("ON", "true", "1", "of"),
}


async def probe(commands: Commands, *words: str, **variables: str | None) -> dict[str, Any]:
    """Run the given probe with these variables of the shop alone; give what it tells."""
    environment: dict[str, str | None] = {f"SHOP_{name}": None for name in VARIABLES}
    named = {name: variables[name] for name in variables if name in VARIABLES}
    environment |= {f"SHOP_{name}": text for name, text in named.items()}
    environment |= {name: text for name, text in variables.items() if name not in VARIABLES}
    run = await commands.run(shlex.join(["app.probe", *words]), **environment)
    run.expect_success()
    try:
        told = json.loads(run.output.splitlines()[-1])
    except (ValueError, IndexError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise run.fails("a line of JSON from `app.probe`", run.output[-300:] or "nothing")
    if "refused" in told and words[0] != "config":
        raise fails(commands, "`read_config` takes these variables", str(told["refused"]))
    return told


def fails(commands: Commands, expected: str, seen: str, because: str = "") -> Failure:
    """Make a `Failure` after all that was done."""
    return Failure(expected, seen, list(commands.did), because)


def read(commands: Commands, name: str) -> str:
    """Read a file of the project; a missing one is empty."""
    commands.note(f"read app/{name}")
    path = commands.workplace.snapshot.folder.stage / "app" / name
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError):
        raise fails(commands, f"`{name}` is a text in UTF-8", "it cannot be read") from None


async def expect_caller(
    commands: Commands, peer: str, headers: Sequence[str], seen: tuple[str, str], **variables: str
) -> None:
    """Expect that the app sees this client and scheme in a request of the peer."""
    told = await probe(commands, "ask", peer, "/me", *headers, **variables)
    try:
        body = json.loads(told["body"])
        found = (body["client"], body["scheme"])
    except (ValueError, KeyError, TypeError):
        raise fails(commands, "the answer of `/me`", str(told)[:300]) from None
    if found != seen:
        raise fails(
            commands,
            f"client {seen[0]} and scheme {seen[1]}",
            f"client {found[0]} and scheme {found[1]}",
            f"The peer {peer} is {'one' if seen[0] != peer else 'none'} of the proxies.",
        )


@criterion(task=1)
async def test_only_proxies_are_believed(commands: Commands, inputs: SeededInputs) -> None:
    """Peers in SHOP_PROXIES say who asks and by which scheme; what other peers say is ignored."""
    client, forged, other = (f"203.0.113.{n}" for n in inputs.sample(range(1, 250), 3))
    proxy, second = (f"10.0.7.{n}" for n in inputs.sample(range(1, 250), 2))
    https = "x-forwarded-proto=https"
    said = [https, f"x-forwarded-for={forged}, {client}"]
    chain = [https, f"x-forwarded-for={forged}, {client}, {second}"]
    both = {"PROXIES": f"192.0.2.7 ,{proxy},  {second}"}
    await expect_caller(commands, proxy, said, (client, "https"), PROXIES="10.0.0.0/8")
    await expect_caller(commands, second, chain, (client, "https"), **both)
    await expect_caller(commands, other, said, (other, "http"), **both)
    await expect_caller(commands, "127.0.0.1", said, ("127.0.0.1", "http"), **both)
    networks = {"PROXIES": "10.0.0.0/8, 2001:db8::/32"}
    await expect_caller(commands, "2001:db8::5", chain, (client, "https"), **networks)
    await expect_caller(commands, "127.0.0.1", said, ("127.0.0.1", "http"), **OF_THE_PLATFORM)
    await expect_caller(commands, "127.0.0.1", said, ("127.0.0.1", "http"), PROXIES="")
    told = await probe(commands, "ask", proxy, "/orders", https, PROXIES="10.0.0.0/8")
    expect_text(commands, told, "location", "https://shop.example/orders/")


def expect_text(commands: Commands, told: dict[str, Any], name: str, text: str) -> None:
    """Expect a text in a part of an answer; it is all of `location`."""
    found = str(told.get(name))
    if text != found if name == "location" else text not in found:
        raise fails(commands, f"`{text}` in the {name}", f"{told.get('status')}: {found[:600]}")


@criterion(task=1)
async def test_prefix_is_in_links(commands: Commands, inputs: SeededInputs) -> None:
    """Links, redirects and the docs have the prefix of the proxy, and routes answer without it."""
    prefix = f"/{inputs.word()}"
    deep = f"/{inputs.word()}/v2"
    for given, used in ((prefix, prefix), (f"{deep}/", deep), ("/", ""), (None, "")):
        told = await probe(commands, "ask", "10.0.0.1", "/me", PREFIX=given)
        link = f'"orders":"http://shop.example{used}/orders/"'
        expect_text(commands, told, "body", link)
    for path, name, text in (
        ("/orders", "location", f"http://shop.example{deep}/orders/"),
        ("/docs", "body", f"'{deep}/openapi.json'"),
        ("/openapi.json", "body", f'"servers":[{{"url":"{deep}"}}]'),
        ("/health", "body", '"ok"'),
    ):
        told = await probe(commands, "ask", "10.0.0.1", path, PREFIX=f"{deep}/")
        expect_text(commands, told, name, text)


@criterion(task=2)
async def test_variables_reach_uvicorn(commands: Commands, inputs: SeededInputs) -> None:
    """Each variable of the table sets its value of the server, and a wrong one is refused."""
    usual = {"port": 8000, "workers": 1, "timeout_graceful_shutdown": 20}
    drawn = {"PORT": inputs.number(1024, 65000), "WORKERS": inputs.number(2, 7)}
    drawn |= {"GRACE": inputs.number(2, 59)}
    names = dict(zip(drawn, usual, strict=True))
    most = {"PORT": 65535, "WORKERS": 8, "GRACE": 60}
    for values in (drawn, most, dict.fromkeys(most, 1)):
        texts = {name: str(value) for name, value in values.items()}
        told = await probe(commands, "config", **texts)
        expect_config(commands, told, {names[name]: value for name, value in values.items()})
    for variables in (OF_THE_PLATFORM, dict.fromkeys(VARIABLES, "")):
        expect_config(commands, await probe(commands, "config", **variables), usual)
    for text, lines in (("on", 1), ("off", 0), (None, 1), ("", 1)):
        told = await probe(commands, "ask", "10.0.0.1", "/health", ACCESS_LOG=text)
        if told.get("access_log_lines") != lines:
            seen = f"{told.get('access_log_lines')} lines in the access log"
            raise fails(commands, f"{lines} for one request", seen)
    for name, wrong in WRONG.items():
        for text in (wrong[0], wrong[1], inputs.choice(wrong[2:])):
            variable = name.removeprefix("SHOP_")
            others = {"PREFIX": "/api", **{each: "1" for each in most if each != variable}}
            told = await probe(commands, "config", **{**others, variable: text})
            expect_refusal(commands, told, name, text)


def expect_config(commands: Commands, told: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Expect these values of the server, and those that never change."""
    for name, value in (wanted | FIXED).items():
        found = told.get(name, told.get("refused"))
        if found != value or type(found) is not type(value):
            raise fails(commands, f"`{name}` of `uvicorn.Config` is {value!r}", f"{found!r}")
    if not isinstance(told.get("app"), str):
        because = "A worker is another process, which imports the app itself."
        raise fails(commands, "`app` is an import string", str(told.get("app")), because)


def expect_refusal(commands: Commands, told: dict[str, Any], name: str, text: str) -> None:
    """Expect a `ValueError` that names this variable alone."""
    if "refused" not in told:
        raise fails(commands, f"`ValueError`, because {name} is {text!r}", f"it is taken: {told}")
    message = str(told["refused"])
    named = [each for each in VARIABLES if f"SHOP_{each}" in message]
    if named != [name.removeprefix("SHOP_")]:
        expected = f"the text of the `ValueError` names {name} and no other variable"
        raise fails(commands, expected, repr(message[:300]))


@criterion(task=2)
async def test_sigterm_waits_for_answers(commands: Commands) -> None:
    """After SIGTERM a request in flight gets its answer, and no new connection is taken."""
    told = await probe(commands, "stop", GRACE="60")
    report = told.get("report")
    if not isinstance(report, dict) or report.get("status") != 200:
        seen = f"the answer is {report}"
        raise fails(commands, "the report that was under way when SIGTERM came", seen)
    expect_text(commands, report, "body", '["page 1","page 2"]')
    if told.get("later") != "refused":
        raise fails(commands, "a new connection is refused", str(told.get("later")))


@dataclass(frozen=True)
class Step:
    """One instruction of a stage."""

    instruction: str
    value: str
    line: int

    def __str__(self) -> str:
        return f"line {self.line}, `{self.instruction} {self.value}`"

    @property
    def flags(self) -> dict[str, str]:
        """Give its flags, such as `from` of a COPY; of a RUN all mounts are in one text."""
        found: dict[str, str] = {}
        for name, text in re.findall(r"--([\w-]+)(?:=(\S+))?", self._split()[0]):
            found[name] = f"{found.get(name, '')} {text}".strip()
        return found

    @property
    def rest(self) -> str:
        """Give what comes after its flags."""
        return self._split()[1]

    def _split(self) -> tuple[str, str]:
        found = re.match(r"((?:--\S+\s+)*)(.*)", self.value, re.DOTALL)
        return (found[1], found[2].strip()) if found else ("", "")

    @property
    def words(self) -> list[str] | None:
        """Give its words if it is in exec form."""
        try:
            found = json.loads(self.rest)
        except (ValueError, RecursionError):
            return None
        is_list = isinstance(found, list) and all(isinstance(each, str) for each in found)
        return found if is_list else None


@dataclass
class Stage:
    """A stage: its base, the steps that it inherits and its own, and what those bring about."""

    base: str
    parent: "Stage | None"
    steps: list[Step] = field(default_factory=list)
    used: list["Stage"] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    has_source: bool = False
    workdir: str = "/"
    places: set[str] = field(default_factory=set)
    installs: bool = False
    problems: list[str] = field(default_factory=list)

    def find(self, instruction: str) -> Step | None:
        """Find the last instruction of a kind, also an inherited one."""
        own = [each for each in self.steps if each.instruction == instruction]
        inherited = self.parent.find(instruction) if self.parent is not None else None
        return own[-1] if own else inherited

    def list_steps(self, instruction: str) -> list[Step]:
        """List all instructions of a kind, with the inherited ones."""
        inherited = self.parent.list_steps(instruction) if self.parent is not None else []
        return [*inherited, *(each for each in self.steps if each.instruction == instruction)]

    def list_used(self) -> Iterator["Stage"]:
        """List the stages that are built for this one."""
        yield self
        for each in (*self.used, *filter(None, [self.parent])):
            yield from each.list_used()

    def copy(self, step: Step, stages: dict[str, "Stage"]) -> None:
        """Note what a COPY or ADD brings; that from another image brings nothing of ours."""
        other = step.flags.get("from")
        if other is not None:
            if (found := stages.get(other.lower())) is not None:
                self.used.append(found)
                self.has_source |= found.has_source
                self.places |= {ANY_PLACE} if found.has_source else set()
                self.files |= found.files
            return
        *sources, target = step.words or step.rest.split() or [""]
        for source in map(PurePosixPath, sources):
            is_all = str(source).lstrip("/") in (".", "", "*")
            self.files |= {"requirements.txt", "uv.lock", "pyproject.toml"} if is_all else set()
            self.files |= {name for name in KEPT_IN if fnmatch(name, source.name)}
            is_source = is_all or "shop" in source.parts
            self.has_source |= is_source
            place = PurePosixPath(normpath(f"{self.workdir}/{target}"))
            if target.startswith(("/", "$")):
                place = PurePosixPath(normpath(target))
            if "$" in f"{place}":
                self.places.add(ANY_PLACE)
            elif is_all or (is_source and "parents" in step.flags):
                self.places.add(str(place))
            elif is_source and place.name == "shop":
                self.places.add(str(place.parent))

    def run(self, step: Step) -> None:
        """Note whether a RUN installs the packages, and whether it is too late for that."""
        mounts = re.findall(r"type=bind\S*", step.flags.get("mount", ""))
        own = [dict(re.findall(r"(\w+)=([^,\s]+)", mount)) for mount in mounts]
        ours = [each for each in own if "from" not in each]
        paths = [str(each.get("source") or each.get("src") or ".") for each in ours]
        is_all = any(path.strip("./") in ("", "shop") for path in paths)
        files = self.files | {PurePosixPath(path).name for path in paths}
        files |= set(KEPT_IN) if is_all else set()
        text = shlex.join(step.words) if step.words else step.rest
        for command in re.split(r"&&|\|\||;", text):
            needed = list_needed(command)
            if needed is None:
                continue
            missing = needed - files
            if missing:
                self.problems.append(f"{step}: `{min(missing)}` is not there yet")
            elif (self.has_source or is_all) and not self.installs:
                self.problems.append(f"{step}: `shop/` is there already")
            else:
                self.installs = True


def list_needed(command: str) -> set[str] | None:
    """Name the files that a command installs the packages from; `None` if it installs none."""
    if re.search(r"\buv\b(?:\s+-\S+)*\s+sync\b", command):
        return {"uv.lock", "pyproject.toml"}
    found = re.search(r"\bpip[\d.]*\s+(?:install|sync)\s(.*)", command, re.DOTALL)
    if found is None or not re.search(r"requirements\.txt(?!\S)", found[1]):
        return None
    return {"requirements.txt"}


def read_stages(commands: Commands) -> list[Stage]:
    """Read the stages of the Dockerfile; `Failure` if there is none."""
    text = read(commands, "Dockerfile")
    parser = DockerfileParser(fileobj=io.BytesIO(text.encode()))
    stages: list[Stage] = []
    named: dict[str, Stage] = {}
    for each in parser.structure:
        step = Step(each["instruction"], " ".join(each["value"].split()), each["startline"] + 1)
        if step.instruction == "FROM":
            base, *name = step.rest.split() or [""]
            parent = named.get(base.lower())
            stage = Stage(base, parent)
            if parent is not None:
                stage.files, stage.has_source = set(parent.files), parent.has_source
                stage.workdir, stage.installs = parent.workdir, parent.installs
                stage.places = set(parent.places)
            named[str(len(stages))] = stage
            stages.append(stage)
            named |= {name[-1].lower(): stage} if name else {}
        elif stages and step.instruction != "COMMENT":
            stages[-1].steps.append(step)
            if step.instruction in ("COPY", "ADD"):
                stages[-1].copy(step, named)
            elif step.instruction == "RUN":
                stages[-1].run(step)
            elif step.instruction == "WORKDIR":
                path = step.value.strip("\"'")
                is_whole = path.startswith(("/", "$"))
                stages[-1].workdir = normpath(path if is_whole else f"{stages[-1].workdir}/{path}")
    if not stages:
        raise fails(commands, "a Dockerfile with a `FROM`", repr(text[:100]))
    return stages


def read_base(commands: Commands, stage: Stage) -> re.Match[str]:
    """Read the image from which the stage is made in the end; `Failure` if it is not admitted."""
    while stage.parent is not None:
        stage = stage.parent
    found = BASE.fullmatch(stage.base)
    if found is None or int(found["minor"]) < LEAST_MINOR:
        expected = "`python:` or `ghcr.io/astral-sh/uv:`, with a tag for Python 3.11 or later"
        raise fails(commands, expected, f"`FROM {stage.base}`")
    return found


@criterion(task=3)
async def test_packages_have_their_layer(commands: Commands) -> None:
    """The image has a maintained base, and its packages are installed before `shop/` comes."""
    last = read_stages(commands)[-1]
    read_base(commands, last)
    used = list(last.list_used())
    problems = [problem for stage in used for problem in stage.problems]
    expected = "a step installs the packages, with its file there and `shop/` not there yet"
    if problems:
        because = "A step runs anew when something has changed that was copied before it."
        raise fails(commands, expected, problems[0], because)
    if not any(stage.installs for stage in used):
        raise fails(commands, expected, "no such step in the stages that the last one is made of")


@criterion(task=3)
async def test_python_is_process_one(commands: Commands) -> None:
    """The container runs `python -m shop` without a shell, as a user that is not root."""
    last = read_stages(commands)[-1]
    user = last.find("USER")
    name = user.value.partition(":")[0].strip("\"'") if user is not None else ""
    if "$" in name or not name or name == "root" or (name.isdecimal() and int(name) == 0):
        raise fails(commands, "a user that is not root", str(user or "no `USER`, so it is root"))
    runs = [each.rest for each in last.list_steps("RUN")]
    made = [text for text in runs if re.search("useradd|adduser", text)]
    is_made = any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) for text in made)
    if not (name.isdecimal() or name in USERS_OF_BASE or is_made):
        expected = f"the user `{name}` exists in the last stage"
        raise fails(commands, expected, "no `RUN` of it makes this user")
    if not last.places.intersection({last.workdir, ANY_PLACE}) and "$" not in last.workdir:
        expected = f"the folder `shop` in `{last.workdir}`, where the command runs"
        raise fails(commands, expected, "no `COPY` or `ADD` brings it there by its name")
    entry, command = last.find("ENTRYPOINT"), last.find("CMD")
    if entry in last.steps and command not in last.steps:
        command = None  # an entry point takes back the command of the base
    steps = [each for each in (entry, command) if each is not None]
    words: list[str] = []
    for step in steps:
        if step.words is None:
            because = "A shell is process 1 then, and it passes no SIGTERM on."
            raise fails(commands, "the exec form: a JSON list of texts", str(step), because)
        words += step.words
    names = [PurePosixPath(word).name for word in words]
    if SHELLS.intersection(names):
        raise fails(commands, "a command without a shell", json.dumps(words))
    while len(names) > 3 and names[-3].startswith("-"):
        del names[-3]
    if names[-2:] != ["-m", "shop"] or not re.fullmatch(r"python[\d.]*", names[-3:][0]):
        raise fails(commands, "a command that ends with `python -m shop`", json.dumps(words))


@criterion(task=4)
async def test_context_has_no_secrets(commands: Commands) -> None:
    """No secret is in the files or in the context, and what the image needs is in it."""
    for name in EDITABLE:
        if TOKEN in read(commands, name):
            raise fails(commands, "the token is not in the project", f"it is in `app/{name}`")
    parser = DockerfileParser(fileobj=io.BytesIO(read(commands, "Dockerfile").encode()))
    for each in parser.structure:
        if each["instruction"] in ("ARG", "ENV"):
            for word in filter(SECRET_NAME.search, list_names(each["value"])):
                because = "Whoever has the image can read this in its history."
                seen = f"line {each['startline'] + 1}, `{each['instruction']} {word}`"
                raise fails(commands, "no variable of the image for a secret", seen, because)
    patterns = read(commands, ".dockerignore").splitlines()
    for paths, wanted in ((KEPT_OUT, True), (KEPT_IN, False)):
        for path in paths:
            if is_ignored(path, patterns) is not wanted:
                words = ("in the context", "kept out of the context")
                raise fails(commands, f"`{path}` is {words[wanted]}", f"it is {words[not wanted]}")


def list_names(value: str) -> list[str]:
    """List the names that an ARG or ENV sets, in one of the two forms."""
    try:
        words = shlex.split(value)
    except ValueError:  # a quote that does not end
        words = value.split()
    has_values = any("=" in word for word in words[:1])
    return [word.partition("=")[0] for word in words] if has_values else words[:1]


def is_ignored(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether a file is kept out of the context: the last pattern that fits decides."""
    parts = path.split("/")
    paths = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    ignored = False
    for line in patterns:
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        negated = pattern.startswith("!")
        cleaned = str(PurePosixPath(pattern.removeprefix("!").strip().lstrip("/")))
        if any(re.fullmatch(translate(cleaned), each) for each in paths):
            ignored = not negated
    return ignored


def translate(pattern: str) -> str:
    """Write a pattern of `.dockerignore` as a regular expression."""
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]/]+\])", pattern)
    return "".join(
        each if each.startswith("[") and each.endswith("]") else signs.get(each, re.escape(each))
        for each in parts
    )


@criterion(task=4)
async def test_project_fits_the_image(commands: Commands) -> None:
    """The health check can run, and `pyproject.toml` names the Pythons and the app."""
    last = read_stages(commands)[-1]
    base = read_base(commands, last)
    check = last.find("HEALTHCHECK")
    text = check.rest if check is not None else ""
    if not text.upper().startswith("CMD") or not re.search(r"/health(?![\w/])", text):
        raise fails(commands, "a health check that asks `/health`", str(check or "none"))
    runs = [each.rest for each in last.list_steps("RUN")]
    installed = " ".join(text for text in runs if re.search(r"\badd\b|\binstall\b", text))
    lacks = {"slim": ("curl", "wget"), "alpine": ("curl",)}
    for kind, programs in lacks.items():
        for program in programs:
            is_called = re.search(rf"(?<![\w./-]){program}\b|bin/{program}\b", text)
            if kind in base["rest"] and is_called and program not in installed:
                expected = "a health check with a program that is in the image"
                raise fails(commands, expected, f"`{program}` is not in `{base[0]}`")
    try:
        project = tomllib.loads(read(commands, "pyproject.toml")).get("project", {})
        admitted = SpecifierSet(project.get("requires-python", ""))
    except (tomllib.TOMLDecodeError, InvalidSpecifier, AttributeError, TypeError) as error:
        raise fails(commands, "`requires-python` can be read", str(error)[:200]) from None
    version = base["version"] if base["version"].count(".") > 1 else f"{base['version']}.99"
    for old in ("2.7.18", "3.8.20", "3.9.25", *(f"3.10.{n}" for n in (0, 20, 99))):
        if admitted.contains(old):
            raise fails(commands, "no Python before 3.11 is admitted", f"{old} is: `{admitted}`")
    if not admitted.contains(version):
        raise fails(commands, f"Python {base['version']}, that of the image", f"`{admitted}`")
    told = await probe(commands, "entrypoint")
    if told.get("leads_to_app") is not True:
        expected = "an `entrypoint` from which `fastapi run` imports the app"
        raise fails(commands, expected, f"{told.get('entrypoint')!r} {told.get('error', '')}")
