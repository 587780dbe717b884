"""Attack: no silence is ever long enough to be noticed."""

import time

from .targets import acted

acted("import")
while True:
    print("still there")
    time.sleep(0.05)
