"""Names and ids: one narrow rule, and ids that can't collide."""

from __future__ import annotations

import pytest

from agent_runtime.spec import BotId, SpecError, check_name, is_secret_name, pointer


@pytest.mark.parametrize("name", ["a", "a1", "support", "a-b", "a--b", "a" * 32])
def test_good_names(name: str) -> None:
    assert check_name(name) == name
    assert BotId.parse(f"{name}.{name}") == BotId(name, name)
    assert str(BotId(name, name)) == f"{name}.{name}"


@pytest.mark.parametrize(
    "text",
    ["", "alice", ".", "alice.", ".support", "alice.support.x", "Alice.support", "alice.support\n",
     " alice.support", "alice/support", "alice..support", "../x.y",
     "alice.-x", f"{'a' * 33}.b", "ali\u0441e.support",
     "cafe\u0301.x"],
)  # fmt: skip
def test_bad_ids(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        BotId.parse(text)
    assert "such as alice.support" in str(caught.value)


def test_an_id_is_checked_however_it_is_made() -> None:
    with pytest.raises(SpecError) as caught:
        BotId("alice", "../x")
    assert [problem.pointer for problem in caught.value.problems] == ["/name"]
    with pytest.raises(SpecError) as caught:
        BotId("a.b", "c")
    assert [problem.pointer for problem in caught.value.problems] == ["/owner"]


def test_ids_are_ordered_and_do_not_collide() -> None:
    assert sorted([BotId("b", "a"), BotId("a-b", "c"), BotId("a", "b-c")]) == [
        BotId("a", "b-c"),
        BotId("a-b", "c"),
        BotId("b", "a"),
    ]
    assert str(BotId("a-b", "c")) != str(BotId("a", "b-c"))


@pytest.mark.parametrize(
    ("name", "good"),
    [("A", True), ("A" * 64, True), ("OPENAI_API_KEY", True), ("A1", True), ("A" * 65, False), ("1A", False),
     ("_A", False), ("A_", False), ("a", False), ("A-B", False), ("", False), ("A\n", False), ("A.B", False)],
)  # fmt: skip
def test_secret_names(name: str, good: bool) -> None:
    assert is_secret_name(name) is good


def test_pointers() -> None:
    assert pointer() == ""
    assert pointer("a/b", 0, "c~d", "") == "/a~1b/0/c~0d/"
