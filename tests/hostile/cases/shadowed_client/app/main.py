"""Attack: or an accident: files called like libraries lie in the submission's folders."""

from fastapi import FastAPI

from .targets import acted

acted("import")
app = FastAPI()
