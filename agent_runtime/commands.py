"""What people can tell a bot instead of asking it: the same on every platform that has commands."""

from __future__ import annotations

from agent_runtime.spec import BotSpec

START, HELP, RESET, STOP, USAGE = "start", "help", "reset", "stop", "usage"
# As a platform's menu shows them.
COMMANDS = {
    HELP: "What I am, and what you can tell me",
    RESET: "Start a new conversation",
    STOP: "Stop what I am writing",
    USAGE: "What was used today",
}

KNOWN = frozenset({START, *COMMANDS})

FORGOTTEN = "A new conversation: I no longer go by what was said before."
NOTHING_RUNS = "I am not writing anything that could be stopped."


def greeting_of(spec: BotSpec) -> str:
    return f"{_about(spec)}\n\nAsk me something."


def help_of(spec: BotSpec, slash: str) -> str:
    """`slash` is what a command begins with where it is asked for."""
    commands = "\n".join(f"{slash}{name} – {what}" for name, what in COMMANDS.items())
    return f"{_about(spec)}\n\n{commands}"


def usage_of(spec: BotSpec, totals: dict[str, object], taken: int) -> str:
    """`totals` of today as the ledger has them, and the answers that the asker had in the last hour."""
    tokens = int(str(totals["tokens_in"])) + int(str(totals["tokens_out"]))
    left = max(0, spec.budget.turns_per_user_per_hour - taken)
    return (
        f"Today I used {tokens:,} tokens in all. In the last hour you had {taken} answers; "
        f"you may have {left} more."
    )


def _about(spec: BotSpec) -> str:
    about = f" {spec.description}" if spec.description else ""
    return f"Hello! I am {spec.name}.{about}"
