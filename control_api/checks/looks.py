"""A check by the same look at a platform that a running bot's channel is looked after with."""

from __future__ import annotations

from collections.abc import Awaitable

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.channel import ChannelState, TokenRefusedError, WaitError
from agent_runtime.channels.lookout import BrokenError
from control_api.checks.schemas import Checked
from control_api.kit.problems import UnavailableError


async def looked(platform: str, look: Awaitable[ChannelState]) -> Checked:
    """What the look says. UnavailableError where the platform does not answer now."""
    try:
        found = await look
    except (UnreachableError, WaitError):
        raise UnavailableError(f"{platform} does not answer; try again in a moment.") from None
    except TokenRefusedError as error:
        reason, _, next_step = str(error).partition("\n")
        return Checked(ok=False, reason=reason, next_step=next_step)
    except BrokenError as error:
        return Checked(ok=False, reason=error.state.reason, next_step=error.state.next_step)
    return Checked(ok=True, name=found.name, link=found.link)
