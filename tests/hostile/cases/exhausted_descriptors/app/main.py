"""Attack or accident: no descriptor is left for whoever needs one."""

from fastapi import FastAPI

from .targets import acted

acted("import")
held = []
try:
    while len(held) < 5000:
        held.append(open("/dev/null"))
except OSError:
    pass
app = FastAPI()
