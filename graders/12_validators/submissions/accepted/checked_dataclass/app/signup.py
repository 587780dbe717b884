"""What somebody says who joins the club: a dataclass whose types hold the rules."""

from typing import Annotated

from annotated_types import Interval, Len
from pydantic import AfterValidator, BeforeValidator, EmailStr, StringConstraints
from pydantic.dataclasses import dataclass


def strip(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def has_letters_only(name: str) -> str:
    if any(map(str.isdigit, name)):
        raise ValueError("A name has no digits.")
    return name


Name = Annotated[str, BeforeValidator(strip), Len(1, 100), AfterValidator(has_letters_only)]
Email = Annotated[EmailStr, BeforeValidator(strip)]


@dataclass
class SignUp:
    name: Name
    email: Email
    age: Annotated[int, Interval(ge=18, le=120)]
    password_repeat: str
    password: Annotated[str, StringConstraints(min_length=8, max_length=128)]

    def __post_init__(self) -> None:
        if self.password != self.password_repeat:
            raise ValueError("Type the same password twice.")
