"""What somebody says who joins the club: plain types, and a method for each rule."""

import re

from pydantic import BaseModel, Field, field_validator, model_validator


class SignUp(BaseModel):
    name: str
    email: str
    age: int
    password_repeat: str
    password: str = Field(min_length=8, max_length=128)

    @field_validator("name")
    @classmethod
    def check_name(cls, name: str) -> str:
        name = name.strip()
        if not 1 <= len(name) <= 100:
            raise ValueError("A name has 1 to 100 characters.")
        if re.search(r"\d", name):
            raise ValueError("A name has no digits.")
        return name

    @field_validator("email")
    @classmethod
    def check_email(cls, email: str) -> str:
        local, _, domain = email.strip().partition("@")
        if not local or "@" in domain or "." not in domain:
            raise ValueError("An address looks like 'asha@club.in'.")
        return f"{local}@{domain.lower()}"

    @field_validator("age")
    @classmethod
    def check_age(cls, age: int) -> int:
        if age not in range(18, 121):
            raise ValueError("A member is 18 to 120 years old.")
        return age

    @model_validator(mode="after")
    def check_passwords(self) -> "SignUp":
        assert self.password == self.password_repeat, "The passwords differ."
        return self
