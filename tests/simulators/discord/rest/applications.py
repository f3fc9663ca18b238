"""Who the bot is, its commands, where its interactions go, how it connects."""

from __future__ import annotations

import re
from typing import Any

from tests.simulators.discord.guilds import channel_json
from tests.simulators.discord.interactions import endpoint_is_valid
from tests.simulators.discord.refusals import RefusedError, invalid_form, unknown
from tests.simulators.discord.rest.call import Action, Asked, channel_of
from tests.simulators.discord.snowflakes import snowflake
from tests.simulators.discord.state import MESSAGE_CONTENT_FLAG

Json = dict[str, Any]
_NAME = re.compile(r"[-_'\w]{1,32}")


async def get_me(asked: Asked) -> Any:
    """https://docs.discord.com/developers/resources/user#get-current-user."""
    return asked.me.user() | {"verified": True, "mfa_enabled": False, "flags": 0}


async def get_application(asked: Asked) -> Any:
    """https://docs.discord.com/developers/resources/application#get-current-application."""
    return asked.me.resource()


async def edit_application(asked: Asked) -> Any:
    """https://docs.discord.com/developers/resources/application#edit-current-application."""
    body, bot = asked.object(), asked.me
    if "interactions_endpoint_url" in body:
        url = body["interactions_endpoint_url"] or None
        if url is not None and not await endpoint_is_valid(bot, str(url)):
            message = "The specified interactions endpoint url could not be verified."
            code = "APPLICATION_INTERACTIONS_ENDPOINT_VERIFICATION_FAILED"
            raise invalid_form("interactions_endpoint_url", code, message)
        bot.endpoint = url
    if "flags" in body:
        # Limited intent flags alone can be changed.
        bot.message_content = bool(int(body["flags"]) & MESSAGE_CONTENT_FLAG)
    return bot.resource()


async def get_gateway_bot(asked: Asked) -> Any:
    """https://docs.discord.com/developers/events/gateway#get-gateway-bot."""
    starts = asked.me.starts
    return {
        "url": f"{asked.world.url.replace('http', 'ws', 1)}/gateway",
        "shards": starts.shards,
        "session_start_limit": {
            "total": starts.total,
            "remaining": max(0, starts.remaining),
            "reset_after": 14_400_000,
            "max_concurrency": starts.max_concurrency,
        },
    }


async def get_guilds(asked: Asked) -> Any:
    """https://docs.discord.com/developers/resources/user#get-current-user-guilds."""
    return [{"id": guild.id, "name": guild.name} for guild in asked.world.guilds_of(asked.me)]


async def get_channel(asked: Asked) -> Any:
    """https://docs.discord.com/developers/resources/channel#get-channel."""
    return channel_json(asked.world, channel_of(asked))


async def open_private_channel(asked: Asked) -> Any:
    """https://docs.discord.com/developers/resources/user#create-dm."""
    recipient = str(asked.object().get("recipient_id"))
    if recipient not in asked.world.people:
        raise unknown("user")
    return channel_json(asked.world, asked.world.private_channel(asked.me, recipient))


def _mine(asked: Asked) -> None:
    if asked.path["application"] != asked.me.id:
        raise RefusedError(403, 20012, "You are not authorized to perform this action on this application")


async def get_commands(asked: Asked) -> Any:
    _mine(asked)
    return asked.me.commands


async def put_commands(asked: Asked) -> Any:
    """https://docs.discord.com/developers/interactions/application-commands#bulk-overwrite-global-application-commands."""
    _mine(asked)
    if not isinstance(asked.body, list) or len(asked.body) > 100:
        raise invalid_form("_root", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
    made = [_command(asked, place, each) for place, each in enumerate(asked.body)]
    if len({each["name"] for each in made}) < len(made):
        raise invalid_form("0.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Names are unique.")
    asked.me.commands = made
    return made


def _command(asked: Asked, place: int, command: Any) -> Json:
    _named(f"{place}", command)
    for place_of, option in enumerate(command.get("options", [])):
        _named(f"{place}.options.{place_of}", option)
        if option.get("type") not in range(1, 12):
            raise invalid_form(
                f"{place}.options.{place_of}.type", "BASE_TYPE_CHOICES", "Not one of the choices."
            )
    known = {each["name"]: each["id"] for each in asked.me.commands}
    number = known.get(command["name"]) or snowflake()
    made: Json = (
        {"type": 1, "options": []}
        | command
        | {"id": number, "application_id": asked.me.id, "version": snowflake()}
    )
    return made


def _named(where: str, thing: Any) -> None:
    """https://docs.discord.com/developers/interactions/application-commands#application-command-object."""
    name = thing.get("name") if isinstance(thing, dict) else None
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name != name.lower():
        raise invalid_form(f"{where}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    if not 1 <= len(str(thing.get("description", ""))) <= 100:
        raise invalid_form(
            f"{where}.description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length."
        )


ROUTES: dict[tuple[str, str], Action] = {
    ("GET", "/users/@me"): get_me,
    ("GET", "/users/@me/guilds"): get_guilds,
    ("POST", "/users/@me/channels"): open_private_channel,
    ("GET", "/applications/@me"): get_application,
    ("GET", "/oauth2/applications/@me"): get_application,
    ("PATCH", "/applications/@me"): edit_application,
    ("GET", "/gateway/bot"): get_gateway_bot,
    ("GET", "/channels/{channel}"): get_channel,
    ("GET", "/applications/{application}/commands"): get_commands,
    ("PUT", "/applications/{application}/commands"): put_commands,
}
