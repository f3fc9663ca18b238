"""`env`: plain values become `environment`; what looks like a secret is named and never written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from agent_runtime.spec.agent_config.report import Report
from agent_runtime.spec.names import VARIABLE_PATTERN, is_secret_name
from agent_runtime.spec.problems import pointer

_PLACE = "/env"
_VARIABLE = re.compile(VARIABLE_PATTERN)
_SECRET_NAME = re.compile(
    r"(^|_)(API_?KEY|KEY|TOKENS?|SECRETS?|PASSWORD|PASSWD|PASS|PWD|PASSPHRASE|CREDENTIALS?|AUTH|DSN|PAT"
    r"|CONNECTION_STRING|CONN_STR|WEBHOOK_URL|BEARER|COOKIE|PRIVATE|JWT)(_|$|[0-9]+$)"
    r"|APIKEY|ACCESSKEY|AUTHTOKEN"
)
# Marks that well-known issuers put on keys, tokens of JWT and of Telegram, and private keys.
_SECRET_VALUE = re.compile(
    r"\A(sk-|pk-|rk_|ghp_|gho_|github_pat_|glpat-|xox[abpr]-|AKIA|AIza|hf_|eyJ[A-Za-z0-9_-]{10})"
    r"|\A\d{6,}:[A-Za-z0-9_-]{30,}\Z|-----BEGIN "
)
_RANDOM = re.compile(r"[A-Za-z0-9+/_=-]{32,}\Z")
_REFERENCE = re.compile(r"\$\{?[A-Za-z_]|\{\{")
_IF_NONE = "if it is none, write it under environment in bot.yaml"
_ONLY = "models and channels alone can use secrets today"


def secret_names(env: Any) -> list[str]:
    """The names under which `env` seems to hold secrets, made to keep the rule of names."""
    return [_name(key) for _, key, value in _entries(env) if _is_secret(_name(key), value)]


def convert_environment(report: Report, env: Any) -> None:
    """Puts the plain values and the tokens of channels."""
    if env is not None and not isinstance(env, dict | list):
        report.remark(_PLACE, "was left out: it must be an object of names and values")
    used = {report.spec.get("model", {}).get("key", {}).get("secret")}
    for place, key, value in _entries(env):
        name = _name(key)
        if _is_secret(name, value):
            _put_secret(report, place, name, read=name in used)
        else:
            _put_plain(report, place, key, name, value)
    if isinstance(env, list):
        for index, each in enumerate(env):
            if not (isinstance(each, dict) and "name" in each):
                report.remark(f"{_PLACE}/{index}", "was left out: it must be {name, value}")


def _put_secret(report: Report, place: str, name: str, *, read: bool) -> None:
    if not is_secret_name(name):
        report.remark(place, f"looks like a secret and was left out; {_IF_NONE}")
    elif (platform := _platform_of(name)) and platform not in report.spec.get("channels", {}):
        report.put(place, {"token": {"secret": name}}, "channels", platform)
        report.needs(name)
        report.remark(place, f"its value was not taken; give the bot's token with --secret {name}")
    elif read:
        report.remark(place, f"its value was not taken; give the model's key with --secret {name}")
    else:
        give = f"give it with --secret {name} to have it stored ({_ONLY})"
        report.remark(place, f"looks like a secret, so its value was not taken; {give}, or {_IF_NONE}")


def _platform_of(name: str) -> str | None:
    """The platform whose token a secret of this name is."""
    found = (platform for platform in ("telegram", "discord") if platform.upper() in name)
    return next(found, None) if "TOKEN" in name else None


def _put_plain(report: Report, place: str, key: str, name: str, value: Any) -> None:
    if value is None:
        report.remark(place, "has no value and was left out")
    elif not _VARIABLE.match(name) or "\n" in name:
        report.remark(place, "was left out: a name is of A-Z, 0-9 and _ and starts with a letter")
    elif isinstance(value, dict | list):
        report.remark(place, "was left out: a value is text; write it as one, or as a secret")
    elif name in report.spec.get("environment", {}):
        report.remark(place, f"was left out: {name} is there already, and names are in upper case")
    else:
        text = value if isinstance(value, str) else json.dumps(value)
        report.put(place, text, "environment", name)
        if name != key:
            report.remark(place, f"is called {name} now: names are in upper case")
        if _REFERENCE.search(text):
            report.remark(place, "is taken as it is: nothing is filled in; write the value itself")


def _entries(env: Any) -> Iterator[tuple[str, str, Any]]:
    """Each variable as (pointer, name, value), of an object or of a list of {name, value}."""
    if isinstance(env, dict):
        for key, value in env.items():
            yield f"{_PLACE}{pointer(key)}", key, value
    elif isinstance(env, list):
        for index, each in enumerate(env):
            if isinstance(each, dict) and "name" in each:
                value = each.get("value", each.get("valueFrom"))
                yield f"{_PLACE}/{index}", str(each["name"]), value


def _name(key: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).upper()).strip("_")


def _is_secret(name: str, value: Any) -> bool:
    if isinstance(value, bool | int | float):
        # MAX_TOKENS: 800 is a number of words and no key.
        return False
    if isinstance(value, dict):
        return "secretKeyRef" in value or _SECRET_NAME.search(name) is not None
    if _SECRET_NAME.search(name):
        return not (isinstance(value, str) and re.fullmatch(r"[0-9.]{1,9}|true|false|", value))
    return isinstance(value, str) and _looks_secret(value)


def _looks_secret(value: str) -> bool:
    if _SECRET_VALUE.search(value):
        return True
    try:
        if urlsplit(value).password:
            return True
    except ValueError:
        return False
    kinds = (str.islower, str.isupper, str.isdigit)
    return _RANDOM.match(value) is not None and all(any(map(kind, value)) for kind in kinds)
