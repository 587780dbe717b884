"""Functions of a module are given away with what they need, and with nothing else."""

import textwrap

from dojo.teaching.public_criteria import select


def keep(source: str, *names: str) -> str:
    """Select functions; give what is below the docstring."""
    text = select(textwrap.dedent(source).lstrip("\n"), names, "What is left.")
    docstring, _, rest = text.partition("\n\n")
    assert docstring == '"""What is left."""'
    return rest.lstrip("\n")


def test_needed_helpers_stay() -> None:
    """Helpers, constants and what these need stay with their comments and strings."""
    source = '''
        """Module that speaks of secrets."""

        # How many.
        NUMBER = 2
        """A string about the number."""
        DOUBLE = NUMBER * 2
        SECRET = 42


        def help_me() -> int:
            return DOUBLE


        # About the secret.
        def test_secret() -> None:
            assert SECRET


        def test_open() -> None:
            assert help_me()
        '''

    assert keep(source, "test_open") == textwrap.dedent(
        '''\
        # How many.
        NUMBER = 2
        """A string about the number."""
        DOUBLE = NUMBER * 2


        def help_me() -> int:
            return DOUBLE


        def test_open() -> None:
            assert help_me()
        '''
    )


def test_unused_imports_go() -> None:
    """Names that nobody uses any more are not imported; an untouched import keeps its comment."""
    source = """
        import os
        import sys  # noqa: E402

        import b.c
        from a import first, third
        from a import second as other


        def test_secret() -> None:
            os.stat(first)


        def test_open() -> None:
            sys.exit(other, third, b.c)
        """

    assert keep(source, "test_open") == textwrap.dedent(
        """\
        import sys  # noqa: E402

        import b.c
        from a import second as other
        from a import third


        def test_open() -> None:
            sys.exit(other, third, b.c)
        """
    )


def test_long_imports_are_broken() -> None:
    """An import that does not fit on a line gets a line for each name."""
    names = [f"name_{number:02}_{'x' * 20}" for number in range(4)]
    source = f"from module import {', '.join([*names, 'secret'])}\n\n\ndef test_open():\n    "

    kept = keep(f"{source}{' + '.join(names)}\n", "test_open")

    lines = "".join(f"    {name},\n" for name in names)
    assert kept.startswith(f"from module import (\n{lines})\n\n\ndef test_open():")


def test_uncalled_methods_go() -> None:
    """A class keeps its fields, what Python calls, and the methods that somebody names."""
    source = '''
        class Gate:
            """A gate."""

            width: int = 3

            def __enter__(self):
                return self

            # Only for the secret.
            def slam(self):
                return SECRET

            def open(self):
                return self._turn()

            def _turn(self):
                return KEY


        KEY, SECRET = 1, 2


        def test_open(gate: Gate):
            gate.open()
        '''

    assert keep(source, "test_open") == textwrap.dedent(
        '''\
        class Gate:
            """A gate."""

            width: int = 3

            def __enter__(self):
                return self

            def open(self):
                return self._turn()

            def _turn(self):
                return KEY


        KEY, SECRET = 1, 2


        def test_open(gate: Gate):
            gate.open()
        '''
    )


def test_methods_of_heirs_stay() -> None:
    """What a class overrides may be called by its base, so all of it stays."""
    heir = "class Heir(Base):\n    def called(self):\n        pass\n\n\n"
    source = f"{heir}def test_open(x=Heir):\n    pass\n"

    assert keep(source, "test_open") == source


def test_fixtures_come_as_parameters() -> None:
    """A fixture is asked for by the name of a parameter."""
    source = "import pytest\n\n\n@pytest.fixture\ndef gate():\n    return 1\n\n\n"
    secret = "@pytest.fixture\ndef secret():\n    return 2\n\n\n"
    wanted = "def test_open(gate):\n    pass\n"

    assert keep(source + secret + wanted, "test_open") == source + wanted


def test_statements_stay() -> None:
    """What is done when the module is imported is done still."""
    source = "import sys\n\nsys.path.append(1)\n\n\ndef secret():\n    pass\n"

    assert keep(source) == "import sys\n\nsys.path.append(1)\n"
