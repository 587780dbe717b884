"""Attack: let the first copy live and the process that would make further ones end."""

import os

from fastapi import FastAPI

os.register_at_fork(after_in_parent=lambda: os._exit(0))
app = FastAPI()
