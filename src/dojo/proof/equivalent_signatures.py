"""Equivalent signatures: the same contract of routes, dependencies and models, written otherwise.

Each function makes one transformation of one module and leaves alone what would then behave
differently.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst
import libcst.matchers as m
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor, ImportItem

from .answer_sources import (
    AnswerSources,
    Places,
    awaits,
    is_generator,
    is_route,
    is_websocket,
    list_functions,
)

_PROVIDERS = m.OneOf(m.Name("Depends"), m.Name("Security"))
_PARAMETERS = m.OneOf(
    *(m.Name(each) for each in ("Query", "Path", "Header", "Cookie", "Body", "Form", "File"))
)
_FIELD = m.Call(m.Name("Field"))
_KEYWORDS_ONLY = m.Call(args=[m.ZeroOrMore(m.Arg(keyword=m.Name(), star=""))])
_ANNOTATED = m.Subscript(
    m.Name("Annotated"), [m.SubscriptElement(m.Index()), m.SubscriptElement(m.Index(m.Call()))]
)


def make_asynchronous(module: cst.Module, sources: AnswerSources, places: Places) -> cst.Module:
    """Write `async def` for the routes and dependencies in which nothing can block."""
    chosen = [
        each
        for each in list_functions(module)
        if sources.is_called_by_framework(each)
        and each.asynchronous is None
        and sources.is_quiet(each.name.value)
        and places.take(each.name.value)
    ]
    return _replace(module, chosen, asynchronous=cst.Asynchronous())


def make_synchronous(module: cst.Module, sources: AnswerSources, places: Places) -> cst.Module:
    """Write `def` for the routes and dependencies that await nothing, if no thread can be busy."""
    chosen = [
        each
        for each in list_functions(module)
        if sources.is_called_by_framework(each)
        and each.asynchronous is not None
        and not is_websocket(each)
        and not awaits(each)
        and sources.is_quiet_everywhere
        and places.take(each.name.value)
    ]
    return _replace(module, chosen, asynchronous=None)


def _replace(
    module: cst.Module, functions: Sequence[cst.FunctionDef], **changes: cst.CSTNode | None
) -> cst.Module:
    body = [each.with_changes(**changes) if each in functions else each for each in module.body]
    return module.with_changes(body=body)


def write_defaults(module: cst.Module, sources: AnswerSources, places: Places) -> cst.Module:
    """Write `x: T = Query(...)` for `x: Annotated[T, Query(...)]`."""
    return module.visit(_DefaultWriter(module, sources, places))


def write_annotated(module: cst.Module, sources: AnswerSources, places: Places) -> cst.Module:
    """Write `x: Annotated[T, Query(...)]` for `x: T = Query(...)`."""
    written = module.visit(_AnnotatedWriter(module, sources, places))
    return written if written.deep_equals(module) else add_import(written, "typing", "Annotated")


def add_import(module: cst.Module, source: str, name: str) -> cst.Module:
    """Import a name, below the docstring and what must stand first; not twice."""
    visitor = AddImportsVisitor(CodemodContext(), [ImportItem(source, name)])
    return visitor.transform_module(module)


class _SignatureWriter(cst.CSTTransformer):
    """Rewrite parameters that FastAPI reads and fields that pydantic reads."""

    def __init__(self, module: cst.Module, sources: AnswerSources, places: Places) -> None:
        self._sources = sources
        self._places = places
        self._aliases = dict(_list_aliases(module))
        self._classes: list[str] = []

    def write_parameter(self, parameter: cst.Param) -> cst.Param | None:
        """Give the other spelling of a parameter; nothing if there is none."""
        raise NotImplementedError

    def write_field(self, field: cst.AnnAssign) -> cst.AnnAssign | None:
        """Give the other spelling of a field; nothing if there is none."""
        raise NotImplementedError

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self._classes.append(node.name.value)

    def leave_ClassDef(self, _: cst.ClassDef, updated: cst.ClassDef) -> cst.ClassDef:
        self._classes.pop()
        return updated

    def visit_FunctionDef(self, _: cst.FunctionDef) -> bool:
        return False  # a field is no variable, and a function in a function no route

    def leave_FunctionDef(
        self, original: cst.FunctionDef, updated: cst.FunctionDef
    ) -> cst.FunctionDef:
        if self._classes or not self._sources.is_called_by_framework(original):
            return updated
        parameters = updated.params
        written = [self._write(original, each) for each in parameters.params]
        if all(new is old for new, old in zip(written, parameters.params, strict=True)):
            return updated
        return updated.with_changes(params=_arrange(parameters, written))

    def _write(self, function: cst.FunctionDef, parameter: cst.Param) -> cst.Param:
        written = self.write_parameter(parameter)
        name = f"{function.name.value} {parameter.name.value}"
        return written if written is not None and self._places.take(name) else parameter

    def leave_AnnAssign(self, _: cst.AnnAssign, updated: cst.AnnAssign) -> cst.AnnAssign:
        written = self.write_field(updated) if self._classes else None
        if written is None or not isinstance(updated.target, cst.Name):
            return updated
        name = ".".join([*self._classes, updated.target.value])
        return written if self._places.take(name) else updated


class _DefaultWriter(_SignatureWriter):
    def write_parameter(self, parameter: cst.Param) -> cst.Param | None:
        annotation = parameter.annotation.annotation if parameter.annotation else None
        if isinstance(annotation, cst.Name):
            annotation = self._aliases.get(annotation.value)
        if annotation is None or not m.matches(annotation, _ANNOTATED):
            return None
        wanted, marker = _take_apart(annotation)
        default: cst.Call | None = None
        if m.matches(marker, m.Call(_PROVIDERS)) and parameter.default is None:
            default = marker
        elif m.matches(marker, m.Call(_PARAMETERS)):
            default = _put_default(marker, parameter.default)
        if default is None:
            return None
        return parameter.with_changes(
            annotation=cst.Annotation(wanted), default=default, equal=_SPACED
        )

    def write_field(self, field: cst.AnnAssign) -> cst.AnnAssign | None:
        annotation = field.annotation.annotation
        has_marker = field.value is not None and m.matches(field.value, _FIELD)
        if has_marker or not m.matches(annotation, _ANNOTATED):
            return None
        wanted, marker = _take_apart(annotation)
        value = _put_default(marker, field.value) if m.matches(marker, _FIELD) else None
        if value is None:
            return None
        return field.with_changes(annotation=cst.Annotation(wanted), value=value, equal=_SPACED)


class _AnnotatedWriter(_SignatureWriter):
    def write_parameter(self, parameter: cst.Param) -> cst.Param | None:
        marker = parameter.default
        if parameter.annotation is None or not isinstance(marker, cst.Call):
            return None
        split = _split_marker(marker, m.OneOf(_PROVIDERS, _PARAMETERS))
        if split is None:
            return None
        annotation = _annotate(parameter.annotation, split.marker)
        return parameter.with_changes(
            annotation=annotation, default=split.default, equal=split.equal
        )

    def write_field(self, field: cst.AnnAssign) -> cst.AnnAssign | None:
        split = (
            _split_marker(field.value, m.Name("Field"))
            if isinstance(field.value, cst.Call)
            else None
        )
        if split is None:
            return None
        annotation = _annotate(field.annotation, split.marker)
        return field.with_changes(annotation=annotation, value=split.default, equal=split.equal)


@dataclass(frozen=True)
class _Split:
    """A marker without the default that was in it."""

    marker: cst.Call
    default: cst.BaseExpression | None = None

    @property
    def equal(self) -> cst.AssignEqual | cst.MaybeSentinel:
        return _SPACED if self.default else cst.MaybeSentinel.DEFAULT


_SPACED = cst.AssignEqual()


def _list_aliases(module: cst.Module) -> Iterator[tuple[str, cst.Subscript]]:
    """List the names that stand for `Annotated[...]` in a module."""
    for line in module.body:
        match line:
            case cst.SimpleStatementLine(
                [cst.Assign([cst.AssignTarget(cst.Name(name))], cst.Subscript() as value)]
            ):
                yield name, value


def _take_apart(annotated: cst.BaseExpression) -> tuple[cst.BaseExpression, cst.Call]:
    wanted, marker = (
        cst.ensure_type(each.slice, cst.Index).value
        for each in cst.ensure_type(annotated, cst.Subscript).slice
    )
    return wanted, cst.ensure_type(marker, cst.Call)


def _put_default(marker: cst.Call, default: cst.BaseExpression | None) -> cst.Call | None:
    """Give a marker with the default in it; nothing if it has arguments without a name."""
    if not m.matches(marker, _KEYWORDS_ONLY):
        return None
    given = [cst.Arg(default, cst.Name("default"), equal=_TIGHT)] if default else []
    return marker.with_changes(args=[*given, *marker.args])


_TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def _split_marker(marker: cst.Call, names: m.OneOf[m.Name] | m.Name) -> _Split | None:
    """Take the default out of a marker of such a name; nothing if that cannot be told."""
    if not m.matches(marker, m.Call(names)) or any(map(_is_unclear, marker.args)):
        return None
    if m.matches(marker, m.Call(_PROVIDERS)):
        return _Split(marker)
    defaults = [each for each in marker.args if each.keyword is None or _is_default(each)]
    if len(defaults) > 1:
        return None
    left = marker.with_changes(args=[each for each in marker.args if each not in defaults])
    has_default = defaults and not isinstance(defaults[0].value, cst.Ellipsis)
    return _Split(left, defaults[0].value) if has_default else _Split(left)


def _is_unclear(argument: cst.Arg) -> bool:
    return bool(argument.star) or m.matches(argument, m.Arg(keyword=m.Name("default_factory")))


def _is_default(argument: cst.Arg) -> bool:
    return m.matches(argument, m.Arg(keyword=m.Name("default")))


def _annotate(annotation: cst.Annotation, marker: cst.Call) -> cst.Annotation:
    parts = [cst.SubscriptElement(cst.Index(each)) for each in (annotation.annotation, marker)]
    return annotation.with_changes(annotation=cst.Subscript(cst.Name("Annotated"), parts))


def _arrange(parameters: cst.Parameters, written: Sequence[cst.Param]) -> cst.Parameters:
    """Put parameters back in their order, by keyword alone where Python asks for another one.

    FastAPI calls by keyword and solves dependencies in the order in which they stand.
    """
    has_default = [each.default is not None for each in written]
    if has_default == sorted(has_default) or isinstance(parameters.star_arg, cst.Param):
        return parameters.with_changes(params=written)
    return parameters.with_changes(
        params=[], star_arg=cst.ParamStar(), kwonly_params=[*written, *parameters.kwonly_params]
    )


def write_response_models(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Write `response_model=M` for `-> M`."""
    return _rewrite_routes(module, places, _write_response_model)


def write_return_annotations(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Write `-> M` for `response_model=M`."""
    return _rewrite_routes(module, places, _write_return_annotation)


def _rewrite_routes(
    module: cst.Module,
    places: Places,
    write: Callable[[cst.FunctionDef, cst.Call], cst.FunctionDef | None],
) -> cst.Module:
    written: dict[cst.CSTNode, cst.FunctionDef] = {}
    for function in list_functions(module):
        if not is_route(function) or is_websocket(function) or is_generator(function):
            continue
        call = cst.ensure_type(function.decorators[0].decorator, cst.Call)
        changed = write(function, call)
        if changed is not None and places.take(function.name.value):
            written[function] = changed
    return module.with_changes(body=[written.get(each, each) for each in module.body])


_MODEL = m.Arg(keyword=m.Name("response_model"))
_NOTHING = m.Name("None")
_RESPONSE = m.Name(m.MatchIfTrue(lambda name: name.endswith("Response")))


def _write_response_model(function: cst.FunctionDef, call: cst.Call) -> cst.FunctionDef | None:
    """An annotation that names a response says that there is no model."""
    if function.returns is None or any(m.matches(each, _MODEL) for each in call.args):
        return None
    model = function.returns.annotation
    if m.matches(model, _NOTHING | m.SimpleString()) or m.findall(model, _RESPONSE):
        return None
    argument = cst.Arg(model, cst.Name("response_model"), equal=_TIGHT)
    return _decorate(function.with_changes(returns=None), call, [*call.args, argument])


def _write_return_annotation(function: cst.FunctionDef, call: cst.Call) -> cst.FunctionDef | None:
    models = [each for each in call.args if m.matches(each, _MODEL)]
    if not models or m.matches(models[0].value, _NOTHING):
        return None
    left = [each for each in call.args if each is not models[0]]
    returns = cst.Annotation(models[0].value)
    return _decorate(function.with_changes(returns=returns), call, left)


def _decorate(
    function: cst.FunctionDef, call: cst.Call, arguments: Sequence[cst.Arg]
) -> cst.FunctionDef:
    plain = [each.with_changes(comma=cst.MaybeSentinel.DEFAULT) for each in arguments]
    decorator = function.decorators[0].with_changes(decorator=call.with_changes(args=plain))
    return function.with_changes(decorators=[decorator])
