"""Sealed secrets, opened by the real sops for the bot and the name that they were sealed for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent_runtime.hive.keeper import Keeper
from agent_runtime.hive_client import HiveError
from agent_runtime.home import Home
from agent_runtime.wire import ProblemError
from tests.agent_runtime.hive.running import TestedBot, processes_of, write_revision
from tests.agent_runtime.hive.sealing import make_key, seal

BOT, NAME, VALUE = "alice.support", "MODEL_KEY", "sk-cánary\nwith a second line"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path)


async def test_a_secret_is_opened_exactly_and_then_remembered(home: Home) -> None:
    sealed = await seal(make_key(home), BOT, NAME, VALUE)
    write_revision(home, BOT, "r1", "x", {NAME: sealed})
    keeper = Keeper(home)
    assert await asyncio.gather(*(keeper.open(BOT, "r1", NAME) for _ in range(20))) == [VALUE] * 20
    write_revision(home, BOT, "r2", "x", {NAME: sealed})
    # Without its key it can only remember; and it does, for another revision of the same sealed file.
    home.age_key.unlink()
    assert await keeper.open(BOT, "r2", NAME) == VALUE
    with pytest.raises(ProblemError):
        await Keeper(home).open(BOT, "r1", NAME)


async def test_a_file_copied_under_another_bot_or_name_does_not_open(home: Home) -> None:
    sealed = await seal(make_key(home), BOT, NAME, VALUE)
    write_revision(home, BOT, "r1", "x", {NAME: sealed, "OTHER_KEY": sealed})
    write_revision(home, "mallory.support", "r1", "x", {NAME: sealed})
    renamed = sealed.replace(b"alice.support.MODEL_KEY", b"mallory.support.MODEL_KEY")
    write_revision(home, "mallory.support", "r2", "x", {NAME: renamed})
    keeper = Keeper(home)
    assert await keeper.open(BOT, "r1", NAME) == VALUE
    for bot, revision, name in (
        (BOT, "r1", "OTHER_KEY"),
        ("mallory.support", "r1", NAME),
        ("mallory.support", "r2", NAME),
    ):
        with pytest.raises(ProblemError) as refused:
            await keeper.open(bot, revision, name)
        assert name in str(refused.value)
        assert "cánary" not in str(refused.value.problem)


@pytest.mark.parametrize("content", [b"", b"not: [yaml", b"\x00\xff" * 50, b"stringData: {}\n"])
async def test_what_was_never_sealed_is_refused(home: Home, content: bytes) -> None:
    make_key(home)
    write_revision(home, BOT, "r1", "x", {NAME: content})
    with pytest.raises(ProblemError, match=NAME) as refused:
        await Keeper(home).open(BOT, "r1", NAME)
    assert refused.value.problem["next_step"] == f"Set {NAME} again."


async def test_what_is_no_name_opens_nothing(home: Home) -> None:
    make_key(home)
    for name in ("../MODEL_KEY", "model_key", ""):
        with pytest.raises(ProblemError):
            await Keeper(home).open(BOT, "r1", name)


KEYED = {"provider": "openai", "name": "m", "key": {"secret": NAME}}


@pytest.mark.asyncio(loop_scope="session")
async def test_a_worker_is_given_its_secrets_and_they_are_written_nowhere(bot: TestedBot) -> None:
    home, canary = bot.hive.home, f"canary-{bot.id}-of-this-test"
    sealed = await seal(make_key(home), bot.id, NAME, canary)
    await bot.deploy(sealed={NAME: sealed}, model=KEYED)
    events = bot.client.chat(bot.id, text="secret", sender="web:1")
    answers = [event async for event in events]
    assert answers[-1].data["text"] == f'{{"{NAME}": "{canary}"}}'
    # An error that quotes a secret is told to the owner without it.
    await bot.send(1, "broken")
    (report,) = await bot.reported("set_aside")
    assert report["data"]["reason"] == f"ValueError: can't answer with [{NAME}]"
    (home.bot(bot.id) / "sent.jsonl").unlink()
    for path in [path for path in home.root.rglob("*") if path.is_file()]:
        assert canary.encode() not in path.read_bytes(), path
    for process in processes_of(home):
        assert canary not in " ".join(process.cmdline())
        assert canary not in str(process.environ())


@pytest.mark.asyncio(loop_scope="session")
async def test_a_bot_whose_secret_does_not_open_is_failed_with_what_to_do(bot: TestedBot) -> None:
    sealed = await seal(make_key(bot.hive.home), "al.other", NAME, "value")
    await bot.deploy(sealed={NAME: sealed}, model=KEYED)
    with pytest.raises(HiveError, match=f"the secret {NAME} can't be opened") as refused:
        await bot.client.start(bot.id)
    assert refused.value.status == 409
    assert refused.value.problem["next_step"] == f"Set {NAME} again."
    assert (await bot.status())["phase"] == "failed"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_revision_without_a_secret_it_names_is_refused(bot: TestedBot) -> None:
    with pytest.raises(HiveError, match=NAME) as refused:
        await bot.deploy(model=KEYED)
    assert refused.value.status == 422
    assert bot.id not in await bot.client.bots()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_keeper_that_is_replaced_leaves_what_it_has_opened_to_its_heir(bot: TestedBot) -> None:
    sealed = await seal(make_key(bot.hive.home), bot.id, NAME, VALUE)
    await bot.deploy(sealed={NAME: sealed}, model=KEYED)
    await bot.client.start(bot.id)
    key, away = bot.hive.home.age_key, bot.hive.home.age_key.with_name("away")
    key.rename(away)
    try:
        await bot.hive.running.replace("keeper")
        bot.kill_worker()
        assert (await bot.client.start(bot.id))["worker"] == "ready"
    finally:
        away.rename(key)
