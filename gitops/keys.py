"""The age key pair of one machine: the control plane seals with the public half, the engine side opens."""

from __future__ import annotations

import pyrage

from agent_runtime.files import write_whole
from agent_runtime.home import Home


def make_keys(home: Home) -> str:
    """The public key, made together with the private one if there is none yet.

    The private key is written first and readable by its owner only; the public one is derived from it, so
    that a half-done start is completed and never replaces a key. Where somebody put the public key alone, it
    is taken: the private one is with a cluster's Flux.
    """
    if home.age_recipient.exists() and not home.age_key.exists():
        return str(pyrage.x25519.Recipient.from_str(home.age_recipient.read_text().strip()))
    home.age_key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not home.age_key.exists():
        write_whole(home.age_key, f"{pyrage.x25519.Identity.generate()}\n", durable=True)
    recipient = str(pyrage.x25519.Identity.from_str(home.age_key.read_text().strip()).to_public())
    if not home.age_recipient.exists() or home.age_recipient.read_text().strip() != recipient:
        write_whole(home.age_recipient, f"{recipient}\n", mode=0o644, durable=True)
    return recipient
