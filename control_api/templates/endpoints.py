"""The calls on templates."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from agent_runtime import spec
from control_api.auth import AnyCaller
from control_api.kit.paging import PagingQuery
from control_api.kit.problems import NotFoundError, declared
from control_api.kit.values import IdPath
from control_api.templates.schemas import Template, Templates

router = APIRouter(tags=["templates"])


@router.get("/templates", summary="List templates")
async def list_templates(caller: AnyCaller, paging: PagingQuery) -> Templates:
    start = paging.number() or 0
    found = [_view(template) for template in spec.templates()]
    kept = found[start : start + paging.limit]
    cursor = paging.page(found[start:], lambda _: start + paging.limit)[1]
    return Templates(items=kept, next_cursor=cursor)


@router.get("/templates/{id}", summary="Read a template", responses=declared(NotFoundError))
async def read_template(caller: AnyCaller, template_id: IdPath) -> Template:
    found = next((template for template in spec.templates() if template.id == template_id), None)
    if found is None:
        raise NotFoundError("template")
    return _view(found)


@router.get("/spec/schema", summary="The JSON schema of a bot specification")
async def read_spec_schema(caller: AnyCaller) -> dict[str, Any]:
    return spec.json_schema()


def _view(template: spec.Template) -> Template:
    return Template.model_validate(asdict(template))
