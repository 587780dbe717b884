"""What somebody says who joins the club, on the web or on paper."""

from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    EmailStr,
    Field,
    StringConstraints,
    model_validator,
)


def refuse_digits(name: str) -> str:
    if any(character.isdecimal() for character in name):
        raise ValueError("A name has no digits.")
    return name


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(refuse_digits),
]


class SignUp(BaseModel):
    """A sign-up that fits; there is no way to build one that does not."""

    name: Name
    email: EmailStr
    age: Annotated[int, Field(ge=18, le=120)]
    password_repeat: str
    password: Annotated[str, Field(min_length=8, max_length=128)]

    @model_validator(mode="after")
    def compare_passwords(self) -> Self:
        if self.password != self.password_repeat:
            raise ValueError("The passwords differ.")
        return self
