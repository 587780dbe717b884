"""What the snippets really give.

Each name stands for the value that it has at the end of the snippet named above it.
"""

# 1: routes and parameters
# greet.py
GREET_STATUS = 404
GREET_STATUS = 200
GREET_LOUD = {"message": "HELLO, WORLD!"}
GREET_NOBODY = {"message": "Hello, !"}
# path_order.py
USERS_ME = {"user": "me"}
ORDERS_LATEST = 422
# methods.py
METHOD_HEAD = 405
METHOD_SLASH = 307

# 2: validation
# price.py
PRICE_TEXT = 9.5
PRICE_ERRORS = ["float_parsing"]
PRICE_ERROR_COUNT = 3
PRICE_STOCK = 2
# bad_bodies.py
BODY_CUT_OFF = 422
BODY_NOT_UTF8 = 400
BODY_EMPTY = 422
BODY_WITHOUT_TYPE = 422
# address.py
ADDRESS_HIDDEN = 422
ADDRESS_CAPITALS = {"email": "Ada@python.org"}
# early.py
EARLY_INVALID = 1
EARLY_CUT_OFF = 0

# 3: the cache of dependencies
# cached.py
CACHED_FIRST = {"count": 1, "doubled": 2}
CACHED_SECOND = {"count": 2, "doubled": 4}
# uncached.py
UNCACHED = [1, 2, 1]
# two_scopes.py
SCOPES_SAME = True
SCOPES_OPENED = 2
SCOPES_OPENED += 0

# 4: the life of a request
# exit_order.py
EXIT_REQUEST = ["enter", "route", "response", "background", "exit"]
EXIT_FUNCTION = ["enter", "route", "exit", "response", "background"]
# exit_after_error.py
ERROR_REQUEST = ["enter", "route", "exit", "response"]
ERROR_FUNCTION = ["enter", "route", "exit", "response"]
ERROR_SIMPLE = ["enter", "route", "response"]

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
NESTED_WRONG = 422

# 6: tasks and threads
# context.py
CONTEXT_EXECUTOR = "nobody"
CONTEXT_TO_THREAD = "Ada"
CONTEXT_DEPENDENCY = "nobody"
# gather.py
GATHER_EVENTS = ["error", "sibling done"]
GROUP_EVENTS = ["sibling cancelled", "error"]
# threads.py
THREADS_INSIDE = 40
THREADS_FAST = 200
THREADS_ANSWERED = 41

# 7: background tasks
# failing_task.py
TASK_STATUS = 201
TASK_RAN = ["mail"]
# task_ends.py
TASKS_REFUSED = 0
TASKS_RESPONSE = ["added"]
TASKS_BOTH = ["own"]
