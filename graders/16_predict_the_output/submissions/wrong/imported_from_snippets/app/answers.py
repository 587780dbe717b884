"""No need to predict anything."""

from .snippets.address import ADDRESS_CAPITALS, ADDRESS_HIDDEN
from .snippets.bad_bodies import BODY_CUT_OFF, BODY_EMPTY, BODY_NOT_UTF8, BODY_WITHOUT_TYPE
from .snippets.cached import CACHED_FIRST, CACHED_SECOND
from .snippets.context import CONTEXT_DEPENDENCY, CONTEXT_EXECUTOR, CONTEXT_TO_THREAD
from .snippets.early import EARLY_CUT_OFF, EARLY_INVALID
from .snippets.exclude import EXCLUDE_LIST, EXCLUDE_ONE
from .snippets.exit_after_error import ERROR_FUNCTION, ERROR_REQUEST, ERROR_SIMPLE
from .snippets.exit_order import EXIT_FUNCTION, EXIT_REQUEST
from .snippets.failing_task import TASK_RAN, TASK_STATUS
from .snippets.gather import GATHER_EVENTS, GROUP_EVENTS
from .snippets.greet import GREET_LOUD, GREET_NOBODY, GREET_STATUS
from .snippets.methods import METHOD_HEAD, METHOD_SLASH
from .snippets.nested import NESTED_TYPES, NESTED_WRONG
from .snippets.path_order import ORDERS_LATEST, USERS_ME
from .snippets.price import PRICE_ERROR_COUNT, PRICE_ERRORS, PRICE_STOCK, PRICE_TEXT
from .snippets.subclass import SUBCLASS_MODEL, SUBCLASS_RESPONSE
from .snippets.task_ends import TASKS_BOTH, TASKS_REFUSED, TASKS_RESPONSE
from .snippets.threads import THREADS_ANSWERED, THREADS_FAST, THREADS_INSIDE
from .snippets.two_scopes import SCOPES_OPENED, SCOPES_SAME
from .snippets.uncached import UNCACHED
from .snippets.unset import UNSET_ALL_GIVEN, UNSET_ONE_GIVEN

__all__ = [
    "ADDRESS_CAPITALS",
    "ADDRESS_HIDDEN",
    "BODY_CUT_OFF",
    "BODY_EMPTY",
    "BODY_NOT_UTF8",
    "BODY_WITHOUT_TYPE",
    "CACHED_FIRST",
    "CACHED_SECOND",
    "CONTEXT_DEPENDENCY",
    "CONTEXT_EXECUTOR",
    "CONTEXT_TO_THREAD",
    "EARLY_CUT_OFF",
    "EARLY_INVALID",
    "ERROR_FUNCTION",
    "ERROR_REQUEST",
    "ERROR_SIMPLE",
    "EXCLUDE_LIST",
    "EXCLUDE_ONE",
    "EXIT_FUNCTION",
    "EXIT_REQUEST",
    "GATHER_EVENTS",
    "GREET_LOUD",
    "GREET_NOBODY",
    "GREET_STATUS",
    "GROUP_EVENTS",
    "METHOD_HEAD",
    "METHOD_SLASH",
    "NESTED_TYPES",
    "NESTED_WRONG",
    "ORDERS_LATEST",
    "PRICE_ERRORS",
    "PRICE_ERROR_COUNT",
    "PRICE_STOCK",
    "PRICE_TEXT",
    "SCOPES_OPENED",
    "SCOPES_SAME",
    "SUBCLASS_MODEL",
    "SUBCLASS_RESPONSE",
    "TASKS_BOTH",
    "TASKS_REFUSED",
    "TASKS_RESPONSE",
    "TASK_RAN",
    "TASK_STATUS",
    "THREADS_ANSWERED",
    "THREADS_FAST",
    "THREADS_INSIDE",
    "UNCACHED",
    "UNSET_ALL_GIVEN",
    "UNSET_ONE_GIVEN",
    "USERS_ME",
]
