"""Files: what may be uploaded. All that is no small text is refused before a route gets it."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, UploadFile

MOST_BYTES, LONGEST_NAME = 10_000, 80


@dataclass
class Text:
    """A file that was accepted: its name without folders, and its text as it is."""

    name: str
    text: str


async def read_file(file: UploadFile) -> Text:
    """Read the field `file` of a form."""
    name = re.split(r"[/\\]", file.filename or "")[-1]
    if not name.endswith((".txt", ".md")):
        raise HTTPException(415, "The name of a file ends with .txt or .md.")
    content = await file.read(MOST_BYTES + 1)
    if not content or len(name) > LONGEST_NAME:
        raise HTTPException(422, f"A file has a text, and a name of {LONGEST_NAME} characters.")
    if len(content) > MOST_BYTES:
        raise HTTPException(413, f"A file has at most {MOST_BYTES} bytes.")
    try:
        return Text(name, content.decode())
    except UnicodeDecodeError:
        raise HTTPException(415, "This file is no text in UTF-8.") from None


TextFile = Annotated[Text, Depends(read_file)]
