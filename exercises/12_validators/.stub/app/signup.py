"""What somebody says who joins the club, on the web or on paper."""

from pydantic import BaseModel, Field, field_validator


class SignUp(BaseModel):
    # TODO 1: take a name that is one.
    name: str = Field(min_length=1)

    # TODO 2: take an address and an age that can be.
    email: str
    age: int

    # TODO 3: take a password that was typed twice.
    password_repeat: str
    password: str

    # TODO 4: tell everything that is wrong at once, and hold the lists to the same rules.

    @field_validator("name")
    @classmethod
    def tidy_name(cls, name: str) -> str:
        return name.strip()
