"""Run the command line: `dojo` or `python -m dojo`."""

import sys

from .commandline.parser import run


def main() -> None:
    """Run one command and exit with its status."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
