"""What only the Postgres backend can show: tables made at once by many, bots kept apart, a full disk."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
from typing import Any

import psycopg
import pytest
from psycopg import sql
from pydantic import ValidationError

from agent_runtime.mail import Mail
from agent_runtime.settings import RuntimeSettings
from agent_runtime.store.errors import StoreFormatError, StoreFullError
from agent_runtime.store.ledger import Limits, Person, Turn, Used
from agent_runtime.store.postgres import PostgresInbox, PostgresLedger, end_role, make_role, role_of
from agent_runtime.store.postgres.schema import prepare
from tests.postgres import Postgres


def turn(text: str) -> Turn:
    return Turn("k", "c", "web", "p", text, 1.0)


def a_mail(key: str, bot: str = "alice.support", text: str = "hello") -> Mail:
    return Mail(key, bot, "test", "c", "s", json.dumps({"text": text}), 1.0)


async def test_tables_are_made_once_however_many_come_at_once(postgres: Postgres, postgres_url: str) -> None:
    ledgers = [PostgresLedger(postgres_url, f"alice.b{number}") for number in range(8)]
    await asyncio.gather(*(ledger.people.set_note("n", "v") for ledger in ledgers))
    for ledger in ledgers:
        await ledger.aclose()
    with postgres.connect(postgres_url) as connection:
        assert connection.execute("SELECT number FROM botyard_runtime.version").fetchall() == [(1,)]
        assert connection.execute("SELECT count(*) FROM botyard_runtime.notes").fetchone() == (8,)
        connection.execute("UPDATE botyard_runtime.version SET number = 99")
    ledger = PostgresLedger(postgres_url, "alice.support")
    with pytest.raises(StoreFormatError, match="Upgrade Botyard"):
        await ledger.people.note("n")
    await ledger.aclose()


async def test_two_bots_with_the_same_keys_know_nothing_of_each_other(shared_url: str) -> None:
    ledgers = [PostgresLedger(shared_url, bot) for bot in ("ann.same", "bob.same")]
    for ledger, name in zip(ledgers, ("ann", "bob"), strict=True):
        assert (await ledger.turns.begin(turn(name))).text == name
        await ledger.turns.answer("k", name, "complete", {}, [{"text": name}])
        await ledger.people.put(Person("p", name, "owner", 1.0))
        reservation = await ledger.spend.reserve("k", 1.0, 10, 0.0, Limits(1.0, 10))
        assert isinstance(reservation, int)
        await ledger.spend.settle(reservation, Used("m", 1, 1, 0.5))
    await ledgers[0].turns.erase("c")
    assert [one.text for one in await ledgers[1].turns.history("c", 9)] == ["bob"]
    assert [one.name for one in await ledgers[1].people.everybody()] == ["bob"]
    assert (await ledgers[1].spend.totals("1970-01-01"))["calls"] == 1
    for ledger in ledgers:
        await ledger.aclose()


async def test_a_bot_has_one_writer_at_a_time(shared_url: str) -> None:
    first, second = (PostgresLedger(shared_url, "ann.alone") for _ in range(2))
    await first.people.set_note("n", "first")
    waiting = asyncio.create_task(second.people.note("n"))
    done, _ = await asyncio.wait({waiting}, timeout=0.3)
    assert not done
    await first.aclose()
    assert await waiting == "first"
    await second.aclose()


async def test_the_role_of_a_bot_sees_its_own_rows_only(postgres: Postgres, postgres_url: str) -> None:
    inbox, others = PostgresInbox(postgres_url), PostgresLedger(postgres_url, "bob.support")
    await inbox.submit([a_mail("1"), a_mail("1", "bob.support")])
    await others.turns.begin(turn("of bob"))
    await others.aclose()
    await inbox.aclose()
    password = secrets.token_urlsafe(16)
    with postgres.connect(postgres_url) as connection:
        for _ in range(2):  # A second time gives it another password, and that is all.
            name = make_role(connection, "alice.support", password)
        assert connection.execute("SELECT botyard_runtime.role_of('alice.support')").fetchone() == (name,)
    assert name == role_of("alice.support")
    database = postgres_url.rpartition("@/")[2].partition("?")[0]
    url = postgres.url_of(database, name, password)

    inbox, own = PostgresInbox(url), PostgresLedger(url, "alice.support")
    assert [mail.bot for mail in await inbox.waiting()] == ["alice.support"]
    assert (await own.turns.begin(turn("of alice"))).text == "of alice"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await inbox.submit([a_mail("2", "bob.support")])
    await inbox.aclose()
    await own.aclose()
    pretending = PostgresLedger(url, "bob.support")
    assert await pretending.turns.conversations(9) == ([], None)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await pretending.people.set_note("n", "v")
    await pretending.aclose()
    with postgres.connect(url) as connection:
        found = connection.execute("SELECT bot, text FROM botyard_runtime.turns").fetchall()
        assert found == [("alice.support", "of alice")]
        assert (
            connection.execute("DELETE FROM botyard_runtime.mail WHERE bot <> 'alice.support'").rowcount == 0
        )
        for statement in ("TRUNCATE botyard_runtime.mail", "DROP TABLE botyard_runtime.mail"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
        [group] = connection.execute(_GROUP_OF_HERE).fetchone() or ("",)
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(group)))
        assert connection.execute("SELECT FROM botyard_runtime.turns").fetchall() == []


async def test_a_role_that_puts_functions_of_its_own_first_sees_its_own_rows_only(
    postgres: Postgres, postgres_url: str
) -> None:
    """Everybody may make functions in `public` up to Postgres 14, and in databases that come from there."""
    inbox = PostgresInbox(postgres_url)
    await inbox.submit([a_mail("1"), a_mail("1", "bob.support")])
    await inbox.aclose()
    password = secrets.token_urlsafe(16)
    with postgres.connect(postgres_url) as connection:
        name = make_role(connection, "alice.support", password)
        connection.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    database = postgres_url.rpartition("@/")[2].partition("?")[0]
    with postgres.connect(postgres.url_of(database, name, password)) as connection:
        connection.execute(
            "CREATE FUNCTION public.left(text, int) RETURNS text LANGUAGE SQL IMMUTABLE"
            " RETURN pg_catalog.right(current_user::text, 40)"
        )
        connection.execute("SET search_path = public, pg_catalog")
        found = connection.execute("SELECT bot FROM botyard_runtime.mail").fetchall()
    assert found == [("alice.support",)]


async def test_a_role_ends_with_all_that_its_bot_kept(postgres: Postgres, postgres_url: str) -> None:
    inbox, others = PostgresInbox(postgres_url), PostgresLedger(postgres_url, "bob.support")
    await inbox.submit([a_mail("1", "carol.gone"), a_mail("1", "bob.support")])
    await others.turns.begin(turn("of bob"))
    with postgres.connect(postgres_url) as connection:
        name = make_role(connection, "carol.gone", secrets.token_urlsafe(16))
        for _ in range(2):
            end_role(connection, "carol.gone")
        assert connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None
        assert connection.execute("SELECT bot FROM botyard_runtime.turns").fetchall() == [("bob.support",)]
    assert [mail.bot for mail in await inbox.waiting()] == ["bob.support"]
    await others.aclose()
    await inbox.aclose()


async def test_a_role_that_another_installation_on_the_server_uses_stays(
    postgres: Postgres, postgres_url: str
) -> None:
    bot, password = "dave.both", secrets.token_urlsafe(16)
    with postgres.connect(postgres_url) as here, postgres.connect(postgres.create()) as there:
        for connection in (here, there):
            with connection.transaction():
                prepare(connection)
            name = make_role(connection, bot, password)
        end_role(here, bot)
        assert here.execute(_GROUPS, (name,)).fetchall() != []
        end_role(there, bot)
        assert here.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None


# Other databases of the server, with a bot of the same name, have groups of their own.
_GROUP_OF_HERE = (
    "SELECT rolname FROM pg_roles WHERE rolname LIKE 'botyard_pods_%'"
    " AND has_schema_privilege(rolname, 'botyard_runtime', 'USAGE')"
)
_GROUPS = "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole"

_FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON botyard_runtime.mail FOR EACH ROW
  WHEN (length(NEW.payload) > 1000) EXECUTE FUNCTION full_disk();
"""


async def test_a_full_disk_keeps_nothing_of_a_call_and_spoils_no_other(
    postgres: Postgres, postgres_url: str
) -> None:
    inbox = PostgresInbox(postgres_url)
    assert await inbox.bots() == []
    with postgres.connect(postgres_url) as connection:
        connection.execute(_FULL.encode())
    outcomes: tuple[Any, ...] = await asyncio.gather(
        inbox.submit([a_mail("1")]),
        inbox.submit([a_mail("2"), a_mail("3", text="x" * 1000)]),
        inbox.waiting(),
        return_exceptions=True,
    )
    assert outcomes[0] == [True]
    assert isinstance(outcomes[1], StoreFullError)
    assert [mail.key for mail in outcomes[2]] == ["1"]
    with postgres.connect(postgres_url) as connection:
        connection.execute("DROP TRIGGER full_disk ON botyard_runtime.mail")
    assert await inbox.submit([a_mail("3", text="x" * 1000)]) == [True]
    await inbox.aclose()


def test_the_driver_is_not_imported_where_files_are_used() -> None:
    program = (
        "import sys, agent_runtime.bot, agent_runtime.dispatcher.__main__, agent_runtime.hive.launcher;"
        "from agent_runtime.store.open import warm; from agent_runtime.settings import RuntimeSettings;"
        "warm(RuntimeSettings()); print('psycopg' in sys.modules, end=' ');"
        "warm(RuntimeSettings(database_url='postgresql+psycopg://u@h/d')); print('psycopg' in sys.modules)"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BOTYARD_")}
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=clean
    )
    assert said.stdout == "False True\n"


async def test_an_address_is_never_repeated(shared_url: str, postgres: Postgres) -> None:
    settings = RuntimeSettings.model_validate({"database_url": shared_url})
    assert settings.postgres == shared_url
    assert postgres.password not in repr(settings) + str(settings) + settings.model_dump_json()
    with pytest.raises(ValidationError, match=r"postgresql\+psycopg") as refused:
        RuntimeSettings.model_validate({"database_url": f"mysql://root:{postgres.password}@db/x"})
    assert postgres.password not in str(refused.value)
    inbox = PostgresInbox(f"postgresql+psycopg://u:{postgres.password}@[::1/x")
    with pytest.raises(ValueError, match="percent-encode") as unreadable:
        await inbox.bots()
    assert postgres.password not in repr(unreadable.value)
    await inbox.aclose()
