"""How a command fails: one sentence of what happened, the details, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence


class CommandError(Exception):
    """Ends a command with exit code 1 after its message is shown on standard error.

    `details` are for people; `errors` say the same to programs, where more is known than the words.
    """

    def __init__(
        self,
        message: str,
        *,
        details: Sequence[str] = (),
        errors: Sequence[dict[str, object]] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)
        self.errors = list(errors) or [{"detail": detail} for detail in details]
        self.hint = hint
        # Whether standard output holds it already, in the JSON of what was asked for.
        self.is_shown = False

    def document(self) -> dict[str, object]:
        """The failure for programs, in the members of a problem document (RFC 9457)."""
        told: dict[str, object] = {"title": self.message}
        if self.hint:
            told["detail"] = self.hint
        if self.errors:
            told["errors"] = self.errors
        return told

    def lines(self) -> list[str]:
        """The message as it is shown: the sentence, indented details, then the next step."""
        shown = [f"Error: {self.message}", *(f"  {detail}" for detail in self.details)]
        return [*shown, self.hint] if self.hint else shown
