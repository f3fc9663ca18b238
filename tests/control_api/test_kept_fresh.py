"""What is generated from the code or promised about it holds: migrations, the OpenAPI document, settings."""

from __future__ import annotations

import json
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, create_mock_engine
from sqlalchemy.schema import CreateTable
from sqlmodel import SQLModel

from control_api import openapi
from control_api.database import migrate
from control_api.migrating import configuration, revisions
from control_api.settings import ControlSettings
from tests.control_api.service import settings_in

CHECKOUT = Path(__file__).parents[2]


async def test_the_migrations_make_the_tables_of_the_models(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    await migrate(settings)
    await migrate(settings)
    engine = create_engine(f"sqlite:///{settings.places.control_database}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_the_revisions_by_their_files_are_those_that_alembic_knows() -> None:
    scripts = ScriptDirectory.from_config(configuration("sqlite://")).walk_revisions()
    assert revisions() == [script.revision for script in scripts][::-1]


def test_the_tables_are_tables_to_postgres_too() -> None:
    dialect = create_mock_engine("postgresql+psycopg://", lambda *_: None).dialect
    for table in SQLModel.metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))


def test_the_openapi_document_that_clients_are_made_from_is_fresh() -> None:
    committed = json.loads((CHECKOUT / "frontend" / "openapi.json").read_text(encoding="utf-8"))
    assert committed == openapi.document(), (
        "run: .venv/bin/python -m control_api.openapi > frontend/openapi.json"
    )


def test_every_setting_says_what_it_is() -> None:
    assert not [name for name, field in ControlSettings.model_fields.items() if not field.description]


def test_every_call_declares_what_it_refuses_as_a_problem() -> None:
    for path, methods in openapi.document()["paths"].items():
        for method, call in methods.items():
            for status, answer in call["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], (path, method, status)
