"""What a backup says of itself, inside the encryption."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from control_api.settings import ControlSettings

NAME = "about/manifest.json"
# Settings that the restored Botyard needs too, as far as they hold no secret.
_PLATFORMS = ("telegram_api_url", "discord_api_url", "slack_api_url", "whatsapp_api_url")
_SETTINGS = ("host", "port", "public_url", "fleet_remote", *_PLATFORMS)


@dataclass(frozen=True)
class Manifest:
    """`schema` is the migration that the rows of the database are of; `settings` those of whoever took it."""

    botyard: str
    made_at: str
    schema: str
    settings: dict[str, str]

    @classmethod
    def now(cls, settings: ControlSettings, schema: str) -> Manifest:
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(version("botyard"), made_at, schema, _shown(settings))

    @classmethod
    def read(cls, content: bytes) -> Manifest:
        return cls(**json.loads(content))

    def written(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    def differs(self, settings: ControlSettings) -> list[str]:
        """The settings that had another value where the backup was taken, as lines to set them."""
        here = _shown(settings)
        return [
            f"BOTYARD_{name.upper()}={value}"
            for name, value in self.settings.items()
            if here.get(name) != value
        ]


def _shown(settings: ControlSettings) -> dict[str, str]:
    return {name: str(getattr(settings, name)) for name in _SETTINGS}
