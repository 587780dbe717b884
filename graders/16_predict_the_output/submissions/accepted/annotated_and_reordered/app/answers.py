"""What the snippets really give.

Each name stands for the value that it has at the end of the snippet named above it.
"""

# 7: background tasks
# failing_task.py
TASK_STATUS: int = 201
TASK_RAN: list[str] = ["mail"]
# task_ends.py
TASKS_REFUSED: int = 0
TASKS_RESPONSE: list[str] = ["added"]
TASKS_BOTH: list[str] = ["own"]
# 6: tasks and threads
# context.py
CONTEXT_EXECUTOR = "nobody"
CONTEXT_TO_THREAD = "Ada"
CONTEXT_DEPENDENCY = "nobody"
# gather.py
GATHER_EVENTS: list[str] = ["error", "sibling done"]
GROUP_EVENTS: list[str] = ["sibling cancelled", "error"]
# threads.py
THREADS_INSIDE: int = 40
THREADS_FAST: int = 200
THREADS_ANSWERED: int = 41

# 5: responses
# unset.py
UNSET_ALL_GIVEN = {"name": "Ada", "role": "guest", "password": "1815"}
UNSET_ONE_GIVEN = {"name": "Ada", "role": "admin"}
# exclude.py
EXCLUDE_ONE = {"name": "Ada"}
EXCLUDE_LIST = [{"name": "Ada", "password": "1815"}]
# subclass.py
SUBCLASS_MODEL = {"name": "Ada"}
SUBCLASS_RESPONSE = {"name": "Ada", "password": "1815"}
# nested.py
NESTED_TYPES = "Address, int"
NESTED_WRONG: int = 422

# 4: the life of a request
# exit_order.py
EXIT_REQUEST: list[str] = ["enter", "route", "response", "background", "exit"]
EXIT_FUNCTION: list[str] = ["enter", "route", "exit", "response", "background"]
# exit_after_error.py
ERROR_REQUEST: list[str] = ["enter", "route", "exit", "response"]
ERROR_FUNCTION: list[str] = ["enter", "route", "exit", "response"]
ERROR_SIMPLE: list[str] = ["enter", "route", "response"]

# 3: the cache of dependencies
# cached.py
CACHED_FIRST = {"count": 1, "doubled": 2}
CACHED_SECOND = {"count": 2, "doubled": 4}
# uncached.py
UNCACHED = [1, 2, 1]
# two_scopes.py
SCOPES_SAME = True
SCOPES_OPENED: int = 2

# 2: validation
# price.py
PRICE_TEXT = 9.5
PRICE_ERRORS: list[str] = ["float_parsing"]
PRICE_ERROR_COUNT: int = 3
PRICE_STOCK: int = 2
# bad_bodies.py
BODY_CUT_OFF: int = 422
BODY_NOT_UTF8: int = 400
BODY_EMPTY: int = 422
BODY_WITHOUT_TYPE: int = 422
# address.py
ADDRESS_HIDDEN: int = 422
ADDRESS_CAPITALS = {"email": "Ada@python.org"}
# early.py
EARLY_INVALID: int = 1
EARLY_CUT_OFF: int = 0

# 1: routes and parameters
# greet.py
GREET_STATUS: int = 200
GREET_LOUD = {"message": "HELLO, WORLD!"}
GREET_NOBODY = {"message": "Hello, !"}
# path_order.py
USERS_ME = {"user": "me"}
ORDERS_LATEST: int = 422
# methods.py
METHOD_HEAD: int = 405
METHOD_SLASH: int = 307
