"""Bulk operations name their bots in a table of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operation_bot",
        sa.Column("operation", sa.String(length=40), nullable=False),
        sa.Column("bot", sa.String(length=65), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("branch", sa.String(length=100), nullable=True),
        sa.Column("deploy_commit", sa.String(length=64), nullable=True),
        sa.Column("version", sa.String(length=64), nullable=True),
        sa.Column("revision", sa.String(length=64), nullable=True),
        sa.Column("overtaken", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["operation"], ["operation.id"], name=op.f("fk_operation_bot_operation")),
        sa.PrimaryKeyConstraint("operation", "bot", name=op.f("pk_operation_bot")),
    )
    with op.batch_alter_table("operation_bot", schema=None) as batch_op:
        batch_op.create_index("ix_operation_bot_bot", ["bot"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("operation_bot", schema=None) as batch_op:
        batch_op.drop_index("ix_operation_bot_bot")

    op.drop_table("operation_bot")
