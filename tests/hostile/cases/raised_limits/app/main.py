"""Attack: a limit that can be raised by whom it limits is none."""

import contextlib
import resource

from fastapi import FastAPI

from .targets import MARK, acted

app = FastAPI()


def raise_limits():
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
        with contextlib.suppress(OSError, ValueError):
            soft, hard = resource.getrlimit(limit)
            wanted = resource.RLIM_INFINITY if hard == resource.RLIM_INFINITY else hard * 2
            resource.setrlimit(limit, (wanted, wanted))
            print(MARK, "has raised limit", limit)


acted("import")
raise_limits()
