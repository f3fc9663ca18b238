"""People make bots in Telegram by a tap on a link."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "managed_bot",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("bot", sa.String(length=65), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("intent", sa.JSON(), nullable=True),
        sa.Column("operation", sa.String(length=40), nullable=False),
        sa.Column("telegram_user", sa.BigInteger(), nullable=True),
        sa.Column("telegram_name", sa.String(length=200), nullable=True),
        sa.Column("telegram_bot", sa.BigInteger(), nullable=True),
        sa.Column("telegram_username", sa.String(length=64), nullable=True),
        sa.Column("token_mark", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["user_account.name"], name=op.f("fk_managed_bot_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_managed_bot")),
        sa.UniqueConstraint("digest", name=op.f("uq_managed_bot_digest")),
        sa.UniqueConstraint("telegram_bot", name=op.f("uq_managed_bot_telegram_bot")),
    )
    for column in ("owner", "state", "telegram_user"):
        op.create_index(op.f(f"ix_managed_bot_{column}"), "managed_bot", [column])


def downgrade() -> None:
    op.drop_table("managed_bot")
