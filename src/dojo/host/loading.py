"""Loading: it imports the submission's application, once for each host."""

import contextlib
import importlib
import sys
from typing import Any


class NotAnApplication(Exception):
    """The entrypoint names something that is missing or no ASGI application."""


def load_application(root: str, entrypoint: str) -> Any:
    """Import `module:attribute` from `root` and give the application.

    `root` is appended to the import path, never put first: a learner's `email.py` must not
    replace the standard library's.
    """
    module_name, _, attribute = entrypoint.partition(":")
    if root not in sys.path:
        sys.path.append(root)
    module = importlib.import_module(module_name)
    if not hasattr(module, attribute):
        raise NotAnApplication(
            f"'{module.__file__}' has no '{attribute}': give your FastAPI application that name."
        )
    application = getattr(module, attribute)
    if not callable(application):
        raise NotAnApplication(
            f"'{attribute}' in '{module.__file__}' is of type '{type(application).__name__}': "
            "make it your FastAPI application."
        )
    return application


def prepare_routes(application: Any) -> None:
    """Have FastAPI do once what it does at the first call of each route, in every copy.

    It resolves included routers and reads where endpoints are defined; none of them is called.
    """
    from fastapi import routing

    with contextlib.suppress(Exception):  # whatever is wrong shows itself when it is called
        for context in routing.iter_route_contexts(application.routes):
            if isinstance(context.original_route, routing.APIRoute) and context.endpoint:
                routing._extract_endpoint_context(context.endpoint)
