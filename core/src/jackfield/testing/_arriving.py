"""Whether what is asked arrives: a word of its own in each wish, looked for in the bytes at the remote."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, Final

import attrs

from .._capability import Capability
from .._messages import Message
from .._parts import AudioPart, FilePart, ImagePart
from .._wishes import Tool
from ._remote import ShowingRemote
from ._trial import Promise, Trial, expect

_PICTURE: Final = b"\x89PNG\r\n\x1a\n-a-picture-of-the-kit"
_NOTES: Final = b"a-file-of-the-kit"
_SOUND: Final = b"RIFF-a-sound-of-the-kit"


class _Arrives(Promise):
    needs_remote = True

    def not_tried(self, trial: Trial) -> str:
        """Why nothing can be looked at."""
        reason = super().not_tried(trial)
        shows = isinstance(trial.remote, ShowingRemote)
        return reason or ("" if shows else "the remote does not show what arrived")


@attrs.frozen
class _Wish:
    """A wish, and how it looks on the wire: any of some byte strings."""

    field: str
    needs: Capability | None
    settings: dict[str, Any]
    looks: tuple[bytes, ...]


def _encoded(data: bytes) -> tuple[bytes, ...]:
    return data, base64.b64encode(data), base64.urlsafe_b64encode(data)


def _wishes(message: str) -> Iterator[_Wish]:
    """Yield what a request can ask for, each with a value that nothing else on the wire has."""
    tool = Tool("tool_of_the_kit", "Tells the time.", {"type": "object", "properties": {}})
    form = {
        "type": "object",
        "properties": {"field_of_the_kit": {"type": "string"}},
        "required": ["field_of_the_kit"],
        "additionalProperties": False,
    }
    yield _Wish("model", None, {"model": "model-of-the-kit"}, (b"model-of-the-kit",))
    yield _Wish("max_tokens", Capability.MAX_TOKENS, {"max_tokens": 4321}, (b"4321",))
    yield _Wish("temperature", Capability.TEMPERATURE, {"temperature": 0.4321}, (b"0.4321",))
    yield _Wish("top_p", Capability.TOP_P, {"top_p": 0.8765}, (b"0.8765",))
    yield _Wish("seed", Capability.SEED, {"seed": 7654321}, (b"7654321",))
    stop = {"stop_sequences": "stop-of-the-kit"}
    yield _Wish("stop_sequences", Capability.STOP_SEQUENCES, stop, (b"stop-of-the-kit",))
    yield _Wish("tools", Capability.TOOLS, {"tools": [tool]}, (b"tool_of_the_kit",))
    yield _Wish("output", Capability.STRUCTURED_OUTPUT, {"output": form}, (b"field_of_the_kit",))
    said = [Message("system", "system-of-the-kit"), Message("user", message)]
    yield _Wish("messages", Capability.SYSTEM_MESSAGES, {"messages": said}, (b"system-of-the-kit",))
    for needs, part, data in (
        (Capability.IMAGES, ImagePart(_PICTURE, "image/png"), _PICTURE),
        (Capability.FILES, FilePart(_NOTES, "notes.txt", "text/plain"), _NOTES),
        (Capability.AUDIO, AudioPart(_SOUND, "audio/wav"), _SOUND),
    ):
        yield _Wish("messages", needs, {"messages": Message("user", [message, part])}, _encoded(data))


class SendsWhatIsAsked(_Arrives):
    """Each wish that it claims to grant arrives at the remote, or is refused, or its loss is told."""

    async def try_it(self, trial: Trial) -> None:
        """Wish each thing in a request of its own; look for it in the bytes that arrived."""
        lost = []
        async with trial.opened() as connection:
            for wish in _wishes(trial.message):
                if wish.needs is not None and wish.needs not in trial.capabilities:
                    continue
                before = len(trial.shown())
                response = await connection.answer(**{"messages": trial.message, **wish.settings})
                arrived = trial.shown()[before:]
                is_there = any(look in one.body + one.path.encode() for one in arrived for look in wish.looks)
                told = any(one.field.startswith(wish.field) for one in response.adaptations)
                if arrived and not is_there and not told:
                    lost.append(wish.needs.value if wish.needs else wish.field)
        expect(not lost, f"nothing of it arrived, and nobody was told: {', '.join(lost)}")


class SendsAllMessages(_Arrives):
    """All messages of a history arrive, in their order."""

    needs = Capability.HISTORY

    async def try_it(self, trial: Trial) -> None:
        """Say three things; look for them."""
        words = first, second, third = ("first-of-the-kit", "second-of-the-kit", "third-of-the-kit")
        history = [Message("user", first), Message("assistant", second), Message("user", third)]
        before = len(trial.shown())
        async with trial.opened() as connection:
            await connection.answer(history)
        arrived = b"".join(one.body for one in trial.shown()[before:])
        places = [arrived.find(word.encode()) for word in words]
        lost = [word for word, place in zip(words, places, strict=True) if place < 0]
        expect(not lost, f"{', '.join(lost)} did not arrive")
        expect(places == sorted(places), "they arrived in another order")


class KeepsSecretsFromAddresses(_Arrives):
    """No credential is in an address, which proxies and servers log."""

    async def try_it(self, trial: Trial) -> None:
        """Ask, and look at the addresses."""
        before = len(trial.shown())
        async with trial.opened() as connection:
            await connection.send(trial.message)
        told = [one.path for one in trial.shown()[before:] if trial.told_in(one.path)]
        expect(not told, "an address tells a credential")


ARRIVING: Final[tuple[Promise, ...]] = (SendsWhatIsAsked(), SendsAllMessages(), KeepsSecretsFromAddresses())
