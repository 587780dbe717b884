"""Equivalent structures: the same code in other functions, classes, routers and modules.

Each function makes one transformation of one module and leaves alone what would then behave
differently. Nothing here changes what a parameter or a model is called: clients see that.
"""

from collections.abc import Iterable, Iterator
from typing import TypeGuard

import libcst as cst
import libcst.matchers as m
from libcst.metadata import (
    Access,
    Assignment,
    ComprehensionScope,
    FunctionScope,
    MetadataWrapper,
    ScopeProvider,
)

from .answer_sources import (
    AnswerSources,
    Places,
    draw_fresh,
    is_generator,
    is_route,
    list_functions,
)
from .equivalent_signatures import add_import

_REGISTERING = ("include_router", "mount", "add_api_route", "add_api_websocket_route", "add_route")


def move_routes(module: cst.Module, sources: AnswerSources, places: Places) -> cst.Module:
    """Move routes of the application to a router that the application includes.

    The router is included where the last of them stood; where another route would then come
    before one that stood above it, everything is left alone.
    """
    name = sources.application
    if not m.findall(module, m.Assign([m.AssignTarget(m.Name(name))], m.Call(m.Name("FastAPI")))):
        return module
    body: list[cst.BaseStatement] = list(module.body)
    own = [each for each in list_functions(module) if is_route(each) and _owner(each) == name]
    moved = [each for each in own if places.take(each.name.value)]
    if not moved:
        return module
    first, last = body.index(moved[0]), body.index(moved[-1])
    if any(each not in moved and _registers(each, name) for each in body[first:last]):
        return module
    router = draw_fresh("moved_routes", sources.all.values())
    for route in moved:
        body[body.index(route)] = _move_to(route, router)
    body.insert(last + 1, cst.parse_statement(f"{name}.include_router({router})"))
    body.insert(first, cst.parse_statement(f"{router} = APIRouter()"))
    return add_import(module.with_changes(body=body), "fastapi", "APIRouter")


def _decorator(function: cst.FunctionDef) -> tuple[cst.Call, cst.Attribute]:
    call = cst.ensure_type(function.decorators[0].decorator, cst.Call)
    return call, cst.ensure_type(call.func, cst.Attribute)


def _owner(route: cst.FunctionDef) -> str:
    return cst.ensure_type(_decorator(route)[1].value, cst.Name).value


def _move_to(route: cst.FunctionDef, router: str) -> cst.FunctionDef:
    call, attribute = _decorator(route)
    moved = call.with_changes(func=attribute.with_changes(value=cst.Name(router)))
    return route.with_changes(decorators=[route.decorators[0].with_changes(decorator=moved)])


def _registers(statement: cst.CSTNode, application: str) -> bool:
    if isinstance(statement, cst.FunctionDef):
        return is_route(statement) and _owner(statement) == application
    names = m.OneOf(*(m.Name(each) for each in _REGISTERING))
    return bool(m.findall(statement, m.Attribute(attr=names)))


def split_functions(module: cst.Module, sources: AnswerSources, places: Places) -> cst.Module:
    """Move the body of a function, a route's too, or of a method to another that it calls."""
    texts = list(sources.all.values())
    return module.with_changes(body=list(_split_all(module.body, "", texts, places)))


def _split_all(
    body: Iterable[cst.CSTNode], owner: str, texts: list[str], places: Places
) -> Iterator[cst.CSTNode]:
    for statement in body:
        match statement:
            case cst.ClassDef(name=name, body=cst.IndentedBlock(inner) as block) if not owner:
                members = list(_split_all(inner, name.value, texts, places))
                yield statement.with_changes(body=block.with_changes(body=members))
            case cst.FunctionDef(name=name) if _can_be_split(statement, bool(owner)):
                if places.take(f"{owner}.{name.value}".lstrip(".")):
                    fresh = draw_fresh(f"do_{name.value}", texts)
                    yield from _split(statement, fresh, bool(owner))
                else:
                    yield statement
            case _:
                yield statement


def _can_be_split(function: cst.FunctionDef, is_method: bool) -> bool:
    """Tell whether a function has a body to move and can hand on all that it gets by name."""
    parameters = function.params
    takes_self = parameters.params[:1] and parameters.params[0].name.value == "self"
    is_called = not function.decorators or is_route(function)
    return (
        (bool(takes_self) and not function.name.value.startswith("__") if is_method else is_called)
        and not (is_method and function.decorators)
        and not is_generator(function)
        and isinstance(function.body, cst.IndentedBlock)
        and not isinstance(parameters.star_arg, cst.Param)
        and parameters.star_kwarg is None
        and not parameters.posonly_params
        and len(function.body.body) > _has_docstring(function)
    )


def _has_docstring(function: cst.FunctionDef) -> bool:
    return function.get_docstring() is not None


def _split(function: cst.FunctionDef, name: str, is_method: bool) -> list[cst.FunctionDef]:
    block = cst.ensure_type(function.body, cst.IndentedBlock)
    docstring = block.body[: _has_docstring(function)]
    rest = block.body[_has_docstring(function) :]
    parameters = [*function.params.params[is_method:], *function.params.kwonly_params]
    arguments = ", ".join(f"{each.name.value}={each.name.value}" for each in parameters)
    wait, myself = "await " if function.asynchronous else "", "self." if is_method else ""
    call = cst.parse_statement(f"return {wait}{myself}{name}({arguments})")
    inner = function.with_changes(
        name=cst.Name(name), decorators=[], body=block.with_changes(body=rest)
    )
    return [inner, function.with_changes(body=block.with_changes(body=[*docstring, call]))]


def make_classes(module: cst.Module, sources: AnswerSources, places: Places) -> cst.Module:
    """Write a dependency that is a function as a class with `__call__`."""
    if _postpones(module):
        return module
    body: list[cst.CSTNode] = []
    for statement in module.body:
        if _can_be_class(statement, sources) and places.take(statement.name.value):
            body += _make_class(statement, sources)
        else:
            body.append(statement)
    return module.with_changes(body=body)


def _postpones(module: cst.Module) -> bool:
    """Tell whether annotations are texts, which FastAPI reads of functions alone."""
    return bool(m.findall(module, m.ImportFrom(m.Name("__future__"))))


def _can_be_class(statement: cst.CSTNode, sources: AnswerSources) -> TypeGuard[cst.FunctionDef]:
    return (
        isinstance(statement, cst.FunctionDef)
        and statement.name.value in sources.provided
        and not statement.decorators
        and not statement.params.posonly_params
        and not m.findall(statement.params, m.Annotation(m.SimpleString()))
    )


def _make_class(function: cst.FunctionDef, sources: AnswerSources) -> list[cst.BaseStatement]:
    name = function.name.value
    title = draw_fresh(name.title().replace("_", ""), sources.all.values())
    myself = cst.Param(cst.Name("self"))
    method = function.with_changes(
        name=cst.Name("__call__"),
        params=function.params.with_changes(params=[myself, *function.params.params]),
        leading_lines=[],
    )
    made = cst.ClassDef(
        cst.Name(title),
        cst.IndentedBlock([method]),
        leading_lines=[cst.EmptyLine(indent=False), cst.EmptyLine(indent=False)],
    )
    return [made, cst.parse_statement(f"{name} = {title}()")]


def rename_locals(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Give the locals of functions other names; parameters and what a closure uses keep theirs."""
    wrapper = MetadataWrapper(module)
    written = {cst.ensure_type(each, cst.Name).value for each in m.findall(module, m.Name())}
    renamed: dict[cst.CSTNode, str] = {}
    for scope in dict.fromkeys(wrapper.resolve(ScopeProvider).values()):
        if isinstance(scope, FunctionScope) and not m.findall(scope.node, _READS_NAMES):
            for name in sorted({each.name for each in scope.assignments}):
                nodes = _list_renamed(scope, name)
                if nodes and places.take(f"{_get_name(scope.node)} {name}"):
                    renamed |= dict.fromkeys(nodes, draw_fresh(f"kept_{name}", written))
    return wrapper.module.visit(_Renamer(renamed))


_READS_NAMES = m.OneOf(
    m.Call(m.OneOf(*(m.Name(each) for each in ("locals", "vars", "dir", "eval", "exec")))),
    m.FormattedStringExpression(equal=m.AssignEqual()),  # f"{name=}" shows the name
    m.Match(),
    m.CompFor(ifs=[m.ZeroOrMore(), m.CompIf(m.NamedExpr()), m.ZeroOrMore()]),
    m.Nonlocal(),
    m.Global(),
)
"""What lets the name of a local matter, or hides from libcst whose it is."""


def _get_name(node: cst.CSTNode) -> str:
    return node.name.value if isinstance(node, cst.FunctionDef) else "lambda"


def _list_renamed(scope: FunctionScope, name: str) -> list[cst.CSTNode]:
    """List the places at which a local stands; none if it means more than a local."""
    found: list[cst.CSTNode] = []
    for assignment in scope[name]:
        if not isinstance(assignment, Assignment) or not isinstance(assignment.node, cst.Name):
            return []
        if assignment.scope is not scope or not all(
            _is_inside(access, scope) for access in assignment.references
        ):
            return []
        found += [assignment.node, *(access.node for access in assignment.references)]
    return found


def _is_inside(access: Access, scope: FunctionScope) -> bool:
    inner = access.scope
    while isinstance(inner, ComprehensionScope):
        inner = inner.parent
    return inner is scope and isinstance(access.node, cst.Name)


class _Renamer(cst.CSTTransformer):
    def __init__(self, names: dict[cst.CSTNode, str]) -> None:
        self._names = names

    def leave_Name(self, original: cst.Name, updated: cst.Name) -> cst.Name:
        return updated.with_changes(value=self._names.get(original, updated.value))
