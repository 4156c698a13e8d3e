"""The promises of the provider contract, each as something that can be tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

import anyio
import attrs

from .._accumulator import Accumulator
from .._batches import hold_to_claim
from .._capability import Capability, Need
from .._connection import Connection
from .._events import ResponseFinished, ResponseStarted, TextDelta
from .._exceptions import AuthenticationRequired, ContractBroken, ProviderClosed, Unsupported
from .._findings import Finding
from .._messages import Message
from .._parts import AudioPart, FilePart, ImagePart
from .._plan import HISTORY_NEED, PART_NEEDS, SYSTEM_NEED
from .._provider import ProviderContext, ProviderSpec
from .._types import ChatRequest
from .._wishes import Tool

_IMAGE: Final = ImagePart(b"\x89PNG\r\n\x1a\n", "image/png")
_FILE: Final = FilePart(b"A jackfield is a panel of sockets.", "notes.txt", "text/plain")

_SOUND: Final = AudioPart(b"RIFF", "audio/wav")


@attrs.frozen
class Trial:
    """What a promise is tried with."""

    spec: ProviderSpec
    capabilities: frozenset[Capability]
    context: ProviderContext | None
    refused_context: ProviderContext | None
    message: str


class Promise:
    """Something that every provider promises, or every one with some capability."""

    needs: ClassVar[Capability | None] = None

    @classmethod
    def applies(cls, trial: Trial) -> bool:
        """Whether the provider makes this promise."""
        return cls.needs is None or cls.needs in trial.capabilities

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Raise `ContractBroken` if the promise is not kept."""
        raise NotImplementedError


def expect(kept: object, otherwise: str) -> None:
    """Raise `ContractBroken` saying *otherwise* unless *kept*."""
    if not kept:
        raise ContractBroken(otherwise)


class Answers(Promise):
    """A stream begins with ResponseStarted, ends with one ResponseFinished, and has text between them."""

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Ask and look at the events."""
        async with connection.open(trial.context), connection.stream(trial.message) as stream:
            events = [event async for event in stream]
        ends = [event for event in events if isinstance(event, ResponseFinished)]
        expect(isinstance(events[0], ResponseStarted), f"the first event is {type(events[0]).__name__}")
        expect(
            len(ends) == 1 and events[-1] is ends[0],
            f"{len(ends)} ResponseFinished, the last event is {events[-1]}",
        )
        folded = Accumulator()
        for event in events:
            folded.add(event)
        expect(folded.text, "there is no text")


class SendsTheSame(Promise):
    """`send` gives a whole response with the provider's name and a time."""

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Ask and look at the response."""
        async with connection.open(trial.context):
            response = await connection.send(trial.message)
        expect(response.success and response.content, "the response is empty")
        expect(response.provider == trial.spec.name, f"the response names {response.provider!r}")
        expect(response.elapsed > 0, "the response took no time")


class SurvivesLeavingEarly(Promise):
    """After a stream was left early the connection has nothing on the wire and answers again."""

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Leave after the first event, then ask again."""
        async with connection.open(trial.context):
            async with connection.stream(trial.message) as stream:
                await stream.__anext__()
            expect(connection.slots.in_flight == 0, "a slot was not given back")
            expect((await connection.send(trial.message)).content, "there is no answer afterwards")


class SurvivesCancellation(Promise):
    """After a request was cancelled the connection has nothing on the wire and answers again."""

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Cancel while waiting for the second event, then ask again."""
        async with connection.open(trial.context):
            with anyio.CancelScope() as scope:
                async with connection.stream(trial.message) as stream:
                    await stream.__anext__()
                    scope.cancel()
                    await stream.__anext__()
            expect(connection.slots.in_flight == 0, "a slot was not given back")
            expect((await connection.send(trial.message)).content, "there is no answer afterwards")


class AnswersAtOnce(Promise):
    """Three requests at once get three answers."""

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Ask three times at once."""
        contents: list[str] = []

        async def ask() -> None:
            contents.append((await connection.send(trial.message)).content)

        async with connection.open(trial.context), anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(ask)
        expect(len(contents) == 3 and all(contents), f"{len(contents)} answers")  # noqa: PLR2004


class Closes(Promise):
    """A closed connection refuses requests, and can be opened again."""

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Open and close twice, then ask."""
        for _ in range(2):
            async with connection.open(trial.context):
                pass
        try:
            await connection.send(trial.message)
        except ProviderClosed:
            return
        raise ContractBroken("a closed connection answered")


class RefusesBeforeSending(Promise):
    """What the provider has no capability for is refused before anything is sent, or left out and told."""

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Ask for each thing that the provider cannot do."""
        async with connection.open(trial.context):
            for need, request in _wishes(trial.message):
                if need.capability in connection.capabilities:
                    continue
                try:
                    response = await connection.send(request)
                except Unsupported:
                    expect(not need.is_hint, f"{need.capability.value} was refused and could be left out")
                else:
                    expect(need.is_hint, f"{need.capability.value} was taken and cannot be honoured")
                    expect(response.adaptations, f"{need.capability.value} was left out and nobody was told")


def _wishes(message: str) -> Iterator[tuple[Need, ChatRequest]]:
    """Yield what a request can ask for, each in a request of its own, by the table of `ChatRequest`."""
    tool = Tool("clock", "Tells the time.", {"type": "object"})
    values: dict[str, Any] = {
        "conversation_id": "1",
        "tools": [tool],
        "tool_choice": "auto",
        "output": {"type": "object"},
        "reasoning": "low",
        "max_tokens": 5,
        "temperature": 0.5,
        "top_p": 0.5,
        "seed": 1,
        "stop_sequences": "x",
    }
    for field in attrs.fields(ChatRequest):
        if need := Need.of(field):
            wish = {field.name: values[field.name]}
            offer = {"tools": values["tools"]} if field.name == "tool_choice" else {}
            yield need, ChatRequest(messages=message, **offer, **wish)
    for part in (_IMAGE, _FILE, _SOUND):
        yield PART_NEEDS[type(part)], ChatRequest(messages=Message("user", [message, part]))
    said = Message("user", message)
    yield SYSTEM_NEED, ChatRequest(messages=[Message("system", "Be brief."), said])
    yield HISTORY_NEED, ChatRequest(messages=[said, Message("assistant", "Hello."), said])


class KeepsSecrets(Promise):
    """No credential shows in the repr of the provider, its connection, its options or its context."""

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Look for the credentials in what can be printed."""
        async with connection.open(trial.context):
            shown = repr((connection._provider, connection, connection.options, trial.context))  # noqa: SLF001
        for secret in trial.context.credentials.values() if trial.context else ():
            expect(secret.reveal() not in shown, "a credential can be printed")


class Examines(Promise):
    """What it finds when it examines itself are findings, and none of them tells a credential."""

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Examine before opening, and again when opened."""
        look = trial.spec.examine
        found = [*(await look(connection.options, connection.name) if look else ())]
        async with connection.open(trial.context):
            found += await connection.examine()
        strange = [type(one).__name__ for one in found if not isinstance(one, Finding)]
        expect(not strange, f"an examination gave {', '.join(strange)}")
        for secret in trial.context.credentials.values() if trial.context else ():
            expect(not any(secret.reveal() in one.told for one in found), "a finding tells a credential")


class RefusesWrongLogin(Promise):
    """A refused login is AuthenticationRequired, and nothing is sent afterwards."""

    @classmethod
    def applies(cls, trial: Trial) -> bool:
        """Whether there is a login to be refused."""
        return trial.refused_context is not None

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Log in wrongly."""
        try:
            async with connection.open(trial.refused_context):
                await connection.send(trial.message)
        except AuthenticationRequired:
            return
        raise ContractBroken("a wrong login was taken")


class KeepsItsClaims(Promise):
    """It has the methods of what it claims: those of `Embeds`, those of `Batches`."""

    _CLAIMS: ClassVar = (Capability.EMBEDDINGS, Capability.BATCHES)

    @classmethod
    def applies(cls, trial: Trial) -> bool:
        """Whether it claims one of them."""
        return not trial.capabilities.isdisjoint(cls._CLAIMS)

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Look at what is opened."""
        async with trial.spec.open(connection.options) as provider:
            for claim in trial.capabilities.intersection(cls._CLAIMS):
                hold_to_claim(provider, claim, trial.spec.name)


class IsHealthy(Promise):
    """A health check of a healthy remote returns."""

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Check the health."""
        async with connection.open(trial.context):
            await connection.check_health()


class ListsModels(Promise):
    """The list of models is not empty."""

    needs = Capability.MODELS

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """List them."""
        async with connection.open(trial.context):
            expect(await connection.list_models(), "the list is empty")


class TakesUpAgain(Promise):
    """An answer that was left can be taken up by its handle, on another connection, and lacks nothing."""

    needs = Capability.ATTACH

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Leave early, close, open, attach. Where leaving stops the remote, it leaves at the first text."""
        is_stopped, told = Capability.STOP in trial.capabilities, ""
        async with connection.open(trial.context), connection.stream(trial.message) as stream:
            async for event in stream:
                told = event.text if isinstance(event, TextDelta) else ""
                if told or not is_stopped:
                    break
            handle = stream.handle
        expect(handle, "what was told until then has no handle")
        async with connection.open(trial.context), connection.attach(str(handle)) as stream:
            response = await stream.collect()
        expect(response.content, "the answer is empty")
        expect(response.content.startswith(told), f"the answer does not begin with {told!r}, as it was told")
        expect(response.handle == handle, f"the handle became {response.handle!r}")


class KeepsConversations(Promise):
    """A conversation's second turn goes on in the provider's own thread."""

    needs = Capability.CONVERSATIONS

    @classmethod
    async def try_it(cls, trial: Trial, connection: Connection) -> None:
        """Say two things."""
        async with connection.open(trial.context):
            conversation = connection.conversation()
            await conversation.send(trial.message)
            thread = conversation.id
            expect(thread, "the first answer names no conversation")
            await conversation.send("And once more, please.")
        expect(conversation.id == thread, f"the conversation changed from {thread!r} to {conversation.id!r}")


PROMISES: Final[tuple[type[Promise], ...]] = (
    Answers,
    SendsTheSame,
    SurvivesLeavingEarly,
    SurvivesCancellation,
    AnswersAtOnce,
    Closes,
    RefusesBeforeSending,
    KeepsSecrets,
    Examines,
    KeepsItsClaims,
    RefusesWrongLogin,
    IsHealthy,
    ListsModels,
    TakesUpAgain,
    KeepsConversations,
)
