"""The kinds of value that a bot specification is made of, each with its rule and its message."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_after_validator_function

from agent_runtime.spec import names

IDLE_PATTERN = r"^[1-9][0-9]{0,5}(s|m|h)$"
CPU_PATTERN = r"^([1-9][0-9]{0,5}m|[1-9][0-9]{0,2}|[0-9]{1,3}\.[0-9]{1,3})$"
MEMORY_PATTERN = r"^[1-9][0-9]{0,6}(Mi|Gi)$"
ALLOW_PATTERN = (
    r"^(telegram:-?[1-9][0-9]{0,15}|discord:[1-9][0-9]{0,19}|slack:[A-Z][A-Z0-9]{1,30}"
    r"|whatsapp:([1-9][0-9]{4,19}|[A-Z]{2}\.[A-Za-z0-9.]{1,128}))$"
)
ORIGIN_PATTERN = r"^https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?$"
URL_PATTERN = r"^https?://[^\s@#?$\\]+$"
TIME_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
)


class Section(BaseModel):
    """A part of the specification: frozen, closed, and strict about types.

    A null is the same as leaving the key out.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", validate_default=False)

    @model_validator(mode="before")
    @classmethod
    def _null_is_left_out(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None or key not in cls.model_fields}


class WithPattern:
    """Annotates text whose pattern is for the JSON schema alone, because finer checks speak."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(core), "pattern": self.pattern}


def fault(detail: str) -> PydanticCustomError:
    """An error of a validator whose text reaches the person as it is."""
    return PydanticCustomError("botyard", "{detail}", {"detail": detail})


class Rule:
    """Annotates text that must match a pattern: our own message, and the pattern in the JSON schema.

    Patterns keep to what Python, ECMAScript and RE2 read alike, for the page and Helm check them too.
    """

    def __init__(self, pattern: str, detail: str) -> None:
        self.pattern = pattern
        self.detail = detail
        # `\Z` and not `$`, which would let a last line break pass.
        self._expression = re.compile(pattern.removesuffix("$") + r"\Z")

    def check(self, text: str) -> str:
        if self._expression.match(text) is None:
            raise fault(self.detail)
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(core), "pattern": self.pattern}


def _not_blank(text: str) -> str:
    if not text.strip():
        raise fault("must not be empty")
    return text


def _one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise fault("must be one line without tabs")
    return text


def _idle(text: str) -> str:
    if not 10 <= seconds(text) <= 86_400:
        raise fault('must be from "10s" to "24h"')
    return text


def _cpu(text: str) -> str:
    if not 10 <= cpu_millis(text) <= 16_000:
        raise fault('must be from "10m" to "16" processors')
    return text


def _memory(text: str) -> str:
    if not 64 <= memory_bytes(text) / 2**20 <= 65_536:
        raise fault('must be from "64Mi" to "64Gi"')
    return text


def _time(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise fault("is no date and time that exists") from None
    return text


def _url(text: str) -> str:
    if "$" in text:
        raise fault("must not hold $; nothing is expanded in it")
    if re.search(r"[\s\\]", text) or not text.isascii():
        raise fault("must be ASCII without spaces or backslashes; write other characters percent-encoded")
    try:
        parts = urlsplit(text)
        port_fits = parts.port is None or parts.port >= 1
    except ValueError:
        raise fault("is not a URL; it must look like https://models.example.com/v1") from None
    if parts.scheme not in ("http", "https") or not text.startswith(f"{parts.scheme}://"):
        raise fault("must start with https:// or http://")
    if "@" in parts.netloc:
        raise fault("must not hold a user or a password; give a key as key: {secret: NAME}")
    if "?" in text or "#" in text:
        raise fault("must end with the path, without ? or #")
    if not parts.hostname or not port_fits:
        raise fault("needs a host, such as https://models.example.com/v1")
    return text


def seconds(duration: str) -> int:
    """`"5m"` → 300."""
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


def cpu_millis(quantity: str) -> int:
    """`"100m"` → 100, `"0.5"` → 500."""
    return int(quantity[:-1]) if quantity.endswith("m") else round(float(quantity) * 1000)


def memory_bytes(quantity: str) -> int:
    """`"128Mi"` → 134217728."""
    return int(quantity[:-2]) * {"Mi": 2**20, "Gi": 2**30}[quantity[-2:]]


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


# Lists of YAML and JSON become tuples, so that a specification that was checked can't be changed.
AsTuple = BeforeValidator(_listed)

Name = Annotated[str, Rule(names.NAME_PATTERN, names.NAME_RULE)]
SecretName = Annotated[str, Rule(names.SEALED_PATTERN, names.SEALED_RULE)]
VariableName = Annotated[str, Rule(names.VARIABLE_PATTERN, names.VARIABLE_RULE)]
TemplateId = Annotated[
    str, Rule(r"^[a-z][a-z0-9-]{0,63}$", "must be a template's id, such as customer-support")
]
Text = Annotated[str, Field(max_length=50_000), AfterValidator(_not_blank), WithPattern(r"\S")]
Line = Annotated[str, Field(max_length=500), AfterValidator(_one_line), WithPattern(r"^[^\n\t]*$")]
ModelName = Annotated[
    str,
    Field(max_length=200),
    Rule(r"^[!-~]{1,200}$", "must be a model's name: ASCII without spaces, such as gpt-4o"),
]
IdleAfter = Annotated[
    str, Rule(IDLE_PATTERN, 'must be a whole number and s, m or h, such as "5m"'), AfterValidator(_idle)
]
CpuQuantity = Annotated[
    str, Rule(CPU_PATTERN, 'must be processors, such as "500m" or "0.5"'), AfterValidator(_cpu)
]
MemoryQuantity = Annotated[
    str, Rule(MEMORY_PATTERN, 'must be a whole number and Mi or Gi, such as "128Mi"'), AfterValidator(_memory)
]
# Sums of many bots' shares, so without the limits of one.
TotalCpu = Annotated[str, Rule(CPU_PATTERN, 'must be processors, such as "500m" or "8"')]
TotalMemory = Annotated[str, Rule(MEMORY_PATTERN, 'must be a whole number and Mi or Gi, such as "16Gi"')]
Allowed = Annotated[str, Rule(ALLOW_PATTERN, 'must be a channel and an id there, such as "telegram:1234"')]
Origin = Annotated[
    str, Rule(ORIGIN_PATTERN, "must be a site without a path, such as https://www.example.com")
]
Time = Annotated[
    str,
    Rule(TIME_PATTERN, 'must be a time with its zone, such as "2026-11-21T10:00:00Z"'),
    AfterValidator(_time),
]
PhoneNumberId = Annotated[
    str, Rule(r"^[1-9][0-9]{4,19}$", 'must be the digits of an id, in quotes, such as "106540352242922"')
]
BaseUrl = Annotated[str, Field(max_length=2048), AfterValidator(_url), WithPattern(URL_PATTERN)]
