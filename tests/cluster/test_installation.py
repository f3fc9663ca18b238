"""The guides for clusters, word for word: from an empty cluster to the first bot, and what comes later."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from agent_runtime.store.postgres import make_role
from tests.cluster import installation
from tests.cluster.cluster import Cluster
from tests.cluster.guide import Guide
from tests.cluster.kubectl import kubectl
from tests.cluster.pods import ready, uid
from tests.journeys.api import Api
from tests.journeys.processes import eventually
from tests.journeys.simulated import ModelServer
from tests.postgres import Postgres

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

URL = "http://control.botyard.svc.cluster.local:8080"
HOST = "bots.example.com"
DATABASE = (
    "postgresql+psycopg://botyard:…@db.example.com/botyard"
    "?sslmode=verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt"
)
ISSUER = "tls: {issuer: letsencrypt}"
MODEL = "{provider: openai, name: gpt-4o-mini, key: {secret: OPENAI_API_KEY}}"
REMOTE = "https://git.example.com/ops/fleet.git"
PASSWORD = secrets.token_urlsafe(16)
KEYS, INSTALL, FIRST_BOT, SIGN_IN, MORE = range(5)
UPGRADE, BACK, BUNDLE, MIRROR, RESTORE = range(5)


@dataclass
class Walk:
    """One who follows the guides: `guide` from an empty cluster to the first bot, `later` what comes then."""

    cluster: Cluster
    guide: Guide
    later: Guide
    remote: str
    another: str
    postgres: Postgres
    models: ModelServer
    database: str

    @property
    def token(self) -> str:
        return (self.guide.folder / "token.kept").read_text()

    @property
    def api(self) -> Api:
        return Api(URL, self.token)


@pytest.fixture(scope="module")
def walk(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Nothing is installed yet but what the guide asks for."""
    installation.empty(cluster)
    installation.prepare(cluster)
    folder = tmp_path_factory.mktemp("walk")
    with (
        Postgres(cluster.address) as postgres,
        ModelServer(cluster.address) as models,
        installation.code_host(cluster, tmp_path_factory.mktemp("code-host"), PASSWORD) as remote,
        installation.code_host(cluster, tmp_path_factory.mktemp("another"), PASSWORD) as another,
    ):
        database = postgres.create()
        model = {"provider": "openai-compatible", "name": "echo", "base_url": models.base_url}
        settings = "\nsettings: {BOTYARD_ALLOW_PRIVATE_URLS: 'true', BOTYARD_FLEET_POLL_SECONDS: '1'}\n# "
        examples = {
            DATABASE: database,
            f"BOTYARD_URL=https://{HOST}": f"BOTYARD_URL={URL}",
            ISSUER: f"{ISSUER}{settings}",
            MODEL: json.dumps({**model, "key": {"secret": "OPENAI_API_KEY"}}),
            REMOTE: f"{remote}\\n  authority: true",
            # One who copies a key to a safe place first.
            "shred -u": "cp operator.token token.kept && shred -u",
        }
        yield Walk(
            cluster,
            Guide("cluster.md", cluster, folder, examples),
            Guide("cluster-later.md", cluster, folder, {REMOTE: another}),
            remote,
            another,
            postgres,
            models,
            database,
        )


def test_from_an_empty_cluster_to_the_first_bot(walk: Walk) -> None:
    walk.guide.run(KEYS)
    walk.guide.run(INSTALL)
    said = walk.guide.run(FIRST_BOT, OPENAI_API_KEY="a key of nobody")
    assert "✓ answered" in said
    signed_in = json.loads(walk.guide.run(SIGN_IN).splitlines()[0])
    assert signed_in["link"].startswith(f"https://{HOST}/")
    assert not (walk.guide.folder / "age.agekey").exists()
    with walk.api as api:
        assert api.chat("admin.hello", "Are you there?")["text"] == "echo: Are you there?"
        assert _tried(api, walk.models.spec("draft"), "Hi.") == "echo: Hi."
    page = httpx2.get(URL, headers={"Host": HOST}, trust_env=False)
    assert (page.status_code, "<html" in page.text) == (200, True)
    code = signed_in["link"].rpartition("=")[2].rpartition("#")[2]
    entering = httpx2.post(
        f"{URL}/api/v1/sign-in",
        json={"code": code},
        headers={"Host": HOST, "Origin": f"https://{HOST}"},
        trust_env=False,
    )
    assert entering.status_code == 200, entering.text
    assert entering.headers["set-cookie"].startswith("__Host-")


def test_a_second_copy_takes_over(walk: Walk) -> None:
    before = uid(ready(walk.cluster, "admin", "hello"))
    installation.prove_to(walk.cluster, PASSWORD)
    walk.guide.run(MORE)
    with walk.api as api:
        assert _changed(api, "You are short.")["state"] == "succeeded"
        after = uid(ready(walk.cluster, "admin", "hello"))
        assert after != before
        first = eventually("one leads", lambda: _leader(walk))
        began = time.monotonic()
        kubectl(walk.cluster, "-n", "botyard", "delete", "pod", first, "--grace-period=0", "--force")
        eventually("the other leads", lambda: _leader(walk) not in ("", first))
        assert time.monotonic() - began < 15
        assert _changed(api, "You are kind.")["state"] == "succeeded"


def test_an_upgrade_and_the_way_back_leave_bots_alone(walk: Walk) -> None:
    with walk.postgres.connect(walk.database) as connection:
        make_role(connection, "admin.ghost", secrets.token_urlsafe(16))
        connection.execute("INSERT INTO botyard_runtime.bot VALUES ('admin.ghost', 'r', '{}')")
    before = uid(ready(walk.cluster, "admin", "hello"))
    values = walk.guide.folder / "values.yaml"
    values.write_text(values.read_text().replace("BOTYARD_FLEET_POLL_SECONDS: '1'", "BOTYARD_PROOF: 'true'"))
    walk.later.run(UPGRADE)
    assert _setting(walk, "BOTYARD_PROOF") == "true"
    walk.later.run(BACK)
    assert _setting(walk, "BOTYARD_PROOF") == ""
    assert uid(ready(walk.cluster, "admin", "hello")) == before
    eventually("what was deleted while nobody led is forgotten", lambda: _kept(walk) == ["admin.hello"])
    with walk.api as api:
        assert api.chat("admin.hello", "Still there?")["text"] == "echo: Still there?"
        assert len(api.read("/bots/admin.hello/history")["items"]) == 3


def test_a_lost_installation_is_restored_beside_its_bots(walk: Walk) -> None:
    """As if Botyard had hosted the fleet: it comes back from the bundle, by another code host."""
    walk.later.run(BUNDLE)
    before = uid(ready(walk.cluster, "admin", "hello"))
    walk.later.shell("helm uninstall botyard -n botyard --wait")
    kubectl(walk.cluster, "-n", "botyard", "delete", "pvc", "--all")
    for number in (2, 3):
        installation.disk(walk.cluster, f"disk-{number}")
    walk.later.run(MIRROR, **installation.proving_to(walk.cluster, PASSWORD))
    values = walk.guide.folder / "values.yaml"
    values.write_text(values.read_text().replace(walk.remote, walk.another))
    walk.later.run(RESTORE)
    with walk.api as api:
        assert uid(ready(walk.cluster, "admin", "hello")) == before
        assert api.chat("admin.hello", "Still there?")["text"] == "echo: Still there?"
        assert _changed(api, "You are back.")["state"] == "succeeded"
        assert len(api.read("/bots/admin.hello/history")["items"]) == 4


def _tried(api: Api, spec: dict[str, Any], text: str) -> str:
    """What a bot that is not deployed answers."""
    body = {"spec": spec, "messages": [{"role": "user", "text": text}]}
    with api.http.sse("/try", method="POST", json=body) as source:
        assert source.response.status_code == 200, source.response.read()
        *_, last = source
    assert last.event == "done", last.data
    return str(json.loads(last.data)["text"])


def _kept(walk: Walk) -> list[str]:
    """The bots of which the database has something."""
    with walk.postgres.connect(walk.database) as connection:
        rows = connection.execute("SELECT id FROM botyard_runtime.bot ORDER BY id").fetchall()
    return [str(bot) for (bot,) in rows]


def _changed(api: Api, instructions: str) -> dict[str, Any]:
    return api.write("PATCH", "/bots/admin.hello", {"spec": {"instructions": instructions}}, wait=120)


def _leader(walk: Walk) -> str:
    """The pod of the control API that commits; empty while there is none."""
    for name in ("control-0", "control-1"):
        found = kubectl(
            walk.cluster, "-n", "botyard", "get", "pod", name, "-o", "jsonpath={.status.podIP}", check=False
        )
        if not found.stdout:
            continue
        try:
            answer = httpx2.get(
                f"http://{found.stdout}:8080/api/v1/system",
                headers={"Host": HOST, "Authorization": f"Bearer {walk.token}"},
                trust_env=False,
                timeout=2,
            )
        except httpx2.HTTPError:
            continue
        if answer.status_code != 200:
            continue
        parts = {each["name"]: each["detail"] or "" for each in answer.json()["parts"]}
        if "another control API" not in parts["committer"]:
            return name
    return ""


def _setting(walk: Walk, name: str) -> str:
    where = f"jsonpath={{.spec.containers[0].env[?(@.name=='{name}')].value}}"
    return kubectl(walk.cluster, "-n", "botyard", "get", "pod", "control-0", "-o", where).stdout
