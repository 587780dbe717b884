"""Grader of 16_predict_the_output: what is predicted must be what the given snippets do.

It knows which snippets there are, and none of their values: those come from running them.
"""

from dojo.grader import Answers, criterion


@criterion(task=1)
async def test_routes_predicted(answers: Answers) -> None:
    """Each answer to `greet`, `path_order` and `methods` is correct."""
    await answers.compare("greet", "path_order", "methods")


@criterion(task=2)
async def test_validation_predicted(answers: Answers) -> None:
    """Each answer to `price`, `bad_bodies`, `address` and `early` is correct."""
    await answers.compare("price", "bad_bodies", "address", "early")


@criterion(task=3)
async def test_caching_predicted(answers: Answers) -> None:
    """Each answer to `cached`, `uncached` and `two_scopes` is correct."""
    await answers.compare("cached", "uncached", "two_scopes")


@criterion(task=4)
async def test_lifecycle_predicted(answers: Answers) -> None:
    """Each answer to `exit_order` and `exit_after_error` is correct."""
    await answers.compare("exit_order", "exit_after_error")


@criterion(task=5)
async def test_responses_predicted(answers: Answers) -> None:
    """Each answer to `unset`, `exclude`, `subclass` and `nested` is correct."""
    await answers.compare("unset", "exclude", "subclass", "nested")


@criterion(task=6)
async def test_concurrency_predicted(answers: Answers) -> None:
    """Each answer to `context`, `gather` and `threads` is correct."""
    await answers.compare("context", "gather", "threads")


@criterion(task=7)
async def test_background_predicted(answers: Answers) -> None:
    """Each answer to `failing_task` and `task_ends` is correct."""
    await answers.compare("failing_task", "task_ends")
