"""What somebody says who joins the club, on the web or on paper."""

import re
from typing import Annotated, Any

from pydantic import EmailStr, Field, ValidatorFunctionWrapHandler, field_validator
from pydantic_core import PydanticCustomError

from .passwords import TypedTwice


class SignUp(TypedTwice):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    email: EmailStr
    age: int = Field(gt=17, lt=121)

    @field_validator("name", mode="wrap")
    @classmethod
    def read_name(cls, name: Any, check: ValidatorFunctionWrapHandler) -> str:
        tidied: str = check(name.strip() if isinstance(name, str) else name)
        if re.search(r"\d", tidied):
            raise PydanticCustomError("digits", "A name has no digits.")
        return tidied
