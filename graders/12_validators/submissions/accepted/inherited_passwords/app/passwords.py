"""A password that was typed twice, for whichever form asks for one."""

from typing import Any, Self

from pydantic import BaseModel, Field, ModelWrapValidatorHandler, SecretStr, model_validator
from pydantic_core import PydanticCustomError


class TypedTwice(BaseModel):
    password: SecretStr = Field(min_length=8, max_length=128)
    password_repeat: SecretStr

    @model_validator(mode="wrap")
    @classmethod
    def compare(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        form = handler(data)
        if form.password != form.password_repeat:
            raise PydanticCustomError("passwords_differ", "The passwords differ.")
        return form
