"""Somebody works in a clone of the fleet repository."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from agent_runtime.spec import BotId
from gitops.layout import bot_path
from tests.journeys.api import step
from tests.journeys.clone import Clone
from tests.journeys.processes import eventually
from tests.journeys.world import World

BOT = BotId("admin", "cloned")
FILE = bot_path(BOT)


@pytest.fixture(scope="module")
def clone(botyard: World, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Of a fleet with one bot whose model repeats its instructions."""
    botyard.api.deploy(botyard.spec("cloned", "instructions", instructions="Be patient."))
    return Clone(botyard.url, botyard.token, tmp_path_factory.mktemp("git") / "fleet")


@pytest.fixture
def file(clone: Clone) -> Iterator[Path]:
    """The bot's `bot.yaml` in an up-to-date clone."""
    clone.fresh()
    yield clone.folder / FILE
    clone.fresh()


def test_a_pushed_change_is_lived_by_and_told_in_the_history(
    botyard: World, clone: Clone, file: Path
) -> None:
    file.write_text("# Ours since 2024\n" + file.read_text().replace("Be patient.", "Be brisk."))
    commit = clone.commit("Be brisk with them")
    pushed = clone.tries("push", "origin", "main")
    assert pushed.returncode == 0, pushed.stderr.decode()

    eventually("the bot follows", lambda: "Be brisk." in botyard.api.chat(str(BOT), "How are you?")["text"])
    newest = botyard.api.read(f"/bots/{BOT}/history")["items"][0]
    assert newest["commit"] == commit
    assert newest["author"].startswith("Ann Author")
    assert newest["message"].startswith("Be brisk with them")
    assert [change["pointer"] for change in newest["changes"]] == ["/instructions"]
    operation = botyard.api.operation(botyard.api.read(f"/bots/{BOT}")["status"]["operation"])
    assert (operation["state"], operation["source"], operation["commit"]) == ("succeeded", "push", commit)
    assert step(operation, "answered")["state"] == "succeeded"

    botyard.api.write("PATCH", f"/bots/{BOT}", {"spec": {"log_level": "debug"}})
    clone.fresh()
    assert file.read_text().startswith("# Ours since 2024\n"), "a person's comment survives our edit"


PLAIN = [
    "1e3",
    "0o17",
    "0x1F",
    "1_000",
    "12:30:45",
    "2001-01-01",
    "yes",
    "~",
    "${VAR}",
    "{{ .Values.x }}",
    ".inf",
]


def test_what_yaml_may_take_for_something_else(botyard: World, clone: Clone, file: Path) -> None:
    """Written without quotes: the worker reads these very characters, or the push is refused."""
    read = 0
    for text in PLAIN:
        clone.fresh()
        lines = [line for line in file.read_text().splitlines() if "Be " not in line]
        kept = [line for line in lines if not line.startswith("instructions:")]
        file.write_text("\n".join([*kept, f"instructions: {text}", ""]))
        clone.commit(f"Write {text}")
        pushed = clone.tries("push", "origin", "main")
        if pushed.returncode:
            assert f"{FILE}:" in pushed.stderr.decode()
            continue
        read += 1
        _await_instructions(botyard, text)
    assert read, "some of these are plain text by YAML's rules"


def _await_instructions(botyard: World, text: str) -> None:
    eventually(f"{text!r} arrives", lambda: _instructions(botyard) == text)


def _instructions(botyard: World) -> str:
    return str(botyard.api.chat(str(BOT), "What are you told?")["text"])


def test_a_bot_is_made_and_deleted_by_pushes(botyard: World, clone: Clone, file: Path) -> None:
    made = BotId("admin", "pushed")
    folder = (clone.folder / bot_path(made)).parent
    folder.mkdir()
    (folder / "bot.yaml").write_text(_renamed(file, "pushed"))
    clone.commit("Add a bot")
    clone.git("push", "origin", "main")
    eventually("it is live", lambda: _phase(botyard, made) in {"live", "idle"})
    clone.git("rm", "-rq", str(folder.relative_to(clone.folder)))
    clone.commit("Remove it again")
    clone.git("push", "origin", "main")
    eventually("it is gone", lambda: _phase(botyard, made) is None)


def _phase(botyard: World, bot: BotId) -> str | None:
    answer = botyard.api.ask("GET", f"/bots/{bot}")
    return str(answer.json()["status"]["phase"]) if answer.status_code == 200 else None


def _renamed(file: Path, name: str) -> str:
    text, count = re.subn(r'^name: "cloned"$', f'name: "{name}"', file.read_text(), flags=re.MULTILINE)
    assert count == 1
    return text


Mutation = Callable[[Clone, Path], None]


def _append(text: str) -> Mutation:
    def mutate(clone: Clone, file: Path) -> None:
        with file.open("a", encoding="utf-8", newline="") as opened:
            opened.write(text)

    return mutate


def _write(path: str, content: str = "x\n") -> Mutation:
    def mutate(clone: Clone, file: Path) -> None:
        target = clone.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)

    return mutate


def _copied_to(name: str) -> Mutation:
    """The same bot in a folder of another name, the name inside changed with it."""

    def mutate(clone: Clone, file: Path) -> None:
        target = file.parent.parent / name
        target.mkdir()
        (target / "bot.yaml").write_text(_renamed(file, name))

    return mutate


def _link(clone: Clone, file: Path) -> None:
    file.unlink()
    file.symlink_to("/etc/passwd")


def _submodule(clone: Clone, file: Path) -> None:
    head = clone.git("rev-parse", "HEAD").strip()
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{head},users/ad/admin/module")


def _executable(clone: Clone, file: Path) -> None:
    file.chmod(0o755)


BAD: dict[str, tuple[Mutation, tuple[str, ...]]] = {
    "unknown key": (_append("instruction: twice\n"), (FILE, "instruction", "instructions")),
    "duplicate key": (_append("name: cloned\n"), (FILE, "name")),
    "anchor": (_append("description: &a hello\n"), (FILE, "anchor")),
    "alias": (_append("description: *a\n"), (FILE,)),
    "tag": (_append("description: !!python/name:os.system x\n"), (FILE, "tag")),
    "second document": (_append("---\nversion: 1\n"), (FILE, "document")),
    "merge key": (_append("budget: {<<: {usd_per_day: 2}}\n"), (FILE,)),
    "NUL": (_append("description: a\0b\n"), (FILE,)),
    "wrong type": (_append("memory: {turns: many}\n"), (FILE, "/memory/turns")),
    "not built yet": (_append("knowledge: [x]\n"), (FILE, "not available yet")),
    "a secret in clear": (_append("channels: {telegram: {token: 1:a}}\n"), (FILE, "/channels/telegram")),
    "file outside the layout": (_write("notes.txt"), ("notes.txt",)),
    "file beside bot.yaml": (_write("users/ad/admin/cloned/run.sh"), ("run.sh",)),
    "attributes": (_write(".gitattributes", "* filter=x\n"), (".gitattributes",)),
    "a sealed secret": (_write("users/ad/admin/cloned/secrets/KEY.sops.yaml"), ("KEY.sops.yaml",)),
    "wrong folder": (_write("users/xx/admin/a/bot.yaml", "version: 1\nname: a\n"), ("users/xx",)),
    "bad name": (_copied_to("Upper"), ("Upper",)),
    "composed name": (_copied_to(unicodedata.normalize("NFC", "café")), ("caf",)),
    "decomposed name": (_copied_to(unicodedata.normalize("NFD", "café")), ("caf",)),
    "long name": (_copied_to("a" * 200), ("aaaa",)),
    "link": (_link, (FILE,)),
    "submodule": (_submodule, ("users/ad/admin/module",)),
    "executable": (_executable, (FILE,)),
    "huge": (_append("# " + "x" * 300_000 + "\n"), (FILE,)),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_push_is_refused_with_file_and_reason(clone: Clone, file: Path, case: str) -> None:
    mutate, expected = BAD[case]
    before = clone.refs()
    mutate(clone, file)
    if case != "submodule":
        clone.git("add", "-A")
    clone.git("commit", "-q", "-m", case)
    said = _refused(clone, "push", "origin", "main")
    assert not [word for word in expected if word not in said], said
    assert clone.refs() == before


def test_the_line_is_told(clone: Clone, file: Path) -> None:
    line = len(file.read_text().splitlines()) + 1
    _append("instruction: twice\n")(clone, file)
    clone.commit("A slip")
    assert f"{FILE}:{line}" in _refused(clone, "push", "origin", "main")


def test_only_main_forward_is_for_people(botyard: World, clone: Clone, file: Path) -> None:
    before = clone.refs()
    deploy = next(line.split()[1] for line in before.splitlines() if "refs/heads/deploy/" in line)
    _append("memory: {turns: 3}\n")(clone, file)
    clone.commit("Something else")
    _refused(clone, "push", "origin", f"main:{deploy}")
    _refused(clone, "push", "origin", "main:refs/heads/deploy/local/ff")
    _refused(clone, "push", "origin", "main:refs/botyard/rendered")
    _refused(clone, "push", "origin", "main:refs/tags/v1")
    _refused(clone, "push", "origin", ":main")
    _refused(clone, "push", "origin", f":{deploy}")
    clone.git("checkout", "-q", "--orphan", "other")
    clone.git("commit", "-q", "-m", "Another history")
    _refused(clone, "push", "--force", "origin", "other:main")
    clone.git("checkout", "-qf", "main")
    clone.git("reset", "-q", "--hard", "origin/main~1")
    _refused(clone, "push", "--force", "origin", "main")
    assert clone.refs() == before


def test_without_the_right_token_there_is_no_repository(botyard: World) -> None:
    refs = f"{botyard.url}/git/fleet.git/info/refs"
    reader = botyard.api.ask("POST", "/tokens", {"name": "reader", "scopes": ["git:read"]}).json()["token"]
    bots = botyard.api.ask("POST", "/tokens", {"name": "bots", "scopes": ["bots:read"]}).json()["token"]

    def status(service: str, password: str | None) -> int:
        auth = ("anybody", password) if password else None
        return httpx2.get(refs, params={"service": service}, auth=auth, trust_env=False).status_code

    assert status("git-upload-pack", None) == 401
    assert status("git-upload-pack", "byt_" + "x" * 30) == 401
    assert status("git-upload-pack", bots) == 403
    assert status("git-upload-pack", reader) == 200
    assert status("git-receive-pack", reader) == 403
    assert status("git-receive-pack", botyard.token) == 200


def _refused(clone: Clone, *arguments: str) -> str:
    done = clone.tries(*arguments)
    assert done.returncode != 0, f"accepted: git {' '.join(arguments)}"
    return " ".join(done.stderr.decode().split())
