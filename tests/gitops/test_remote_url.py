"""Addresses of a fleet's remote: the usual ones pass, and none gets a process started that it should not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops.remote_url import scheme
from gitops.transport import Transport

GOOD = {
    "https://github.com/acme/fleet.git": "https",
    "https://dev.azure.com/acme/My%20Project/_git/fleet": "https",
    "https://git.example:8443/~ops/fleet": "https",
    "ssh://git@git.example:2222/srv/fleet.git": "ssh",
    "git@github.com:acme/fleet.git": "ssh",
    "git@git.example:/srv/fleet.git": "ssh",
    "file:///srv/git/fleet.git": "file",
    "http://127.0.0.1:3000/fleet.git": "http",
}
BAD = [
    "ext::sh -c 'touch MARKER'",
    "ext::sh% -c% touch% MARKER",
    "fd::7",
    "--upload-pack=touch MARKER",
    "-c core.sshCommand=touch",
    "-oProxyCommand=touch",
    "ssh://-oProxyCommand=touch/x",
    "git@-oProxyCommand=touch:x",
    "git@host:-x",
    "git@host::x",
    "https://h/$SECRET",
    "https://h/$(touch MARKER)",
    "https://h/`touch`",
    "https://h/a b",
    "https://h/a\nb",
    "https://h/%0a",
    "https://h/x?token=1",
    "https://h/x#y",
    "https://h",
    "http://git.example/fleet.git",
    "git://git.example/fleet.git",
    "file://host/fleet.git",
    "/srv/git/fleet.git",
    "../fleet.git",
    "https://h/" + "x" * 2000,
    "https://h/\u2028x",
]
TELLING = ["https://alice:s3cret@h/x", "https://s3cret@h/x", "ssh://git:s3cret@h/x", "alice:s3cret@h:x"]


@pytest.mark.parametrize(("url", "expected"), GOOD.items())
def test_the_usual_addresses_pass(url: str, expected: str) -> None:
    assert scheme(url) == expected


@pytest.mark.parametrize("url", BAD)
def test_hostile_addresses_start_no_process(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    (tmp_path / "git").write_text(f"#!/bin/sh\ntouch {started}\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="must be https://host/path"):
        Transport(tmp_path, url)
    assert not started.exists()


@pytest.mark.parametrize("url", TELLING)
def test_credentials_in_an_address_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="credential helper") as refused:
        scheme(url)
    assert "s3cret" not in str(refused.value)
