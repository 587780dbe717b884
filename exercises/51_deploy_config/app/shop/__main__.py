"""Start the shop in production: `python -m shop`."""

import os

import uvicorn

from .serve import read_config

if __name__ == "__main__":
    uvicorn.run(**read_config(os.environ))
