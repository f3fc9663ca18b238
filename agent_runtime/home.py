"""Where everything of one machine lies: the folder `BOTYARD_HOME` and the sockets beside it.

The control plane, the engine and the hive agree on these paths and on nothing else of each other's disk.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

# A Unix socket's path holds 108 bytes on Linux and 104 on macOS (sun_path in sys/un.h), ending NUL included.
_LONGEST_RUN_DIR = 80


@dataclass(frozen=True)
class Home:
    """The state of one machine. `root` is absolute; nothing is created by looking a path up."""

    root: Path

    @classmethod
    def at(cls, root: Path | str) -> Home:
        return cls(Path(root).expanduser().resolve())

    @property
    def fleet(self) -> Path:
        """The bare fleet repository that this machine hosts."""
        return self.root / "fleet.git"

    @property
    def control_database(self) -> Path:
        return self.root / "control.db"

    @property
    def age_key(self) -> Path:
        """The private age key, for the keeper alone."""
        return self.root / "keys" / "age.key"

    @property
    def age_recipient(self) -> Path:
        """The public age key, all that the control plane needs for sealing."""
        return self.root / "keys" / "age.pub"

    @property
    def credentials(self) -> Path:
        """The command line's saved sign-in, readable by its owner only."""
        return self.root / "credentials.json"

    @property
    def restoring(self) -> Path:
        """There while a backup is restored, and after a restore that was cut short: the home is not whole."""
        return self.root / "restoring"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def mail_database(self) -> Path:
        """The durable inbox; the dispatcher is its single writer."""
        return self.root / "hive" / "mail.db"

    @property
    def discord(self) -> Path:
        """How far each bot has heard Discord's gateway, and how many calls Discord has refused of late."""
        return self.root / "hive" / "discord"

    @property
    def engine_state(self) -> Path:
        return self.root / "engine"

    @property
    def bots(self) -> Path:
        return self.root / "hive" / "bots"

    def bot(self, bot_id: str) -> Path:
        """The folder of the bot `<owner>.<name>`: its revisions, its `bot.db`, its log."""
        owner, name = bot_id.split(".")
        return self.bots / owner / name

    def revision(self, bot_id: str, revision: str) -> Path:
        """One release as the engine wrote it: `bot.yaml` and `secrets/<NAME>.sops.yaml`."""
        return self.bot(bot_id) / "revisions" / revision

    @property
    def run(self) -> Path:
        """The folder of sockets: `run/` in the home, or a short stand-in where that path is too long."""
        inside = self.root / "run"
        if len(os.fsencode(inside)) <= _LONGEST_RUN_DIR:
            return inside
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"botyard-{os.getuid()}-{digest}"

    def socket(self, name: str) -> Path:
        """The Unix socket of a part, such as `control`, `webhook`, `hive`, `engine`, `keeper`, `brain`."""
        return self.run / f"{name}.sock"
