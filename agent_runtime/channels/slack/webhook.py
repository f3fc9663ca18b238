"""A Slack app looked after: whose token it is, and where its events are to go, which its owner has to set."""

from __future__ import annotations

from dataclasses import replace

from agent_runtime.channels.channel import ChannelState, TokenRefusedError, WaitError
from agent_runtime.channels.lookout import WITHIN, Announce, BrokenError, Lookout, Report, needs_public_url
from agent_runtime.channels.slack.api import SlackApi, SlackError
from agent_runtime.settings import RuntimeSettings

# https://docs.slack.dev/reference/methods/auth.test#errors
REFUSED_TOKENS = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "org_login_required"}
)
_RENEW = (
    "Copy the Bot User OAuth Token anew from the app's page (OAuth & Permissions) and set the secret again."
)
_NO_BOT = "Use the Bot User OAuth Token, which begins with xoxb-, of the app's page (OAuth & Permissions)."


async def listen(token: str, settings: RuntimeSettings, accept: object, state: Report) -> None:
    """There is nothing to poll: returns at once, and says so."""
    needs_public_url("Slack", state)


class Webhook(Lookout):
    """One app's."""

    __slots__ = ("_settings", "_token")

    def __init__(self, token: str, settings: RuntimeSettings, state: Report) -> None:
        super().__init__(self._look_at_slack, state)
        self._token, self._settings = token, settings

    async def _look_at_slack(self, url: str, announce: Announce, *, first: bool) -> ChannelState:
        api = SlackApi(self._settings.slack_api_url, self._token)
        try:
            bot = await bot_of(api)
        finally:
            await api.aclose()
        return replace(bot, next_step=f"Let the app's Request URL (Event Subscriptions) be {url}.")


async def bot_of(api: SlackApi) -> ChannelState:
    """Whose token it is. Raises what a look does."""
    try:
        me = await api.call("auth.test", wait=WITHIN)
    except SlackError as error:
        raise _meaning(error) from None
    if not me.get("bot_id"):
        raise TokenRefusedError(f"Slack knows this token, and it is no bot's.\n{_NO_BOT}")
    link = link_of(str(me.get("team_id", "")), str(me.get("user_id", "")))
    return ChannelState("connected", name=str(me.get("user", "")), link=link)


def link_of(team: str, user: str) -> str:
    """A conversation with the bot: https://docs.slack.dev/interactivity/deep-linking."""
    return f"https://slack.com/app_redirect?team={team}&channel={user}"


def _meaning(error: SlackError) -> Exception:
    if error.code in REFUSED_TOKENS:
        return TokenRefusedError(f"Slack refuses the bot's token ({error.code}).\n{_RENEW}")
    if error.retry_after is not None or error.in_doubt:
        return WaitError("Slack asks to wait", error.retry_after or 5.0)
    return BrokenError(f"Slack says: {error.code}", "Look at the app's page at https://api.slack.com/apps.")
