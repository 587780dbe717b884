"""Traffic of 29_rate_limit_dependency: users who ask at odd moments, alone and together.

Of requests at the same moment, only as many are sent as all pass or none, since nobody knows who
would be first.
"""

from dojo.grader import Change, Draw, Freedom, Labs, Request, Step, Traffic, request
from dojo.harness.database import Database

USERS = ("asha", "ben", "carla")
STRANGERS: tuple[dict[str, str], ...] = (
    {},
    {"Authorization": "Bearer ASHA-TOKEN"},
    {"Authorization": "Bearer"},
    {"Authorization": "Basic asha-token"},
    {"X-API-Key": "asha-token"},
)
ROUTES = ("/rates", "/account")
WAITS = (0, 1, 0.001, 59.999, 1799.5, 1800, 3599, 3599.25, 3600, 3600.5, 7201, 10**6)
SHORT = (1, 10, 400, 0.125)


def ask(draw: Draw, user: str) -> Request:
    """Send a request of a user."""
    headers = {"Authorization": f"Bearer {user}-token", "X-Forwarded-For": draw.word()}
    return request("GET", draw.choice(ROUTES), headers=headers)


def wait(seconds: float) -> Change:
    """Let time pass."""
    return Change(f"{seconds} seconds pass", lambda labs: labs.clock.advance(seconds))


def use_up(draw: Draw) -> list[Step]:
    """Use a limit up, with short waits between; ask again after an odd while, several times."""
    user = draw.deal(USERS)
    steps: list[Step] = []
    for _ in range(4):
        steps += [ask(draw, user), wait(draw.deal(SHORT))]
    return [*steps, ask(draw, user), wait(draw.deal(WAITS)), ask(draw, user), ask(draw, user)]


def mix(draw: Draw) -> list[Step]:
    """Have all users and strangers ask in turn."""
    steps: list[Step] = [ask(draw, user) for user in USERS]
    steps += [request("GET", draw.choice(ROUTES), headers=draw.deal(STRANGERS))]
    steps += [request("GET", "/health"), wait(draw.deal(WAITS))]
    return draw.sample(steps, len(steps))


def lose_store(draw: Draw) -> list[Step]:
    """Ask while the store cannot be reached, and afterwards."""
    user = draw.deal(USERS)
    return [
        ask(draw, user),
        run_sql("the store cannot be reached", "ALTER TABLE entries RENAME TO lost"),
        ask(draw, user),
        run_sql("the store is back", "ALTER TABLE lost RENAME TO entries"),
        ask(draw, user),
    ]


def run_sql(words: str, sql: str) -> Change:
    """Change the database."""
    return Change(words, lambda labs: labs.database.execute(sql))


def prepare(labs: Labs) -> None:
    """Make the table before the app does, so that it can be taken away."""
    database: Database = labs.database
    database.execute_script(
        "CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT, keep_until REAL)"
    )


traffic = Traffic(
    scenes=(use_up, use_up, use_up, mix, mix, lose_store),
    freedoms=(
        Freedom("The body of a 429 is up to you", "body", status=429),
        Freedom("The body of a 429 is up to you", "headers.content-type", status=429),
    ),
    headers=("ratelimit-remaining", "retry-after", "www-authenticate"),
    prepare=prepare,
    requests=60,
)
