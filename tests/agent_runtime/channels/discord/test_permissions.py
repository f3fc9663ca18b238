"""Which channels of a server the bot may read, after https://docs.discord.com/developers/topics/permissions."""

from __future__ import annotations

from typing import Any

import pytest

from agent_runtime.channels.discord.permissions import readable

VIEW, HISTORY, ADMINISTRATOR = 1 << 10, 1 << 16, 1 << 3
BOTH = VIEW | HISTORY
SERVER, ROLE, OTHER, ME = "1", "2", "3", "9"


def overwrite(whose: str, *, allow: int = 0, deny: int = 0) -> dict[str, Any]:
    return {"id": whose, "type": 0, "allow": str(allow), "deny": str(deny)}


def server(everybody: int, role: int, *overwrites: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": SERVER,
        "roles": [
            {"id": SERVER, "permissions": str(everybody)},
            {"id": ROLE, "permissions": str(role)},
            {"id": OTHER, "permissions": str(ADMINISTRATOR)},
        ],
        "members": [{"user": {"id": ME}, "roles": [ROLE]}],
        "channels": [{"id": "c", "permission_overwrites": list(overwrites)}],
        "threads": [{"id": "t", "parent_id": "c"}, {"id": "u", "parent_id": "unseen"}],
    }


@pytest.mark.parametrize(
    ("told", "may"),
    [
        (server(BOTH, 0), True),
        (server(VIEW, 0), False),
        (server(VIEW, HISTORY), True),
        (server(0, 0), False),
        (server(0, ADMINISTRATOR, overwrite(ME, deny=BOTH)), True),
        (server(BOTH, 0, overwrite(SERVER, deny=VIEW)), False),
        (server(BOTH, 0, overwrite(SERVER, deny=VIEW), overwrite(ROLE, allow=VIEW)), True),
        (server(BOTH, 0, overwrite(ROLE, deny=VIEW), overwrite(SERVER, allow=VIEW)), False),
        (server(BOTH, 0, overwrite(ME, allow=VIEW), overwrite(ROLE, deny=VIEW)), True),
        (server(BOTH, 0, overwrite(ROLE, allow=VIEW), overwrite(ME, deny=VIEW)), False),
        (server(BOTH, 0, overwrite(OTHER, deny=BOTH)), True),
    ],
)
def test_permissions_add_up_as_discord_has_it(told: dict[str, Any], may: bool) -> None:
    assert [each["id"] for each in readable(told, ME)] == (["c", "t"] if may else [])


def test_what_is_no_server_has_nothing_to_read() -> None:
    assert list(readable({"channels": [None, {"id": "c"}], "roles": 7, "members": [{}]}, ME)) == []
