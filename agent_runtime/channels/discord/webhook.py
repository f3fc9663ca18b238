"""A bot that hears of commands alone, which Discord sends to the public URL: registered, and looked after.

Discord asks the URL whether it is ours while it is registered, and now and then afterwards; where it gets no
good answer it takes the URL away: https://docs.discord.com/developers/interactions/overview.
"""

from __future__ import annotations

from agent_runtime.channels.channel import ChannelState, TokenRefusedError, WaitError
from agent_runtime.channels.discord.api import DiscordApi, DiscordError
from agent_runtime.channels.discord.application import Application, application_of, register
from agent_runtime.channels.discord.line import TOKEN_REFUSED
from agent_runtime.channels.discord.refused import RefusedCalls
from agent_runtime.channels.lookout import Announce, BrokenError, Lookout, Report, needs_public_url
from agent_runtime.settings import RuntimeSettings

_NOT_OURS = 50035  # an invalid form: the URL did not answer as it must


async def listen(token: str, settings: RuntimeSettings, accept: object, state: Report) -> None:
    """Commands can't be fetched: returns at once, and says so."""
    needs_public_url("Discord in the mode interactions", state)


class Webhook(Lookout):
    """One bot's."""

    __slots__ = ("_settings", "_token", "_tried")

    def __init__(self, token: str, settings: RuntimeSettings, state: Report) -> None:
        super().__init__(self._look_at_discord, state)
        self._token, self._settings = token, settings
        self._tried = False

    async def _look_at_discord(self, url: str, announce: Announce, *, first: bool) -> ChannelState:
        settings = self._settings
        api = DiscordApi(settings.discord_api_url, self._token, RefusedCalls(settings.paths.discord))
        try:
            application = await application_of(api)
            if first or application.endpoint != url:
                await announce(application.public_key)
                await register(api, application, url)
        except DiscordError as error:
            raise self._meaning(error, url) from None
        finally:
            await api.aclose()
        self._tried = False
        return connected(application)

    def _meaning(self, error: DiscordError, url: str) -> Exception:
        if error.status == 401:
            return TokenRefusedError(f"{TOKEN_REFUSED.reason}\n{TOKEN_REFUSED.next_step}")
        if error.retry_after is not None or error.status >= 500:
            return WaitError("Discord asks to wait", error.retry_after or 5.0)
        if error.code == _NOT_OURS and not self._tried:
            # The receiver may hear of the key a moment after Discord asked it.
            self._tried = True
            return WaitError("Discord could not verify the URL", 1.0)
        return BrokenError(
            f"Discord does not take the address for commands: {error.message}",
            f"See that {url} can be reached from the internet, with a valid certificate, and that this "
            "machine's clock is right.",
        )


def connected(application: Application) -> ChannelState:
    """How a channel is shown that works."""
    return ChannelState("connected", name=application.name, link=application.invite)
