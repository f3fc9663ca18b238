"""The model: what must hold of every history, whatever was killed. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.durability.facts import Facts
from tests.durability.history import History

ECHO = "echo: "


@dataclass(frozen=True, slots=True)
class Violation:
    """`kind` is lost, doubled or wrong; `word` finds the relevant part of the history."""

    kind: str
    what: str
    word: str


def violations(history: History, facts: Facts) -> list[Violation]:
    """Everything that a seed broke."""
    found = [*_messages(history, facts), *_doubts(history, facts), *_usage(history, facts)]
    found += [*_writes(history, facts), *_git(facts), *_agreement(facts), *_wanted(history, facts)]
    return found + [Violation("wrong", fault, f"seed {history.seed}") for fault in history.faults]


def uncertain(history: History, facts: Facts) -> int:
    """How many sends of this seed's messages are recorded as uncertain."""
    return sum(facts.uncertain[said.bot, said.key] for said in history.said)


def _messages(history: History, facts: Facts) -> Iterator[Violation]:
    replies: dict[tuple[str, str], list[str]] = defaultdict(list)
    for sent in sorted(history.sent, key=lambda each: each.at):
        replies[sent.bot, sent.place].append(sent.text.removeprefix(ECHO))
    asked: dict[tuple[str, str], list[str]] = defaultdict(list)
    for said in history.said:
        asked[said.bot, said.place].append(said.text)
        times = replies[said.bot, said.place].count(said.text)
        excused = facts.uncertain[said.bot, said.key]
        if times == 0:
            yield Violation("lost", f"{said.text} in {said.place} was not answered", said.text)
        elif times - 1 > excused:
            what = f"{said.text} was answered {times} times, {excused} sends recorded as uncertain"
            yield Violation("doubled", what, said.text)
    for place, texts in replies.items():
        strange = [text for text in texts if text not in asked[place]]
        for text in strange:
            yield Violation("wrong", f"{place} was sent {text!r}, which nobody there had asked", text)
        first = [text for text in dict.fromkeys(texts) if text not in strange]
        expected = [text for text in asked[place] if text in first]
        if first != expected:
            at = next(i for i, (one, other) in enumerate(zip(first, expected, strict=True)) if one != other)
            what = f"{place} was answered {first[at : at + 3]} where {expected[at : at + 3]} was asked"
            yield Violation("wrong", f"the order is lost: {what}", first[at])


def _doubts(history: History, facts: Facts) -> Iterator[Violation]:
    """A kill ends one worker of a bot, which has one send under way: it leaves one in doubt at most."""
    kills = sum(hit.what == "kill" for hit in history.hits)
    doubts = Counter(said.bot for said in history.said for _ in range(facts.uncertain[said.bot, said.key]))
    for bot, times in doubts.items():
        if times > kills:
            yield Violation("wrong", f"{bot} has {times} sends in doubt after {kills} kills", bot)
    for report, times in facts.reports.items():
        if times > 1:
            yield Violation("doubled", f"the report {report} was counted {times} times", report)


def _usage(history: History, facts: Facts) -> Iterator[Violation]:
    for said in history.said:
        times = facts.usage[said.bot, said.key]
        if times != 1:
            kind = "doubled" if times else "lost"
            yield Violation(kind, f"the usage of {said.text} was counted {times} times", said.text)


def _writes(history: History, facts: Facts) -> Iterator[Violation]:
    commits = Counter(each.operation for each in facts.commits if each.operation)
    known = Counter(write.operation for write in history.writes if write.operation)
    for write in history.writes:
        if write.operation is None:
            yield Violation("wrong", f"{write.what} was not taken: {write.refused}", write.what)
            continue
        operation = facts.operations.get(write.operation)
        named = f"{write.what} ({write.operation})"
        if known[write.operation] > 1:
            yield Violation("wrong", f"{named} answers for more than one write", write.operation)
        if operation is None:
            yield Violation("lost", f"{named} was acknowledged and is not stored", write.operation)
        elif operation.state == "failed":
            yield Violation("wrong", f"{named} failed: {operation.error}", write.operation)
        elif not operation.settled:
            yield Violation("lost", f"{named} was acknowledged and is not settled", write.operation)
        elif commits[write.operation] == 0 or operation.commit is None:
            yield Violation("lost", f"{named} succeeded without a commit on main", write.operation)
        elif commits[write.operation] > 1:
            what = f"{named} has {commits[write.operation]} commits on main"
            yield Violation("doubled", what, write.operation)


def _git(facts: Facts) -> Iterator[Violation]:
    on_main = {each.oid for each in facts.commits}
    for operation in facts.operations.values():
        if operation.commit is not None and operation.commit not in on_main:
            what = f"the commit {operation.commit} of {operation.id} is not on main"
            yield Violation("lost", what, operation.id)
    for commit in facts.commits:
        if commit.operation is not None and commit.operation not in facts.operations:
            yield Violation("wrong", f"{commit.oid} names an operation that is not stored", commit.oid)
        # The first commit is nobody's; what has no trailer after it was pushed, and is one operation too.
        taken = [each.id for each in facts.operations.values() if each.commit == commit.oid]
        if commit.operation is None and commit.parents and len(taken) != 1:
            kind = "doubled" if taken else "lost"
            yield Violation(kind, f"{commit.oid}, which was pushed, is the operations {taken}", commit.oid)
        if commit.parents > 1:
            yield Violation("wrong", f"main is not linear at {commit.oid}", commit.oid)
    if sum(not each.parents for each in facts.commits) != 1:
        yield Violation("wrong", "main has not one beginning", "main")
    if facts.fsck:
        yield Violation("wrong", f"git fsck: {facts.fsck}", "fsck")
    for place in facts.differences:
        yield Violation("wrong", f"{place} is not what main renders to", place)


def _agreement(facts: Facts) -> Iterator[Violation]:
    pairs: tuple[tuple[str, Mapping[str, str], str, Mapping[str, str] | None], ...] = (
        ("main", facts.on_main, "the index", facts.indexed),
        ("the deploy branches", facts.released, "the engine", facts.applied),
        ("the deploy branches", facts.released, "the hive", facts.running),
    )
    for one, first, other, second in pairs:
        for bot in sorted(first.keys() | second.keys()) if second is not None else ():
            if second is not None and first.get(bot) != second.get(bot):
                what = f"{one} has {bot} at {first.get(bot)}, {other} at {second.get(bot)}"
                yield Violation("wrong", what, bot)


def _wanted(history: History, facts: Facts) -> Iterator[Violation]:
    for bot, description in history.wanted.items():
        found = facts.descriptions.get(bot)
        if found != description:
            yield Violation("lost", f"{bot} is {found!r} on main where {description!r} was last written", bot)
