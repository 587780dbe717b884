"""Attack: hang at import, deaf to everything."""

import signal

from .targets import acted

for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGHUP, signal.SIGUSR1):
    signal.signal(number, signal.SIG_IGN)
acted("import")
while True:
    pass
