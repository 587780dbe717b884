"""Attack: memory files, each below the limit of a file; three hundred megabytes are enough."""

import os

from fastapi import FastAPI

from .targets import MARK, acted

descriptors, block = [], bytes(1 << 20)
acted("import")
try:
    for _ in range(20):
        descriptors.append(os.memfd_create("taken"))
        for _ in range(15):
            os.write(descriptors[-1], block)
    print(MARK, "has memory that nobody counts")
except OSError:
    pass
for descriptor in descriptors:
    os.close(descriptor)
app = FastAPI()
