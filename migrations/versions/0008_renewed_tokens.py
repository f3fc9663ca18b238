"""Bots that were made in Telegram get the new token when theirs is changed there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("managed_bot", sa.Column("sealed", sa.String(length=80), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("managed_bot", schema=None) as batch_op:
        batch_op.drop_column("sealed")
