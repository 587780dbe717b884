"""Attack: a hundred and sixty megabytes in files of eight."""

from pathlib import Path

from fastapi import FastAPI

from .targets import MARK, acted

block = bytes(8 << 20)
acted("import")
try:
    for number in range(20):
        Path(f"file-{number}").write_bytes(block)
    print(MARK, "wrote 160 MiB")
except OSError as error:
    print("refused:", error)
for path in Path().glob("file-*"):
    path.unlink()
app = FastAPI()
