"""The calls on the installation, and the probes."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from control_api.auth import Admin, AnyCaller
from control_api.kit.problems import ForbiddenError, declared
from control_api.platform import PlatformDep
from control_api.system.schemas import Checks, Health, System
from control_api.system.service import SystemService

router = APIRouter(tags=["system"])
probes = APIRouter(include_in_schema=False)


@router.get("/system", summary="The installation's parts and versions")
async def read_system(platform: PlatformDep, caller: AnyCaller) -> System:
    return await SystemService(platform).read(caller)


@router.get(
    "/system/checks",
    summary="Look at the machine",
    description="The tools, the home, its keys and its disk, as `botyard doctor` does; for operators.",
    responses=declared(ForbiddenError),
)
async def check_system(platform: PlatformDep, caller: Admin) -> Checks:
    return await SystemService(platform).checks(caller)


@probes.get("/healthz")
async def healthz() -> Health:
    return Health(status="ok")


@probes.get("/readyz")
async def readyz(platform: PlatformDep, response: Response) -> Health:
    health = await SystemService(platform).readiness()
    if health.status != "ok":
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return health


@probes.get("/metrics")
async def metrics(platform: PlatformDep) -> Response:
    await SystemService(platform).measure()
    return Response(generate_latest(platform.metrics.registry), media_type=CONTENT_TYPE_LATEST)
