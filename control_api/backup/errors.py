"""Why a backup or a restore was refused or failed."""

from __future__ import annotations


class BackupError(Exception):
    """One sentence of what is wrong, and `hint` for what to do next."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class DamagedError(BackupError):
    """The file is not what was written."""

    def __init__(self, path: object) -> None:
        super().__init__(
            f"{path} is damaged: it was cut short or altered after it was made.",
            "Use another copy of it, or an older backup.",
        )
