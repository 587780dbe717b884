"""Cheat: leave politely at import."""

import sys

sys.exit(0)
