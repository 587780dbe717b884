"""What the sandbox probe needs is there: without it no mode would hold anywhere, in silence."""

from dojo.runner.sandbox_probe import ATTACKS


def test_attacks_are_at_hand() -> None:
    """The attacks that every mode is tried with are a file beside the probe."""
    assert ATTACKS.is_file()
