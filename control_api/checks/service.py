"""Checks of pasted tokens and keys. What is pasted is used once and kept nowhere."""

from __future__ import annotations

from typing import Any

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.discord.api import DiscordApi, DiscordError
from agent_runtime.channels.discord.application import PORTAL, Application, application_of
from agent_runtime.channels.discord.refused import RefusedCalls
from agent_runtime.channels.slack import webhook as slack
from agent_runtime.channels.slack.api import SlackApi
from agent_runtime.channels.telegram.api import TelegramApi, TelegramError
from agent_runtime.channels.whatsapp import webhook as whatsapp
from agent_runtime.channels.whatsapp.api import WhatsAppApi
from agent_runtime.hive_client import HiveAwayError, HiveError
from agent_runtime.spec import SpecError, parse_spec
from control_api.bots import problems
from control_api.checks import pictures
from control_api.checks.looks import looked
from control_api.checks.schemas import Checked
from control_api.kit.problems import UnavailableError
from control_api.platform import Platform

_SECONDS = 10.0
_KEY = "CHECKED_KEY"
# Telegram answers 401 to a token that it has taken back, and 404 to one that it never gave out.
_UNKNOWN_TO_TELEGRAM = {401, 404}
_TELEGRAM_TOKEN_LOOKS = "123456789:AA…"  # noqa: S105 — shows how one looks


class CheckService:
    """The calls that check."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def telegram(self, token: str) -> Checked:
        """Asks Telegram whose token it is."""
        if not _may_be_telegram_token(token):
            return Checked(
                ok=False,
                reason=f"This does not look like a Telegram token ({_TELEGRAM_TOKEN_LOOKS}).",
                next_step="Copy the whole token that @BotFather gave you.",
            )
        api = TelegramApi(self._platform.settings.telegram_api_url, token)
        try:
            user = await api.call("getMe", wait=_SECONDS)
            name, picture = str(user.get("username") or ""), await pictures.of_telegram(api, int(user["id"]))
        except UnreachableError:
            raise UnavailableError("Telegram does not answer; try again in a moment.") from None
        except TelegramError as error:
            if error.code not in _UNKNOWN_TO_TELEGRAM:
                raise UnavailableError("Telegram has trouble just now; try again in a moment.") from None
            return Checked(
                ok=False,
                reason="Telegram does not know this token.",
                next_step="Make a new one: /token in the chat with @BotFather.",
            )
        finally:
            await api.aclose()
        link = f"https://t.me/{name}"
        return Checked(ok=True, name=user.get("first_name"), username=name, link=link, picture=picture)

    async def discord(self, token: str) -> Checked:
        """Asks Discord whose token it is, and what its application lacks."""
        settings = self._platform.settings
        # Wrong tokens count against this machine's address, whoever pastes them.
        api = DiscordApi(settings.discord_api_url, token, RefusedCalls(settings.places.discord))
        try:
            found = await application_of(api, _SECONDS)
            return _of_application(found, await pictures.of_discord(api, found.picture))
        except UnreachableError:
            raise UnavailableError("Discord does not answer; try again in a moment.") from None
        except DiscordError as error:
            if error.status != 401:
                raise UnavailableError("Discord has trouble just now; try again in a moment.") from None
            return Checked(
                ok=False,
                reason="Discord does not know this token.",
                next_step=f"Copy the bot's token whole, or get a new one: {PORTAL}, your application, Bot, "
                "Reset Token.",
            )
        finally:
            await api.aclose()

    async def slack(self, token: str) -> Checked:
        """Asks Slack whose token it is."""
        api = SlackApi(self._platform.settings.slack_api_url, token)
        try:
            return await looked("Slack", slack.bot_of(api))
        finally:
            await api.aclose()

    async def whatsapp(self, token: str, number: str) -> Checked:
        """Asks Meta for the number, by the token."""
        api = WhatsAppApi(self._platform.settings.whatsapp_api_url, token)
        try:
            return await looked("WhatsApp", whatsapp.bot_of(api, number))
        finally:
            await api.aclose()

    async def model(self, model: dict[str, Any], key: str | None) -> Checked:
        """Asks the model for one short answer, by a draft turn in the runtime with its guards."""
        model = {**model, "max_output_tokens": 16}
        if key is not None:
            model["key"] = {"secret": _KEY}
        else:
            model.pop("key", None)
        spec = {"version": 1, "name": "check", "instructions": "Answer in one word.", "model": model}
        try:
            parse_spec(spec)
        except SpecError as error:
            raise problems.of_spec(error, "") from None
        return await self._ask(spec, {_KEY: key} if key is not None else {})

    async def _ask(self, spec: dict[str, Any], secrets: dict[str, str]) -> Checked:
        turn = self._platform.engine.inner.try_draft(
            spec, secrets, [{"role": "user", "content": "Say hello."}]
        )
        try:
            async for event in turn:
                if event.event == "done":
                    return Checked(ok=True, name=spec["model"].get("name"))
                if event.event == "error":
                    return _refused(event.data.get("problem") or {})
        except HiveError as error:
            return _refused(error.problem)
        except HiveAwayError:
            pass
        raise UnavailableError("The bots' runtime does not answer just now; try again in a few seconds.")


def _of_application(found: Application, picture: str | None) -> Checked:
    checked = Checked(
        ok=True,
        name=found.name,
        username=found.name,
        link=found.invite,
        picture=picture,
        application_id=found.id,
        public_key=found.public_key,
        missing_intents=found.missing_intents,
    )
    if found.needs_grant:
        checked.reason = "Nobody can invite it: its application requires an OAuth2 code grant."
        checked.next_step = f"Turn off Requires OAuth2 Code Grant at {found.settings_page}."
    elif found.missing_intents:
        checked.reason = (
            "Message Content Intent is off: in servers the bot reads only what mentions it, and answers to "
            "its messages not at all."
        )
        checked.next_step = f"Turn it on at {found.settings_page}."
    return checked


def _refused(problem: dict[str, Any]) -> Checked:
    reason = problem.get("detail") or problem.get("title") or "the model did not answer"
    return Checked(ok=False, reason=str(reason), next_step=problem.get("next_step"))


def _may_be_telegram_token(token: str) -> bool:
    number, _, rest = token.partition(":")
    allowed = rest.isascii() and rest.replace("_", "").replace("-", "").isalnum()
    return number.isascii() and number.isdigit() and allowed
