"""Runs migrations on the URL that the control API passes, or on the one of its settings."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from control_api.dialects import NEXT_MIGRATION, POSTGRES
from control_api.models import Moment


def _url() -> str:
    given: str | None = context.config.attributes.get("url")
    if given is None:
        from control_api.settings import load_settings

        given = load_settings().database
    url = make_url(given)
    # Migrations run in a thread of their own, with the synchronous driver of the same database.
    if url.drivername == "sqlite+aiosqlite":
        url = url.set(drivername="sqlite")
    return url.render_as_string(hide_password=False)


def _rendered(kind: str, item: Any, _: Any) -> str | bool:
    # Migrations name SQLAlchemy's own types, so that they outlive our classes.
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=_rendered,
    )
    with context.begin_transaction():
        if connection.dialect.name == POSTGRES:
            # Another control API may come to the same database; the second waits and finds it done.
            connection.execute(text(NEXT_MIGRATION))
        context.run_migrations()


engine = create_engine(_url())
with engine.connect() as open_connection:
    _run(open_connection)
engine.dispose()
