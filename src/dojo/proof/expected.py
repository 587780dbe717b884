"""Expected: what the `expect.toml` of a submission promises about its verdict."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..reports import CriterionResult, Outcome, Report


class ExpectFile(BaseModel):
    """The contents of an `expect.toml`; what it does not name must pass."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    why: str = Field(min_length=20)
    fails: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


def read_expect_file(folder: Path) -> ExpectFile | str:
    """Read a submission's `expect.toml`; a sentence if it cannot be read."""
    path = folder / "expect.toml"
    try:
        return ExpectFile.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return f"'{folder.name}' has no 'expect.toml'. Say there why it is right or wrong."
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        return f"'{folder.name}/expect.toml' cannot be read: {' '.join(str(error).split())}"


def compare(report: Report, expected: ExpectFile) -> list[str]:
    """Say how a report differs from what was promised: one sentence for each criterion."""
    known = {each.name for each in report.criteria}
    unknown = sorted({*expected.fails, *expected.errors} - known)
    defects = [f"names the criterion '{name}', which does not exist." for name in unknown]
    for criterion in report.criteria:
        wanted = _expect_outcome(criterion, report.criteria, expected)
        if criterion.outcome is not wanted:
            seen = describe_finding(criterion)
            defects.append(f"'{criterion.name}' is {criterion.outcome}, expected {wanted}.{seen}")
        elif criterion.finding is not None and not criterion.finding.seen.strip():
            defects.append(f"'{criterion.name}' is {criterion.outcome} without a message.")
    return defects


def describe_finding(criterion: CriterionResult) -> str:
    """Give a finding on one line, for an author."""
    finding = criterion.finding
    if finding is None:
        return ""
    wanted = f" expected {finding.expected};" if finding.expected else ""
    text = " ".join(f"{wanted} seen {finding.seen}".split())
    return f" It says: {text[:300]}"


def _expect_outcome(
    criterion: CriterionResult, criteria: Sequence[CriterionResult], expected: ExpectFile
) -> Outcome:
    if criterion.name in expected.fails:
        return Outcome.FAILED
    if criterion.name in expected.errors:
        return Outcome.ERROR
    awaited = [each for each in criteria if each.name == criterion.waits_for]
    if any(each.outcome is not Outcome.PASSED for each in awaited):
        return Outcome.BLOCKED
    return Outcome.PASSED
