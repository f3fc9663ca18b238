"""The one place that knows which platforms there are."""

from __future__ import annotations

from collections.abc import Mapping

from agent_runtime.channels.channel import Outbound
from agent_runtime.channels.discord.outbound import DiscordOutbound
from agent_runtime.channels.discord.refused import RefusedCalls
from agent_runtime.channels.slack.outbound import SlackOutbound
from agent_runtime.channels.telegram.outbound import TelegramOutbound
from agent_runtime.channels.web.outbound import WebOutbound
from agent_runtime.channels.whatsapp.outbound import WhatsAppOutbound
from agent_runtime.settings import RuntimeSettings
from agent_runtime.spec import BotSpec


def open_outbounds(
    spec: BotSpec, secrets: Mapping[str, str], settings: RuntimeSettings
) -> dict[str, Outbound]:
    """The ways out of a bot's channels, by name. Nothing is connected yet."""
    found: dict[str, Outbound] = {"web": WebOutbound()}
    telegram = spec.channels.telegram
    if telegram is not None and telegram.token.secret in secrets:
        about = (telegram.name, spec.description)
        token = secrets[telegram.token.secret]
        found["telegram"] = TelegramOutbound(settings.telegram_api_url, token, *about)
    discord = spec.channels.discord
    if discord is not None and discord.token.secret in secrets:
        refused = RefusedCalls(settings.paths.discord)
        found["discord"] = DiscordOutbound(settings.discord_api_url, secrets[discord.token.secret], refused)
    slack = spec.channels.slack
    if slack is not None and slack.token.secret in secrets:
        found["slack"] = SlackOutbound(settings.slack_api_url, secrets[slack.token.secret])
    whatsapp = spec.channels.whatsapp
    if whatsapp is not None and whatsapp.token.secret in secrets:
        token = secrets[whatsapp.token.secret]
        found["whatsapp"] = WhatsAppOutbound(settings.whatsapp_api_url, token, whatsapp.phone_number_id)
    return found
