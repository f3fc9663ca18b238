"""Every call of the OpenAPI document × who calls. A call that is missing here fails the test."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from control_api.models import ManagedBot, now
from tests.control_api.service import Service, spec

MISSING = "admin.missing"
BODIES: dict[str, Any] = {
    "deploy_bot": {"spec": spec("new"), "owner": "admin"},
    "replace_bot": {"spec": spec()},
    "change_bot": {"spec": {"description": "x"}},
    "roll_back_bot": {"commit": "0" * 40},
    "set_secret": {"value": "x"},
    "approve_access": {"sender": "telegram:1"},
    "chat": {"text": "hi"},
    "try_draft": {"spec": spec(), "messages": [{"role": "user", "text": "hi"}], "bot": "admin.support"},
    "write_bulk": [{"op": "delete", "id": "admin.support"}],
    "check_telegram": {"token": "x"},
    "check_model": {"model": {"provider": "nobody"}},
    "check_discord": {"token": "x"},
    "check_slack": {"token": "x"},
    "check_whatsapp": {"token": "x", "phone_number_id": "1"},
    "create_managed_bot": {"spec": spec("new"), "owner": "admin"},
    "create_user": {"name": "mallory"},
    "create_team": {"name": "crew"},
    "set_member": {"role": "viewer"},
    "add_member": {"user": "admin", "role": "viewer"},
    "change_user": {"email": "x@example.org"},
    "set_password": {"password": "long enough for all"},
    "create_token": {"name": "x", "scopes": ["bots:read"]},
    "set_user_quota": {"bots": 10},
    "set_team_quota": {"bots": 10},
}
# What anybody who is signed in may do; what it answers another user holds nothing of the owner's.
FOR_EVERYBODY = {
    "list_bots",
    "watch_all",
    "list_managed_bots",
    "list_operations",
    "list_templates",
    "read_template",
    "read_spec_schema",
    "list_proposals",
    "read_usage",
    "read_audit",
    "sign_out",
    "read_me",
    "list_users",
    "list_teams",
    "create_team",
    "list_tokens",
    "create_token",
    "read_system",
    "write_bulk",
    "check_telegram",
    "check_model",
    "check_discord",
    "check_slack",
    "check_whatsapp",
}
OPERATORS_ONLY = {"create_user", "check_system"}
# What a viewer of the owner may do with its things; all else of theirs is 403.
VIEWABLE = {
    "read_bot",
    "read_managed_bot",
    "watch_managed_bot",
    "read_history",
    "read_diff",
    "watch_bot",
    "read_logs",
    "read_secret",
    "read_operation",
    "watch_operation",
    "read_team",
    "list_members",
    "read_access",
    "list_conversations",
    "read_conversation",
    "read_team_quota",
}
NOT_OF_OWNERS = {
    "check_system",
    "create_user",
    "read_user",
    "change_user",
    "set_password",
    "make_sign_in_link",
    "revoke_token",
    "read_user_quota",
    "set_user_quota",
}
FOR_NO_MEMBER = {"set_team_quota"}
FOR_OWNERS = {"add_member", "set_member", "remove_member"}
WITHOUT_SIGN_IN = {"sign_in", "read_door"}
# Streams whose answers do not end; their own tests ask as others.
ENDLESS = {"watch_bot", "watch_all", "watch_managed_bot"}
# Writes, and what needs the scope `admin`, are closed to a token that may only read bots.
READABLE = {
    "list_bots",
    "list_managed_bots",
    "read_managed_bot",
    "read_bot",
    "read_history",
    "read_diff",
    "watch_bot",
    "read_logs",
    "read_secret",
    "read_access",
    "list_conversations",
    "read_conversation",
    "list_operations",
    "read_operation",
    "watch_operation",
    "list_templates",
    "read_template",
    "read_spec_schema",
    "list_proposals",
    "read_usage",
    "read_audit",
    "sign_out",
    "read_me",
    "list_teams",
    "read_team",
    "list_members",
    "read_system",
    "read_user_quota",
    "read_team_quota",
}


def calls(service: Service) -> list[tuple[str, str, str]]:
    """(operation id, method, path template) of every call."""
    return [
        (call["operationId"], method.upper(), path.removeprefix("/api/v1"))
        for path, methods in service.app.openapi()["paths"].items()
        for method, call in methods.items()
    ]


class Places:
    """What to put into the paths: things of `admin`, and things that are not there."""

    def __init__(self, operation: str, commit: str, owner: str = "admin", team: str = "demo") -> None:
        self.operation = operation
        self.commit = commit
        self.owner = owner
        self.team = team

    def there(self, path: str) -> str:
        return self._fill(path, f"{self.owner}.support", self.operation, self.team)

    def missing(self, path: str) -> str:
        return self._fill(path, MISSING, "op_missing", "nothing")

    def _fill(self, path: str, bot: str, operation: str, name: str) -> str:
        noun = path.split("/")[1]
        identity = {
            "bots": bot,
            "operations": operation,
            "templates": "nothing",
            "tokens": "tok_x",
            "managed-bots": "mb_missing" if bot == MISSING else "mb_there",
        }.get(noun, "")
        name = {"users": "admin" if bot != MISSING else "nobody"}.get(noun, name)
        filled = path.replace("{id}", identity).replace("{conversation}", "c1").replace("{user}", "admin")
        filled = filled.replace("{name}", "A_SECRET" if noun == "bots" else name)
        return (
            filled
            + (f"?from={self.commit}" if path.endswith("/diff") else "")
            + ("?sender=telegram:1" if path.endswith("/access") else "")
        )


async def ask(client: httpx2.AsyncClient, method: str, path: str, body: Any) -> httpx2.Response:
    return (
        await client.request(method, path, json=body)
        if body is not None
        else await client.request(method, path)
    )


async def link_of(service: Service, owner: str) -> None:
    """A link by which the owner's bot is made in Telegram."""
    row = ManagedBot(
        id="mb_there",
        digest="0" * 64,
        user="admin",
        owner=owner,
        bot=f"{owner}.tapped",
        secret="TELEGRAM_TOKEN",
        operation="op_to_come",
        expires_at=now() + timedelta(hours=1),
    )
    async with service.app.state.platform.database.writing() as session:
        session.add(row)


@pytest.fixture
async def places(service: Service) -> Places:
    operation = (await service.deploy()).json()["operation"]
    await link_of(service, "admin")
    return Places(operation["id"], operation["commit"])


async def test_nobody_gets_in_without_a_token_or_with_a_revoked_one(service: Service, places: Places) -> None:
    bob = await service.user("bob")
    token = await service.token_of(bob, "bots:read", "bots:write", "admin")
    identity = (await bob.get("/tokens")).json()["items"][0]["id"]
    assert (await bob.delete(f"/tokens/{identity}")).status_code == 204
    for client in (service.client(), service.client(token)):
        for operation_id, method, path in calls(service):
            if operation_id in WITHOUT_SIGN_IN:
                continue
            answer = await ask(client, method, places.there(path), BODIES.get(operation_id))
            assert answer.status_code in {401, 429}, (operation_id, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


async def test_anothers_object_is_answered_as_a_missing_one(service: Service, places: Places) -> None:
    bob = await service.user("bob")
    token = await service.token_of(bob, "bots:read", "bots:write", "admin")
    client = service.client(token)
    history = (await service.http.get("/operations")).json()
    for operation_id, method, path in calls(service):
        if operation_id in FOR_EVERYBODY | WITHOUT_SIGN_IN:
            continue
        answer = await ask(client, method, places.there(path), BODIES.get(operation_id))
        if operation_id in OPERATORS_ONLY:
            assert answer.status_code == 403, (operation_id, answer.text)
            continue
        assert answer.status_code == 404, (operation_id, answer.text)
        missing = await ask(client, method, places.missing(path), BODIES.get(operation_id))
        if operation_id not in {"deploy_bot", "create_managed_bot", "try_draft"}:
            assert (missing.status_code, missing.content) == (answer.status_code, answer.content), (
                operation_id
            )
    assert (await service.http.get("/operations")).json() == history


async def test_lists_show_another_user_nothing_of_the_owners(service: Service, places: Places) -> None:
    bob = await service.user("bob")
    for path in ("/bots", "/operations", "/managed-bots", "/usage", "/teams"):
        assert (await bob.get(path)).json()["items"] == [], path
    assert [user["name"] for user in (await bob.get("/users")).json()["items"]] == ["bob"]
    assert {entry["actor"] for entry in (await bob.get("/audit")).json()["items"]} <= {"bob", "admin"}
    assert not [entry for entry in (await bob.get("/audit")).json()["items"] if entry["bot"]]
    assert [owner["name"] for owner in (await bob.get("/me")).json()["owners"]] == ["bob"]


async def test_a_token_that_may_only_read_changes_nothing(service: Service, places: Places) -> None:
    admin = await service.sign_in()
    client = service.client(await service.token_of(admin, "bots:read"))
    before = (await service.http.get("/operations")).json()
    for operation_id, method, path in calls(service):
        if operation_id in WITHOUT_SIGN_IN | ENDLESS:
            continue
        answer = await ask(client, method, places.there(path), BODIES.get(operation_id))
        if operation_id in READABLE:
            assert answer.status_code not in {401, 403}, (operation_id, answer.text)
        else:
            assert answer.status_code == 403, (operation_id, answer.text)
    assert (await service.http.get("/operations")).json() == before


@pytest.mark.parametrize("role", ["viewer", "editor", "owner"])
async def test_each_role_at_a_team_may_do_its_part_of_every_call(service: Service, role: str) -> None:
    bob = await service.user("bob")
    await service.http.post("/teams", json={"name": "crew"})
    await service.http.put("/teams/crew/members/bob", json={"role": role})
    operation = (await service.deploy(owner="crew")).json()["operation"]
    await link_of(service, "crew")
    crew = Places(operation["id"], operation["commit"], "crew", "crew")
    bodies = {
        **BODIES,
        "deploy_bot": {"spec": spec("new"), "owner": "crew"},
        "create_managed_bot": {"spec": spec("new"), "owner": "crew"},
        "try_draft": {**BODIES["try_draft"], "bot": "crew.support"},
        "write_bulk": [{"op": "update", "id": "crew.support", "spec": {"description": "y"}}],
    }
    # The bot is deleted last, so that all other calls find it.
    for operation_id, method, path in sorted(calls(service), key=lambda call: call[0] == "delete_bot"):
        if operation_id in FOR_EVERYBODY - {"write_bulk"} | WITHOUT_SIGN_IN | ENDLESS:
            continue
        if operation_id not in NOT_OF_OWNERS:
            answer = await ask(bob, method, crew.there(path), bodies.get(operation_id))
            assert (answer.status_code == 403) is not _may(role, operation_id), (operation_id, answer.text)
            if answer.status_code == 404:
                assert operation_id in {"delete_secret", "read_secret"}, (operation_id, answer.text)


def _may(role: str, operation_id: str) -> bool:
    if operation_id in VIEWABLE:
        return True
    if operation_id in FOR_NO_MEMBER:
        return False
    return role == "owner" if operation_id in FOR_OWNERS else role != "viewer"


async def test_a_viewer_is_not_shown_how_to_pair(service: Service) -> None:
    bob = await service.user("bob")
    await service.http.post("/teams", json={"name": "crew"})
    await service.deploy(owner="crew")
    for role, shown in (("viewer", False), ("editor", True)):
        await service.http.post("/teams/crew/members", json={"user": "bob", "role": role})
        access = (await bob.get("/bots/crew.support/access")).json()
        assert (access["pairing"] is not None, access["link"] is not None) == (shown, shown)


async def test_a_team_keeps_an_owner(service: Service) -> None:
    await service.user("bob")
    await service.http.post("/teams", json={"name": "crew"})
    added = await service.http.post("/teams/crew/members", json={"user": "bob"})
    assert added.status_code == 201
    members = (await service.http.get("/teams/crew/members")).json()["items"]
    assert members == [{"user": "admin", "role": "owner"}, {"user": "bob", "role": "viewer"}]
    assert (await service.http.delete("/teams/crew/members/admin")).status_code == 409
    assert (await service.http.put("/teams/crew/members/admin", json={"role": "editor"})).status_code == 409
    await service.http.put("/teams/crew/members/bob", json={"role": "owner"})
    assert (await service.http.delete("/teams/crew/members/admin")).status_code == 200


async def test_a_viewer_reads_an_editor_writes_an_owner_manages(service: Service) -> None:
    bob = await service.user("bob")
    await service.http.post("/teams", json={"name": "crew"})
    members = "/teams/crew/members/bob"
    body = {"spec": spec(), "owner": "crew"}
    assert (await bob.post("/bots", json=body)).status_code == 404
    await service.http.put(members, json={"role": "viewer"})
    assert (await bob.post("/bots", json=body)).status_code == 403
    assert (await bob.put("/teams/crew/members/admin", json={"role": "viewer"})).status_code == 403
    await service.http.put(members, json={"role": "editor"})
    assert (await bob.post("/bots", json=body)).status_code == 202
    assert (await bob.get("/bots/crew.support")).status_code == 200
    await service.http.delete(members)
    assert (await bob.get("/bots/crew.support")).status_code == 404
