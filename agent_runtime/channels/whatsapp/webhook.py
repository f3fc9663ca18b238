"""A WhatsApp number looked after: its messages sent to our address, which its owner's app has to allow."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from agent_runtime.channels.channel import ChannelState, TokenRefusedError, WaitError
from agent_runtime.channels.lookout import WITHIN, Announce, BrokenError, Lookout, Report, needs_public_url
from agent_runtime.channels.whatsapp.api import WhatsAppApi, WhatsAppError
from agent_runtime.channels.whatsapp.inbound import digest_of, verify_token_of
from agent_runtime.settings import RuntimeSettings

# AuthException, no permission (10 and the 200s), token expired or revoked, account restricted.
REFUSED_TOKENS = frozenset({0, 3, 10, 190, 368, 131031, *range(200, 300)})
# A wrong parameter, and "Callback verification failed", which Meta lists nowhere:
# https://github.com/fbsamples/original-coast-clothing/issues/84.
_NOT_VERIFIED = (100, 2200)
_FIELDS = "display_phone_number,verified_name,webhook_configuration"
_RENEW = "Make a permanent token of a system user with whatsapp_business_messaging, and set the secret again."


@dataclass(frozen=True, slots=True)
class Number:
    """The bot's phone number; `url` is where its messages go, if that is a place of its own."""

    name: str
    digits: str
    url: str | None

    @property
    def shown(self) -> ChannelState:
        return ChannelState("connected", name=self.name, link=f"https://wa.me/{self.digits}")


async def number_of(api: WhatsAppApi, phone: str) -> Number:
    """https://developers.facebook.com/docs/whatsapp/business-management-api/manage-phone-numbers."""
    found = await api.get(phone, wait=WITHIN, fields=_FIELDS)
    configured = found.get("webhook_configuration")
    url = configured.get("phone_number") if isinstance(configured, dict) else None
    digits = re.sub(r"\D", "", str(found.get("display_phone_number", "")))
    return Number(str(found.get("verified_name", "")), digits, str(url) if url else None)


async def listen(token: str, settings: RuntimeSettings, accept: object, state: Report) -> None:
    """There is nothing to poll: returns at once, and says so."""
    needs_public_url("WhatsApp", state)


class Webhook(Lookout):
    """One number's."""

    __slots__ = ("_phone", "_settings", "_token", "_unverified")

    def __init__(self, token: str, settings: RuntimeSettings, state: Report, phone: str) -> None:
        super().__init__(self._look_at_whatsapp, state)
        self._token, self._settings, self._phone = token, settings, phone
        self._unverified = False

    async def _look_at_whatsapp(self, url: str, announce: Announce, *, first: bool) -> ChannelState:
        if first:
            await announce(digest_of(verify_token_of(self._token)))
        api = WhatsAppApi(self._settings.whatsapp_api_url, self._token)
        try:
            number = await number_of(api, self._phone)
            if number.url != url:
                await self._register(api, url)
        except WhatsAppError as error:
            raise _meaning(error) from None
        finally:
            await api.aclose()
        return replace(
            number.shown,
            next_step="Subscribe the app to messages (WhatsApp, Configuration); where it asks for a callback "
            f"URL, that is {url}, and its verify token {verify_token_of(self._token)}.",
        )

    async def _register(self, api: WhatsAppApi, url: str) -> None:
        """Meta asks the address by a GET before it takes it.

        https://developers.facebook.com/docs/whatsapp/embedded-signup/webhooks/override
        """
        place = {"override_callback_uri": url, "verify_token": verify_token_of(self._token)}
        try:
            await api.post(self._phone, {"webhook_configuration": place}, wait=WITHIN)
        except WhatsAppError as error:
            if error.code not in _NOT_VERIFIED:
                raise
            if not self._unverified:
                # The receiver may have heard of the verify token a moment too late.
                self._unverified = True
                raise WaitError("the address was not verified yet", 1.0) from None
            raise BrokenError(
                f"WhatsApp does not take the address: {error}",
                f"See that {url} can be reached from the internet, with a valid certificate.",
            ) from None
        self._unverified = False


async def bot_of(api: WhatsAppApi, phone: str) -> ChannelState:
    """Whose number it is, which the token may use. Raises what a look does."""
    try:
        return (await number_of(api, phone)).shown
    except WhatsAppError as error:
        raise _meaning(error) from None


def _meaning(error: WhatsAppError) -> Exception:
    if error.code in REFUSED_TOKENS:
        return TokenRefusedError(f"WhatsApp refuses the access token ({error.code}).\n{_RENEW}")
    if error.status in (429, 500, 502, 503, 504) or error.retry_after is not None:
        return WaitError("WhatsApp asks to wait", error.retry_after or 5.0)
    return BrokenError(
        f"WhatsApp says: {error}",
        "See that phone_number_id is that of the number (WhatsApp, API Setup), and the token may use it.",
    )
