"""The one base of errors that a caller sees, and the one shape in which they are answered (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one field of the body."""

    pointer: str = Field(description="RFC 6901 JSON pointer into the body.")
    detail: str


class ProblemDetails(BaseModel):
    """An RFC 9457 problem."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None


class BotyardError(Exception):
    """An error with a status and words for the caller; subclasses name the cases."""

    status = 500
    title = "Something went wrong on our side"

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def body(self) -> dict[str, Any]:
        """The members of the problem document."""
        return problem(self.status, self.title, self.detail, self.errors, self.extra)


class BadRequestError(BotyardError):
    """The request itself is malformed."""

    status = 400
    title = "The request cannot be understood"


class NotSignedInError(BotyardError):
    """No valid token or session came with the request."""

    status = 401
    title = "Sign in first"

    def __init__(
        self, detail: str = "Send `Authorization: Bearer byt_…`, or sign in with the link of `botyard up`."
    ) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="botyard"'})


class ForbiddenError(BotyardError):
    """The caller is known and may not do this."""

    status = 403
    title = "Not allowed"


_WHERE_TO_LOOK = {
    "bot": "`botyard list` shows the bots you can see.",
    "call": "The calls are listed at /api/v1/docs.",
    "chat": "Ask whoever gave you the link.",
    "conversation": "GET /api/v1/bots/{id}/conversations lists them.",
    "member": "GET /api/v1/teams/{name}/members lists them.",
    "link": "GET /api/v1/managed-bots lists them.",
    "operation": "GET /api/v1/operations lists them.",
    "secret": "`botyard show` lists the bot's secrets.",
    "team": "GET /api/v1/teams lists yours.",
    "template": "GET /api/v1/templates lists them.",
    "token": "`botyard token list` shows yours.",
    "user": "`botyard user list` shows them to an operator.",
}


class NotFoundError(BotyardError):
    """There is no such thing, or it is not the caller's: the two look the same."""

    status = 404
    title = "Not found"

    def __init__(self, what: str = "object") -> None:
        super().__init__(f"There is no such {what}. {_WHERE_TO_LOOK.get(what, 'Check its name or id.')}")


class ConflictError(BotyardError):
    """The request contradicts what is there."""

    status = 409
    title = "Conflict"


class StaleError(BotyardError):
    """`If-Match` names a version that is no longer the current one."""

    status = 412
    title = "The bot has changed meanwhile"


class TooLargeError(BotyardError):
    """The body is longer than any that is meant."""

    status = 413
    title = "The body is too large"


class InvalidError(BotyardError):
    """The body is well-formed and says something that cannot be done."""

    status = 422
    title = "The request is not valid"


class NotAvailableYetError(InvalidError):
    """A part of the contract that is not built yet."""

    title = "Not available yet"

    def __init__(self, what: str) -> None:
        super().__init__(f"not available yet: {what}")


class TooManyTriesError(BotyardError):
    """Too many wrong tokens or codes."""

    status = 429
    title = "Too many wrong tries"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"Wait {seconds} seconds, then try again with the right token or a new sign-in link.",
            headers={"Retry-After": str(seconds)},
        )


class UnavailableError(BotyardError):
    """A part that is needed does not answer now."""

    status = 503
    title = "A part of Botyard does not answer"

    def __init__(self, detail: str, *, seconds: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(seconds)})


class NoRoomError(BotyardError, OSError):
    """The disk is full; nothing of the call was kept."""

    status = 507
    title = "There is no room on the disk"

    def __init__(self) -> None:
        super().__init__("Nothing was changed. Make room on the disk of BOTYARD_HOME, then try again.")


def problem(
    status: int,
    title: str,
    detail: str,
    errors: Sequence[FieldProblem] = (),
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One problem document."""
    kind = "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
    body: dict[str, Any] = {"type": f"urn:botyard:{kind}", "title": title, "status": status, "detail": detail}
    if errors:
        body["errors"] = [error.model_dump() for error in errors]
    body.update(extra or {})
    return body


def declared(*errors: type[BotyardError]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route for the errors it is expected to answer."""
    return {
        error.status: {
            "description": error.title,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for error in errors
    }
