"""Attack: a search that takes ages, in C."""

import re

re.match(r"(a|a|b)*c", "ab" * 40)
