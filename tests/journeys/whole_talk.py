"""The whole of what a person does with a bot on a platform, in one play; a platform brings its `Place`."""

from __future__ import annotations

from dataclasses import dataclass

from tests.journeys import parts
from tests.journeys.api import step
from tests.journeys.person import Place, Scene
from tests.journeys.processes import eventually, kill_worker
from tests.journeys.world import World
from tests.simulators.media import picture, voice

SLOWLY = "Tell me slowly of the parcel that went by way of Rome to Lisbon"
SCENES: frozenset[Scene] = frozenset({"growing", "group", "voice", "stop"})


def play(botyard: World, place: Place) -> None:
    """Pairing, question, growing answer, photo, voice, code, group, commands, a restart amid an answer."""
    talk = _Talk(botyard, place, f"play-{place.name}")
    talk.deploy()
    talk.pair()
    talk.ask()
    if "growing" in place.scenes:
        talk.watch_it_grow()
    talk.show_a_picture()
    if "voice" in place.scenes:
        talk.speak()
    talk.ask_for_code()
    if "group" in place.scenes:
        talk.meet_in_a_group()
    talk.reset()
    if "stop" in place.scenes:
        talk.stop()
    talk.go_on_after_a_restart()


@dataclass
class _Talk:
    botyard: World
    place: Place
    name: str

    def __post_init__(self) -> None:
        self.bot = f"admin.{self.name}"
        self.owner, self.stranger = self.place.person(1), self.place.person(2)

    def deploy(self) -> None:
        spec = self.botyard.spec(self.name, "talk", channels=dict(self.place.channels))
        spec["model"]["sees"] = True
        spec["transcription"] = {
            "provider": "openai-compatible", "name": "whisper", "base_url": self.botyard.model_url,
        }  # fmt: skip
        operation = self.botyard.api.deploy(spec, self.place.secrets)
        assert step(operation, "connected")["state"] == "succeeded"
        self.place.set_up(self.bot)

    def pair(self) -> None:
        """A stranger is told that the bot is private; who comes with the code owns it."""
        self.stranger.say("Are you there?")
        (refused,) = self.stranger.reads(1)
        assert "Are you there?" not in refused
        access = self.botyard.api.read(f"/bots/{self.bot}/access")
        self.owner.pair(access["pairing"]["links"].get(self.place.name), access["pairing"]["code"])
        assert len(self.owner.reads(1)) == 1
        people = self.botyard.api.read(f"/bots/{self.bot}/access")["people"]
        assert [(each["sender"], each["role"]) for each in people] == [(self.owner.id, "owner")]

    def ask(self) -> None:
        self._answered("Where is my parcel?", "echo: Where is my parcel?")

    def watch_it_grow(self) -> None:
        whole = f"echo: {SLOWLY}"
        self._answered(SLOWLY, whole)
        grown = [text for text in self.place.grown(self.owner) if text != whole]
        assert grown, "it could be read while it was written"
        assert not [text for text in grown if not whole.startswith(text.rstrip("…").rstrip())], grown

    def show_a_picture(self) -> None:
        before = len(self.owner.reads())
        self.owner.send(picture("a red parcel"), "What is this?")
        assert "What is this?" in self._reads(before, "a picture of a red parcel")

    def speak(self) -> None:
        before = len(self.owner.reads())
        self.owner.send(voice("Where is my other parcel?"))
        self._reads(before, "Where is my other parcel?")

    def ask_for_code(self) -> None:
        before = len(self.owner.reads())
        self.owner.say("Tell me all, in code")
        eventually(
            "the end arrives", lambda: "That is the whole way." in "".join(self.owner.reads()), within=60
        )
        said = self.owner.reads()[before:]
        whole = "\n".join(said)
        for n in range(1, 15):
            assert whole.count(f"def step_{n}(parcel: str) -> str:") == 1
        places = [whole.index(f"def step_{n}(") for n in range(1, 15)]
        assert places == sorted(places)
        self.place.check_long(said)

    def meet_in_a_group(self) -> None:
        """It answers who calls it by name, and leaves alone what people say to one another."""
        self.owner.chatter("Has somebody seen my parcel?")
        self.owner.mention("where is it?")
        said = eventually("it is answered", lambda: self.place.group(1))
        assert [text.startswith("echo: ") and text.endswith("where is it?") for text in said] == [True], said

    def reset(self) -> None:
        before = len(self.owner.reads())
        self.owner.command("reset")
        self._reads(before, "new conversation")

    def stop(self) -> None:
        before, asked = len(self.owner.reads()), self._asked()
        self.owner.say(f"{SLOWLY}, and then {SLOWLY}")
        eventually("the model is asked", lambda: self._asked() > asked)
        self.owner.command("stop")
        assert SLOWLY not in self._reads(before, "(Stopped.)").partition(" and then ")[2]

    def go_on_after_a_restart(self) -> None:
        """What hands out messages and the worker die amid an answer: it comes whole, and comes once."""
        before, asked = len(self.owner.reads()), self._asked()
        self.owner.say(f"{SLOWLY}, once more")
        eventually("the model is asked", lambda: self._asked() > asked)
        kill_worker(self.botyard.home, self.bot)
        parts.kill(self.botyard.home, "dispatcher")
        self.owner.say("Are you there again?")
        wanted = [f"echo: {SLOWLY}, once more", "echo: Are you there again?"]
        eventually("both are answered", lambda: self.owner.reads()[before:][-1:] == wanted[-1:], within=60)
        assert self.owner.reads()[before:] == wanted

    def _asked(self) -> int:
        return len(self.botyard.models.requests("talk"))

    def _answered(self, question: str, answer: str) -> None:
        before = len(self.owner.reads())
        self.owner.say(question)
        assert self._reads(before, answer) == answer

    def _reads(self, before: int, expected: str) -> str:
        """The one message that has come since then, once this is in it: where it grows it comes by and by."""
        read = self.owner.reads
        eventually(expected, lambda: expected in "".join(read(before + 1)[before:]))
        (said,) = read()[before:]
        return said
