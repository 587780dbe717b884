"""Attack: read all memory of this process, which was forked from one that met the grader."""

import contextlib
import re

from fastapi import FastAPI

from .targets import CRITERION_PATTERN, MARK, SEED_PATTERN, acted


def search():
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb") as memory:
        for line in maps:
            span, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            start, end = (int(each, 16) for each in span.split("-"))
            with contextlib.suppress(OSError, ValueError, OverflowError):
                memory.seek(start)
                text = memory.read(min(end - start, 64 << 20))
                for pattern in (SEED_PATTERN, CRITERION_PATTERN):
                    if re.search(pattern.encode(), text):
                        print(MARK, "memory")


acted("import")
with contextlib.suppress(OSError):
    search()
app = FastAPI()
