"""What the calls on templates answer."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from control_api.kit.paging import Page


class Template(BaseModel):
    """A ready specification to start from."""

    id: str
    title: str
    description: str
    spec: dict[str, Any]
    suggestions: list[dict[str, Any]] = Field(
        default_factory=list, description="`model` objects that suit it better than the embedded demo brain."
    )


class Templates(Page[Template]):
    """A page of templates."""
