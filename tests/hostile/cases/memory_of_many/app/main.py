"""Attack: four processes of one gibibyte each, which is not touched, so that nobody suffers."""

import mmap
import os
import time

from fastapi import FastAPI

from .targets import MARK, acted

reading, writing = os.pipe()
acted("import")
for _ in range(4):
    try:
        if os.fork() == 0:
            try:
                taken = mmap.mmap(-1, 1 << 30)
            except (OSError, MemoryError):
                os.write(writing, b"n")
            else:
                os.write(writing, b"y")
                time.sleep(2)
            os._exit(0)
    except OSError:
        os.write(writing, b"n")
if [os.read(reading, 1) for _ in range(4)].count(b"y") == 4:
    print(MARK, "has four gibibytes")
app = FastAPI()
