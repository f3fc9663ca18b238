"""Refusals that travel: from a worker through the dispatcher to whoever asked."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class ProblemError(Exception):
    """A refusal that people are told: an RFC 9457 document with its status, its reason and a next step."""

    def __init__(self, status: int, title: str, detail: str | None = None, **more: Any) -> None:
        super().__init__(detail or title)
        self.status = status
        told = {"type": "about:blank", "title": title, "status": status, "detail": detail or title}
        self.problem: Json = {**told, **more}

    @classmethod
    def of(cls, problem: Json) -> ProblemError:
        error = cls(int(problem.get("status", 500)), str(problem.get("title", "problem")))
        error.problem = {**error.problem, **problem}
        error.problem["detail"] = problem.get("detail") or error.problem["title"]
        error.args = (str(error.problem["detail"]),)
        return error
