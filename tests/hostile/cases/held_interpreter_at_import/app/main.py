"""Attack: a search that takes ages, in C."""

import re

from .targets import acted

acted("import")
re.match(r"(a|a|b)*c", "ab" * 40)
