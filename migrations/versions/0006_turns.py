"""Bots remember their turns of the last days, for lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bot_status", sa.Column("active_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("bot_status", sa.Column("turns", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    with op.batch_alter_table("bot_status", schema=None) as batch_op:
        batch_op.drop_column("turns")
        batch_op.drop_column("active_at")
