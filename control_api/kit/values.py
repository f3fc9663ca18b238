"""Types of values that several nouns take."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from agent_runtime.spec.names import is_secret_name

LONGEST_SECRET = 16 * 1024
MOST_SECRETS = 64


class Body(BaseModel):
    """A request body: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid")


def _text(value: Any) -> Any:
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("must not hold NUL")
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            raise ValueError("must not hold half a character (a lone surrogate)")
    return value


def _secret_name(name: str) -> str:
    if not is_secret_name(name):
        raise ValueError(
            "must be 1 to 64 of A-Z, 0-9 and _, start with a letter and not end in _, such as OPENAI_API_KEY"
        )
    return name


Text = Annotated[str, BeforeValidator(_text)]
SecretName = Annotated[str, AfterValidator(_secret_name), Field(description="Such as OPENAI_API_KEY.")]
SecretValue = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=LONGEST_SECRET)]
Spec = Annotated[
    dict[str, Any],
    Field(description="A bot specification, see the reference.", json_schema_extra={"x-schema": "BotSpec"}),
]
IdPath = Annotated[str, BeforeValidator(_text), Path(alias="id", max_length=300)]
NamePath = Annotated[str, BeforeValidator(_text), Path(max_length=64)]
