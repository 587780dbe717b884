"""The settings of the desk. They are read from the environment once in the life of a process."""

import os
from functools import lru_cache
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel


class Settings(BaseModel):
    museum: str
    largest_group: int


@lru_cache
def get_settings() -> Settings:
    return Settings(
        museum=os.environ.get("DESK_MUSEUM", "Museum of Clocks"),
        largest_group=int(os.environ.get("DESK_LARGEST_GROUP", "10")),
    )


async def give_settings() -> Settings:
    return get_settings()


CurrentSettings = Annotated[Settings, Depends(give_settings)]
