"""The bot specification: what an owner decides about a bot, with every default (DESIGN.md, section 7).

From these classes come the API's schema, the validator, the chart's values schema, the form and the
reference page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from agent_runtime.spec.fields import (
    Allowed,
    AsTuple,
    BaseUrl,
    CpuQuantity,
    IdleAfter,
    Line,
    MemoryQuantity,
    ModelName,
    Name,
    Origin,
    PhoneNumberId,
    SecretName,
    Section,
    TemplateId,
    Text,
    Time,
    VariableName,
    cpu_millis,
    fault,
    memory_bytes,
    seconds,
)

EMBEDDED_MODEL = "smollm2-135m"


class SecretRef(Section):
    """A secret by its name. Its value is given apart, sealed, and never written here."""

    secret: SecretName = Field(description="The secret's name.", examples=["OPENAI_API_KEY"])


class FallbackModel(Section):
    """A model that answers when those before it fail."""

    provider: Literal["embedded", "openai", "openai-compatible"] = Field(
        "embedded",
        description="Who runs the model. `embedded` is the small demo model on the machine itself and needs "
        "no key; `openai-compatible` is any server that speaks OpenAI's chat completions.",
    )
    name: ModelName | None = Field(
        None,
        description=f"The model's name at its provider. The embedded brain has one, `{EMBEDDED_MODEL}`.",
        examples=["gpt-4o-mini"],
    )
    base_url: BaseUrl | None = Field(
        None,
        description="Where the provider answers, up to `/chat/completions`; for `openai-compatible` only.",
        examples=["https://models.example.com/v1"],
    )
    key: SecretRef | None = Field(
        None,
        description="The secret with the API key; `openai` needs it, `openai-compatible` can do without.",
        examples=[{"secret": "OPENAI_API_KEY"}],
    )
    temperature: float = Field(0.7, ge=0, le=2, description="How freely the model chooses its words.")
    max_output_tokens: int = Field(800, ge=1, le=128_000, description="The longest answer, in tokens.")
    sees: bool | None = Field(
        None,
        description="Whether the model takes pictures. Left out, the well-known models of `openai` do and "
        "others do not.",
    )
    hears: bool = Field(
        False,
        description="Whether the model takes sound. Those of `openai` take no voice messages of chat "
        "platforms; `transcription` makes text of these.",
    )

    @model_validator(mode="after")
    def _fits_provider(self) -> FallbackModel:
        if problem := self._provider_problem():
            raise fault(problem)
        return self

    def _provider_problem(self) -> str | None:
        if self.provider == "embedded":
            if self.name not in (None, EMBEDDED_MODEL):
                return (
                    f"the embedded brain has one model, {EMBEDDED_MODEL}; leave name out or change provider"
                )
            if self.sees or self.hears:
                return "the embedded brain reads text alone; leave sees and hears out, or change provider"
            if self.base_url is not None or self.key is not None:
                return (
                    "the embedded brain takes no base_url and no key; remove them or choose another provider"
                )
            return None
        if self.name is None:
            return f"provider {self.provider} needs name, such as gpt-4o-mini"
        if self.provider == "openai":
            if self.base_url is not None:
                return "provider openai takes no base_url; use provider: openai-compatible"
            if self.key is None:
                return "provider openai needs key: {secret: OPENAI_API_KEY}"
        elif self.base_url is None:
            return "provider openai-compatible needs base_url, such as https://models.example.com/v1"
        return None

    @property
    def model_id(self) -> str:
        """The name that the provider is asked for."""
        return self.name or EMBEDDED_MODEL


class Model(FallbackModel):
    """The model that answers, and those that step in for it."""

    fallbacks: Annotated[tuple[FallbackModel, ...], AsTuple] = Field(
        (), max_length=4, description="Models to ask, in order, when this one fails."
    )


class Transcription(Section):
    """Who makes text of voice messages, for models that do not hear."""

    provider: Literal["openai", "openai-compatible"] = Field(
        "openai",
        description="Who runs it; `openai-compatible` is any server with OpenAI's `audio/transcriptions`.",
    )
    name: ModelName = Field("whisper-1", description="The model's name at its provider.")
    base_url: BaseUrl | None = Field(
        None,
        description="Where the provider answers, up to `/audio/transcriptions`; for `openai-compatible` "
        "only.",
        examples=["https://models.example.com/v1"],
    )
    key: SecretRef | None = Field(
        None,
        description="The secret with the API key; `openai` needs it, `openai-compatible` can do without.",
        examples=[{"secret": "OPENAI_API_KEY"}],
    )

    @model_validator(mode="after")
    def _fits_provider(self) -> Transcription:
        if self.provider == "openai-compatible" and self.base_url is None:
            raise fault("provider openai-compatible needs base_url, such as https://models.example.com/v1")
        if self.provider == "openai" and self.base_url is not None:
            raise fault("provider openai takes no base_url; use provider: openai-compatible")
        if self.provider == "openai" and self.key is None:
            raise fault("provider openai needs key: {secret: OPENAI_API_KEY}")
        return self


class Platform(Section):
    """A chat platform. What it takes to be there is a token, and what else the platform wants."""

    token: SecretRef

    @property
    def signing(self) -> str | None:
        """The name of the secret by which the platform signs what it sends; None where it signs nothing."""
        return None

    @property
    def detail(self) -> str | None:
        """What else whoever listens there has to know, and is no secret."""
        return None

    def secrets(self) -> Iterator[tuple[str, str]]:
        """Each secret as (key, name), in the document's order."""
        for key in type(self).model_fields:
            if isinstance(value := getattr(self, key), SecretRef):
                yield key, value.secret


class Telegram(Platform):
    """A Telegram bot. Without a public URL Botyard polls; with one it registers a webhook."""

    token: SecretRef = Field(
        description="The secret that holds the token of BotFather.", examples=[{"secret": "TELEGRAM_TOKEN"}]
    )
    name: Annotated[Line, Field(max_length=64)] = Field(
        "",
        description="The name that people see in Telegram. Left out, it stays as it is there.",
        examples=["The bookshop's assistant"],
    )


class Discord(Platform):
    """A Discord bot. The token is all it takes: ids and keys are asked of Discord."""

    token: SecretRef = Field(
        description="The secret that holds the bot's token.", examples=[{"secret": "DISCORD_TOKEN"}]
    )
    mode: Literal["gateway", "interactions"] = Field(
        "gateway",
        description="`gateway`: a connection to Discord, by which the bot hears messages and commands; "
        "`interactions`: commands alone, which Discord sends to the public URL.",
    )

    @property
    def detail(self) -> str:
        return self.mode


class Slack(Platform):
    """A Slack app. Slack sends its events to the public URL, `/webhook/<id>/slack`."""

    token: SecretRef = Field(
        description="The secret that holds the app's Bot User OAuth Token.",
        examples=[{"secret": "SLACK_TOKEN"}],
    )
    signing_secret: SecretRef = Field(
        description="The secret that holds the app's Signing Secret.",
        examples=[{"secret": "SLACK_SIGNING_SECRET"}],
    )

    @property
    def signing(self) -> str | None:
        return self.signing_secret.secret


class WhatsApp(Platform):
    """A WhatsApp Business number, by Meta's Cloud API, which sends to the public URL."""

    token: SecretRef = Field(
        description="The secret that holds the access token of a system user.",
        examples=[{"secret": "WHATSAPP_TOKEN"}],
    )
    app_secret: SecretRef = Field(
        description="The secret that holds the app's App Secret, by which Meta signs what it sends.",
        examples=[{"secret": "WHATSAPP_APP_SECRET"}],
    )
    phone_number_id: PhoneNumberId = Field(
        description="The id of the phone number at Meta, in quotes; not the number itself.",
        examples=["106540352242922"],
    )

    @property
    def signing(self) -> str | None:
        return self.app_secret.secret

    @property
    def detail(self) -> str | None:
        return self.phone_number_id


class Web(Section):
    """The chat of Botyard's own page and API, which every bot has."""

    public: bool = Field(
        False, description="Whether people without an account may chat, at `/c/<id>`, within the budget."
    )
    origins: Annotated[tuple[Origin, ...], AsTuple] = Field(
        (),
        max_length=20,
        description="Sites that may show the public chat; none may, where none is named.",
        examples=[["https://www.example.com"]],
    )


class Channels(Section):
    """Where people reach the bot."""

    telegram: Telegram | None = Field(None, description="A Telegram bot.")
    discord: Discord | None = Field(None, description="A Discord bot.")
    slack: Slack | None = Field(None, description="A Slack app.")
    whatsapp: WhatsApp | None = Field(None, description="A WhatsApp Business number.")
    web: Web = Field(Web(), description="The chat of Botyard's own page and API.")

    def platforms(self) -> Iterator[tuple[str, Platform]]:
        """The chat platforms that the bot is on, by name."""
        for name in type(self).model_fields:
            if isinstance(value := getattr(self, name), Platform):
                yield name, value


class Access(Section):
    """Who may talk to the bot on a chat platform."""

    policy: Literal["pairing", "allowlist", "open"] = Field(
        "pairing",
        description="`pairing`: whoever sends the code that the owner sees; `allowlist`: those under "
        "`allow`; `open`: everybody.",
    )
    allow: Annotated[tuple[Allowed, ...], AsTuple] = Field(
        (),
        max_length=1000,
        description="Who may talk under `allowlist`: a channel and the id there.",
        examples=[["telegram:1234"]],
    )

    @model_validator(mode="after")
    def _allow_is_read(self) -> Access:
        if self.policy == "allowlist" and not self.allow:
            raise fault('policy allowlist needs at least one entry in allow, such as "telegram:1234"')
        if self.policy != "allowlist" and self.allow:
            raise fault(
                f"allow is for policy allowlist and not read under {self.policy}; remove it or change policy"
            )
        return self


class Memory(Section):
    """What the bot remembers of a conversation."""

    turns: int = Field(30, ge=0, le=500, description="How many earlier turns the model sees.")
    retention_days: int = Field(30, ge=1, le=3650, description="After how many days a message is erased.")


class Budget(Section):
    """What the bot may spend; when it is used up the bot says so and waits."""

    usd_per_day: float = Field(1.0, ge=0, le=100_000, description="Model cost of a day (UTC) in US dollars.")
    tokens_per_day: int = Field(
        200_000, ge=1, le=10_000_000_000, description="Tokens of a day (UTC), in and out."
    )
    turns_per_user_per_hour: int = Field(
        60, ge=1, le=10_000, description="Turns that one person may take in an hour."
    )


class Resources(Section):
    """What the bot's process may use. On one machine these are not enforced."""

    cpu: CpuQuantity = Field(
        "100m", description="Processors, in thousandths (`500m`) or whole (`2`), as text."
    )
    memory: MemoryQuantity = Field("128Mi", description="Memory in `Mi` or `Gi`.")

    @property
    def cpu_millis(self) -> int:
        return cpu_millis(self.cpu)

    @property
    def memory_bytes(self) -> int:
        return memory_bytes(self.memory)


class Scaling(Section):
    """How many copies of the bot run, and when an idle one leaves memory."""

    idle_after: IdleAfter = Field(
        "5m", description="After which time without work the bot's process ends; one machine only."
    )
    min_replicas: int = Field(1, ge=1, le=1, description="The fewest copies.")
    max_replicas: int = Field(1, ge=1, le=1, description="The most copies.")
    target_cpu_percent: int = Field(70, ge=1, le=100, description="The load at which a copy is added.")

    @property
    def idle_seconds(self) -> int:
        return seconds(self.idle_after)


class BotSpec(Section):
    """What an owner decides about one bot."""

    version: int = Field(ge=1, le=1, description="The version of this format.", examples=[1])
    name: Name = Field(
        description="The bot's name among its owner's bots; it never changes.", examples=["support"]
    )
    template: TemplateId | None = Field(
        None,
        description="The template that the bot was made from; a note, nothing is read from it.",
        examples=["customer-support"],
    )
    description: Line = Field(
        "",
        description="One line about the bot, for people; Telegram shows it too.",
        examples=["Answers questions about orders"],
    )
    instructions: Text = Field(
        description="What the bot is and how it should answer: plain text, given to the model as it is.",
        examples=["You are the support assistant of a bookshop."],
    )
    model: Model = Field(Model(), description="The model that answers; left out, the embedded brain.")
    transcription: Transcription | None = Field(
        None, description="What makes text of voice messages; left out, only a model that hears takes them."
    )
    channels: Channels = Field(Channels(), description="Where people reach the bot.")
    access: Access = Field(Access(), description="Who may talk to the bot on a chat platform.")
    memory: Memory = Field(Memory(), description="What the bot remembers.")
    tools: Annotated[tuple[dict[str, object], ...], AsTuple] = Field(
        (), max_length=0, description="Tools that the bot may use; not available yet."
    )
    knowledge: Annotated[tuple[dict[str, object], ...], AsTuple] = Field(
        (), max_length=0, description="Documents to look things up in; not available yet."
    )
    budget: Budget = Field(Budget(), description="What the bot may spend.")
    resources: Resources = Field(Resources(), description="What the bot's process may use.")
    scaling: Scaling = Field(
        Scaling(), description="How many copies run, and when an idle one leaves memory."
    )
    environment: dict[VariableName, Annotated[str, Field(max_length=4096)]] = Field(
        {},
        max_length=64,
        description="Variables of the bot's process, exported as `BOT_<NAME>`. Not for secrets: "
        "Git keeps them in clear.",
        examples=[{"STORE": "eu"}],
    )
    cluster: Literal["local"] | None = Field(
        None, description="The cluster that the bot runs on; left out, the fleet's default."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least severe events that the bot's log shows."
    )
    paused: bool = Field(False, description="Whether the bot is stopped, keeping all it has.")
    restart: Time | None = Field(
        None,
        description="A time, in quotes; changing it restarts the bot.",
        examples=["2026-11-21T10:00:00Z"],
    )

    def secrets(self) -> Iterator[tuple[str, str]]:
        """Each use of a secret as (JSON pointer, name), in the document's order."""
        if self.model.key:
            yield "/model/key", self.model.key.secret
        for index, fallback in enumerate(self.model.fallbacks):
            if fallback.key:
                yield f"/model/fallbacks/{index}/key", fallback.key.secret
        if self.transcription and self.transcription.key:
            yield "/transcription/key", self.transcription.key.secret
        for name, platform in self.channels.platforms():
            for key, secret in platform.secrets():
                yield f"/channels/{name}/{key}", secret

    def secret_names(self) -> frozenset[str]:
        """The names of all secrets that the bot uses."""
        return frozenset(name for _, name in self.secrets())
