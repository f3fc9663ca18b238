"""The calls that sign in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response, status

from control_api.auth import AnyCaller
from control_api.kit.problems import InvalidError, NotSignedInError, TooManyTriesError, declared
from control_api.kit.strict_json import StrictRoute
from control_api.platform import PlatformDep
from control_api.sign_in.schemas import Door, SignedIn, SignIn
from control_api.sign_in.service import SignIns

router = APIRouter(tags=["sign-in"], route_class=StrictRoute)


@router.get("/sign-in", summary="Whether anybody has signed in yet")
async def read_door(platform: PlatformDep) -> Door:
    return await SignIns(platform).door()


@router.post(
    "/sign-in",
    summary="Sign in by a link's code, or by name and password",
    responses=declared(NotSignedInError, InvalidError, TooManyTriesError),
)
async def sign_in(platform: PlatformDep, body: SignIn, request: Request, response: Response) -> SignedIn:
    return await SignIns(platform).sign_in(body, request, response)


@router.post("/sign-out", summary="Sign out", status_code=status.HTTP_204_NO_CONTENT)
async def sign_out(platform: PlatformDep, caller: AnyCaller, request: Request, response: Response) -> None:
    await SignIns(platform).sign_out(caller, request, response)
