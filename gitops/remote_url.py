"""Which addresses a fleet's remote may have: few forms, none that Git could take for an option or a command.

Credentials never stand in the address, which is shown and logged: Git asks the operator's credential helper
or ssh agent.
"""

from __future__ import annotations

import re

_LONGEST = 1024
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
_PORT = r"(?::[0-9]{1,5})?"
_USER = r"[A-Za-z0-9][A-Za-z0-9._-]*"
# What stands in paths of code hosts. A percent sign may not hide a control character.
_STEP = r"(?:[A-Za-z0-9._~+@-]|%[2-6][0-9A-Fa-f]|%7[0-9A-Ea-e]|%[89A-Fa-f][0-9A-Fa-f])"
_PATH = rf"(?:/{_STEP}+)+/?"
_LOOPBACK = r"(?:127\.0\.0\.1|localhost|\[::1\])"

_FORMS = {
    "https": re.compile(rf"https://{_HOST}{_PORT}{_PATH}"),
    "http": re.compile(rf"http://{_LOOPBACK}{_PORT}{_PATH}"),
    "ssh": re.compile(
        rf"ssh://(?:{_USER}@)?{_HOST}{_PORT}{_PATH}|{_USER}@{_HOST}:(?:{_PATH}|(?!-){_STEP}+(?:{_PATH})?)"
    ),
    "file": re.compile(rf"file://{_PATH}"),
}
_CREDENTIALS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*@|[^/@]*:[^/@]*@")
_EXPECTED = (
    "must be https://host/path, ssh://[user@]host/path, user@host:path or file:///path, without options; "
    "http:// is for loopback only"
)


def scheme(url: str) -> str:
    """The protocol that Git will speak; ValueError, which never repeats the address, if it is not allowed."""
    if len(url) <= _LONGEST:
        for name, form in _FORMS.items():
            if form.fullmatch(url):
                return name
        if _CREDENTIALS.match(url):
            raise ValueError(
                "must not hold a user name, password or token, since it is shown and logged; "
                "give them by Git's credential helper or an ssh agent"
            )
    raise ValueError(_EXPECTED)
