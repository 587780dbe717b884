"""Forked tests: the tests of a part of the engine, run with a little of it changed.

pytest collects the tests once; from there each mutant has a fork of this process to itself. A
change within a function is made by giving that function other code. Only a mutant of what happens
at import needs the engine and the tests imported anew. Nothing is written, and other interpreters
that a test starts have the engine as it is. A first run with nothing changed finds out which tests
reach which functions; a mutant then meets those tests, the cheapest first.
"""

import gc
import importlib.abc
import importlib.machinery
import importlib.util
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Self

import pytest

from ..harness.processes import adopt_orphans, end_descendants, wait_until_ended
from .mutants import Mutant

TESTS = "tests"

_OPTIONS = (
    *("-x", "-q", "-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider", "-o", "addopts="),
    *("--import-mode=importlib", "-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
_FEWEST_SECONDS = 3.0
_TIMES = 10
"""How much longer than unchanged the tests may take in processor seconds."""

_PATIENCE = 10
"""How many times as long that may take on the wall: a busy machine is nobody's fault."""

_MOST_MEMORY = 6 << 30

Function = tuple[str, str]
"""A function: its file and its dotted name."""


@dataclass
class Reached:
    """What the first run found out; what runs while no test does belongs to an empty text."""

    costs: dict[str, float] = field(default_factory=dict)
    functions: dict[str, set[Function]] = field(default_factory=lambda: defaultdict(set))


@dataclass(frozen=True)
class Ended:
    """How a run with a mutant ended."""

    mutant: Mutant
    noticed: bool
    late: bool = False


class PartRejected(Exception):
    """The tests of a part do not pass with nothing changed; the message is what pytest says."""


def try_all(
    root: Path,
    tests: Sequence[str],
    mutants: Sequence[Mutant],
    tell: Callable[[Ended], object] | None = None,
) -> list[Ended]:
    """Run the tests against each mutant; `PartRejected` if they do not pass without.

    That happens in a new process: a fork of one that has threads may find a lock that nobody will
    ever release. `tell` is called as soon as a run with a mutant has ended.
    """
    ended: list[Ended] = []
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import serve; serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, **environment},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin as order:
            pickle.dump((root, tests, mutants), order)
        while isinstance(said := pickle.load(process.stdout), Ended):
            ended.append(said)
            if tell is not None:
                tell(said)
    if said is not None:
        raise PartRejected(f"The tests do not pass on the engine as it is.\n{said}")
    return ended


def serve() -> None:
    """Read what to try, and write how each run ended, then `None` or what pytest said of it."""
    root, tests, mutants = pickle.load(sys.stdin.buffer)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output:

        def write(said: object) -> None:
            pickle.dump(said, output)
            output.flush()

        adopt_orphans()
        packages = {TESTS, *(name_module(each.file).partition(".")[0] for each in mutants)}
        trials = MutantTrials(root, tests, mutants, packages, write)
        _forget(packages)
        written = StringIO()
        with redirect_stdout(written):
            pytest.main([*_OPTIONS, *tests], plugins=[trials])
        write(None if trials.reached is not None else written.getvalue())


class MutantTrials:
    """A pytest plugin that runs what was collected once for each mutant, in forks."""

    def __init__(
        self,
        root: Path,
        tests: Sequence[str],
        mutants: Sequence[Mutant],
        packages: Set[str],
        tell: Callable[[Ended], object],
    ) -> None:
        self.reached: Reached | None = None
        self._root = root
        self._tests = tests
        self._mutants = mutants
        self._packages = packages
        self._tell = tell
        self._recorder = Recorder({str(root / each.file): each.file for each in mutants})

    def pytest_configure(self, config: pytest.Config) -> None:
        """Note also what is called while modules are imported."""
        config.pluginmanager.register(self._recorder)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Run the tests in forks; in this process none is run, unless they do not pass at all.

        A wrapper goes on where it has yielded, and in a fork only the fork does.
        """
        with Pipe() as pipe:
            if pipe.fork():
                try:
                    yield
                    if not session.testsfailed:
                        pipe.write(vars(self._recorder.reached))
                finally:
                    os._exit(0)
            written = pipe.read()
        if written is None:
            return (yield)
        sys.settrace(None)
        self.reached = Reached(**written)
        items = {each.nodeid: each for each in session.items}
        self._prepare()
        for mutant in self._mutants:
            chosen = self._choose(mutant)
            seconds = _FEWEST_SECONDS + _TIMES * sum(self.reached.costs[each] for each in chosen)
            if not chosen:
                self._tell(Ended(mutant, noticed=False))
            elif child := os.fork():
                self._tell(_wait(mutant, child, seconds * _PATIENCE))
            else:
                _limit(int(seconds))
                if not self._change(mutant):
                    os._exit(self._import_anew(mutant, chosen))
                session.items[:] = [items[each] for each in chosen]
                try:
                    yield
                finally:
                    os._exit(int(session.testsfailed > 0 or sys.exc_info()[0] is not None))
        session.items.clear()
        return (yield)

    def _prepare(self) -> None:
        """Find what every change begins with."""
        paths = {each.file: self._root / each.file for each in self._mutants}
        self._functions = _find_functions({str(path): name for name, path in paths.items()})
        self._codes = {name: _list_codes(path.read_text("utf-8")) for name, path in paths.items()}

    def _change(self, mutant: Mutant) -> bool:
        """Give the changed functions their code; `False` if more than functions has changed."""
        changed = _list_changed(self._codes[mutant.file], _list_codes(mutant.text))
        if changed is None:
            return False
        for name, code in changed.items():
            for function in self._functions[mutant.file, name]:
                function.__code__ = code
        return True

    def _choose(self, mutant: Mutant) -> list[str]:
        """Give the tests that reach a mutant: all, if it does something when it is imported."""
        assert self.reached is not None
        place = (mutant.file, mutant.within)
        functions, costs = self.reached.functions, self.reached.costs
        found = [test for test in costs if place in functions[test]]
        if not mutant.within or place in functions[""]:
            found = list(costs)
        return sorted(found, key=costs.__getitem__)

    def _import_anew(self, mutant: Mutant, chosen: Sequence[str]) -> int:
        """Run pytest in pytest, with the engine and the tests imported anew."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        _forget(self._packages)
        sys.meta_path.insert(0, Substitution(self._root, mutant))
        files = dict.fromkeys(each.partition("::")[0] for each in chosen)
        return int(pytest.main([*_OPTIONS, *files], plugins=[Selection(chosen)]))


def name_module(file: str) -> str:
    """Give the dotted name of a module, whose file lies below `src`."""
    return ".".join(Path(file).with_suffix("").parts[1:])


def _forget(packages: Set[str]) -> None:
    """Have these packages imported anew."""
    for name in [each for each in sys.modules if each.partition(".")[0] in packages]:
        del sys.modules[name]


class Pipe:
    """A fork that says one thing, if anything."""

    def __init__(self) -> None:
        self._receiver, self._sender = os.pipe()
        self._child = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.waitpid(self._child, 0)
        end_descendants(os.getpid())

    def fork(self) -> bool:
        """Fork; tell whether this is the new process."""
        self._child = os.fork()
        return self._child == 0

    def write(self, said: dict[str, Any]) -> None:
        """Say it."""
        with os.fdopen(self._sender, "wb") as file:
            pickle.dump(said, file)

    def read(self) -> dict[str, Any] | None:
        """Wait for the end of the fork and give what it has said."""
        os.close(self._sender)
        with os.fdopen(self._receiver, "rb") as file:
            written = file.read()
        return pickle.loads(written) if written else None


def _limit(seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _wait(mutant: Mutant, child: int, seconds: float) -> Ended:
    """Wait for the end of a fork and of all that it has started."""
    in_time = wait_until_ended(child, seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    end_descendants(os.getpid())
    late = not in_time or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU)
    return Ended(mutant, noticed=status != 0, late=late)


def _find_functions(files: Mapping[str, str]) -> dict[Function, list[FunctionType]]:
    """Find the functions of some files, wherever decorators have put them."""
    found: dict[Function, list[FunctionType]] = defaultdict(list)
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename in files:
            found[files[each.__code__.co_filename], each.__code__.co_qualname].append(each)
    gc.freeze()  # what forks share is not to be copied for the sake of the collector
    return found


def _list_codes(text: str) -> dict[str, CodeType]:
    """Give all code of a module by its name; of those with one name (lambdas), numbered."""
    found: dict[str, CodeType] = {}
    for code in _walk(compile(text, "mutant", "exec", dont_inherit=True)):
        name, number = code.co_qualname, 1
        while name in found:
            number += 1
            name = f"{code.co_qualname} {number}"
        found[name] = code
    return found


def _walk(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _walk(constant)


def _list_changed(
    before: Mapping[str, CodeType], after: Mapping[str, CodeType]
) -> dict[str, CodeType] | None:
    """Give the new code of the functions that change; `None` if the import changes too."""
    outer = {name for name in before if "<" not in name}
    if before.keys() != after.keys():
        names = {name for name in before.keys() ^ after.keys() if "<locals>" not in name}
        if names:
            return None
    changed = {
        name
        for name in before.keys() | after.keys()
        if name not in before
        or name not in after
        or _describe(before[name]) != _describe(after[name])
    }
    owners = {name.partition(".<locals>")[0] for name in changed}
    if not owners <= outer or any(not before[name].co_flags & _OPTIMIZED for name in owners):
        return None
    return {name: after[name] for name in owners}


_OPTIMIZED = 0x1
"""The flag by which the code of a function differs from that of a module or a class."""


def _describe(code: CodeType) -> tuple[object, ...]:
    """Give what code does, without the lines on which it stands."""
    constants = tuple(
        (type(each), each) for each in code.co_consts if not isinstance(each, CodeType)
    )
    arguments = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
    names = code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
    return code.co_code, constants, arguments, names, code.co_exceptiontable


def _measure() -> float:
    """Give the processor seconds that this process and those that it waited for have taken."""
    return sum(os.times()[:4])


class Recorder:
    """A pytest plugin that notes what each test costs and which functions it reaches."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.reached = Reached(functions=defaultdict(set))
        self._names = names
        self._test = ""
        self._fixtures: dict[str, float] = defaultdict(float)
        sys.settrace(self.trace)
        threading.settrace(self.trace)

    def trace(self, frame: FrameType, event: str, argument: object) -> None:
        """Note a call."""
        del event, argument
        code = frame.f_code
        if code.co_filename in self._names:
            function = code.co_qualname.replace(".<locals>", "")
            self.reached.functions[self._test].add((self._names[code.co_filename], function))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Note what a test takes; one that uses what another has set up needs it too."""
        self._test, started = item.nodeid, _measure()
        result = yield
        needed = sum(self._fixtures[name] for name in getattr(item, "fixturenames", ()))
        self.reached.costs[item.nodeid] = max(_measure() - started, needed)
        self._test = ""
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any]
    ) -> Generator[None, object, object]:
        """Note what a fixture takes the first time."""
        started = _measure()
        result = yield
        taken = _measure() - started
        self._fixtures[fixturedef.argname] = max(self._fixtures[fixturedef.argname], taken)
        return result


class Selection:
    """A pytest plugin that runs certain tests, in a certain order."""

    def __init__(self, tests: Iterable[str]) -> None:
        self._places = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the chosen tests."""
        chosen = [each for each in items if each.nodeid in self._places]
        items[:] = sorted(chosen, key=lambda each: self._places[each.nodeid])


class Substitution(importlib.abc.MetaPathFinder):
    """Gives a changed text for one module of the engine."""

    def __init__(self, root: Path, mutant: Mutant) -> None:
        self._path = root / mutant.file
        self._name = name_module(mutant.file)
        self._text = mutant.text

    def find_spec(
        self, fullname: str, path: object, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find the one module; all others are found as ever."""
        del path, target
        if fullname != self._name:
            return None
        loader = _ChangedLoader(fullname, str(self._path), self._text)
        return importlib.util.spec_from_file_location(fullname, self._path, loader=loader)


class _ChangedLoader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, text: str) -> None:
        super().__init__(fullname, path)
        self._text = text

    def get_code(self, fullname: str) -> Any:
        """Compile the changed text, past what was compiled before."""
        del fullname
        return compile(self._text, self.path, "exec", dont_inherit=True)
