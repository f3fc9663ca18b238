"""Alembic migrations of the control API's database."""
