"""Secrets: sealed for one bot and one key, in no object, argument, log or error in clear."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

import psutil
import pytest

from agent_runtime.home import Home
from agent_runtime.spec import BotId
from agent_runtime.spec.strict_yaml import strict_yaml
from gitops import seal, sealed_file
from gitops.errors import RefusedError, SealError
from gitops.keys import make_keys
from gitops.seal import Sealer
from tests.gitops.fleet import SUPPORT, Fleet, specification
from tests.gitops.unsealing import UnsealError, unseal

MODEL = {"provider": "openai", "name": "gpt-4o", "key": {"secret": "KEY"}}


async def test_a_value_comes_back_exactly(fleet: Fleet) -> None:
    for value in (
        "x",
        "12:ab-C",
        "two\nlines\n",
        "{{ .Values.x }}",
        "${VAR}",
        "1e3",
        "\u2028é😀",
        "a,b=c",
        "v" * 16_000,
    ):
        sealed = await fleet.sealer.seal(SUPPORT, "TELEGRAM_TOKEN", value)
        assert await unseal(sealed, fleet.home.age_key, SUPPORT, "TELEGRAM_TOKEN") == value
        assert value == "x" or value.encode() not in sealed


async def test_the_sealed_file_is_a_secret_that_flux_can_open(fleet: Fleet) -> None:
    document = strict_yaml(await fleet.sealer.seal(SUPPORT, "TELEGRAM_TOKEN", "v"))
    assert document["metadata"] == {"name": "support.telegram-token", "namespace": "user-alice"}
    assert list(document["stringData"]) == ["alice.support.TELEGRAM_TOKEN"]
    assert document["sops"]["encrypted_regex"] == "^(data|stringData)$"


async def test_a_file_is_useless_under_another_bot_name_or_key(fleet: Fleet, tmp_path: Path) -> None:
    sealed = await fleet.sealer.seal(SUPPORT, "KEY", "v")
    other = BotId("bob", "support")
    copied = sealed.replace(b"alice.support.KEY", b"bob.support.KEY").replace(b"user-alice", b"user-bob")
    assert sealed_file.fault(copied, other, "KEY") is None
    with pytest.raises(UnsealError):
        await unseal(copied, fleet.home.age_key, other, "KEY")
    stranger = Home.at(tmp_path / "other")
    make_keys(stranger)
    with pytest.raises(UnsealError):
        await unseal(sealed, stranger.age_key, SUPPORT, "KEY")
    for bot, name in ((other, "KEY"), (SUPPORT, "OTHER")):
        assert sealed_file.fault(sealed, bot, name)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"ENC[AES256_GCM", b"clear"),
        (b"kind: Secret", b"kind: ConfigMap"),
        (b"type: Opaque", b"type: kubernetes.io/tls"),
        (b"stringData:\n", b"stringData:\n    extra: clear\n"),
        (b"apiVersion: v1", b"apiVersion: v1\ndata: {a: Yg==}"),
        (b"^(data|stringData)$", b"^nothing$"),
        (b"namespace: user-alice", b"namespace: user-alice\n    labels: {a: b}"),
    ],
)
async def test_what_only_looks_sealed_is_refused(fleet: Fleet, old: bytes, new: bytes) -> None:
    sealed = await fleet.sealer.seal(SUPPORT, "KEY", "v")
    assert sealed_file.fault(sealed, SUPPORT, "KEY") is None
    assert old in sealed
    assert sealed_file.fault(sealed.replace(old, new, 1), SUPPORT, "KEY")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lower", "v"),
        ("../X", "v"),
        ("X_", "v"),
        ("KEY", ""),
        ("KEY", "a\0b"),
        ("KEY", "\ud800"),
        ("KEY", "v" * 20_000),
    ],
)
async def test_what_can_not_be_kept_is_refused_without_repeating_it(
    fleet: Fleet, name: str, value: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        await fleet.sealer.seal(SUPPORT, name, value)
    assert len(str(refused.value)) < 300
    assert refused.value.status == 422


async def test_names_never_collide_on_a_cluster() -> None:
    assert seal.kubernetes_name(BotId("o", "a"), "B_C") != seal.kubernetes_name(BotId("o", "a-b"), "C")


async def test_the_value_is_nowhere_in_clear(
    fleet: Fleet, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    canary = secrets.token_urlsafe(24)
    seen: list[str] = []

    async def watch() -> None:
        while True:
            for process in psutil.Process().children(recursive=True):
                try:
                    seen.extend([*process.cmdline(), *process.environ().values()])
                except psutil.Error:
                    continue
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    await fleet.commit("deploy", spec=specification(model=MODEL), sealed=await fleet.seal({"KEY": canary}))
    await fleet.commit("change", sealed=await fleet.seal({"KEY": f"{canary}2"}))
    # Looks like a public key and is none, so that sops itself fails.
    with pytest.raises(SealError) as failed:
        await Sealer("age1" + "q" * 58).seal(SUPPORT, "KEY", canary)
    await fleet.settle("change", sealed={"KEY": canary.encode()})
    await fleet.commit("delete")
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)

    assert any("sops" in word for word in seen)
    assert canary not in "".join(seen)
    assert canary not in str(failed.value)
    assert canary not in repr(fleet.operations.results)
    out, err = capfd.readouterr()
    assert canary not in out + err
    contents = fleet.every_object()
    assert contents.count(b"ENC[AES256_GCM") >= 4
    assert canary.encode() not in contents
    for file in fleet.home.root.rglob("*"):
        assert not file.is_file() or canary.encode() not in file.read_bytes()


def test_keys_are_made_once_and_kept_close(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    recipient = make_keys(home)
    private = home.age_key.read_bytes()
    assert home.age_key.stat().st_mode & 0o777 == 0o600
    assert home.age_key.parent.stat().st_mode & 0o777 == 0o700
    assert make_keys(home) == recipient == home.age_recipient.read_text().strip()
    home.age_recipient.unlink()
    assert make_keys(home) == recipient
    assert home.age_key.read_bytes() == private
    assert make_keys(Home.at(tmp_path / "other")) != recipient


def test_a_public_key_that_was_put_alone_is_taken(tmp_path: Path) -> None:
    """On a cluster Flux has the private one."""
    recipient = make_keys(Home.at(tmp_path / "elsewhere"))
    home = Home.at(tmp_path / "home")
    home.age_recipient.parent.mkdir(parents=True)
    home.age_recipient.write_text(f"{recipient}\n")
    assert make_keys(home) == recipient
    assert not home.age_key.exists()


@pytest.mark.parametrize("recipient", ["", "age1", "--help", "AGE-SECRET-KEY-1"])
def test_sealing_needs_a_public_key(recipient: str) -> None:
    with pytest.raises(SealError):
        Sealer(recipient)
