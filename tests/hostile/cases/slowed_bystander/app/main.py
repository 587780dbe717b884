"""Attack: change another process's limits and how it is scheduled, without a signal."""

import contextlib
import os
import resource
from pathlib import Path

from fastapi import FastAPI

from .targets import PID, acted

acted("import")
with contextlib.suppress(OSError):
    os.setpriority(os.PRIO_PROCESS, PID, 15)
with contextlib.suppress(OSError):
    os.sched_setaffinity(PID, {min(os.sched_getaffinity(0))})
with contextlib.suppress(OSError, ValueError):
    resource.prlimit(PID, resource.RLIMIT_NOFILE, (40, 40))
with contextlib.suppress(OSError):
    Path(f"/proc/{PID}/oom_score_adj").write_text("900")
app = FastAPI()
