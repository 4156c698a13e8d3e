"""What every provider promises, and every one with some capability: tried without steering the remote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

import anyio
import anyio.lowlevel
import attrs

from .._accumulator import Accumulator
from .._batches import hold_to_claim
from .._capability import Capability, Need
from .._connection import Connection
from .._events import ResponseFinished, ResponseStarted, TextDelta, TextReplaced
from .._exceptions import AuthenticationRequired, ContractBroken, ProviderClosed, Unsupported
from .._findings import Finding
from .._messages import Message
from .._parts import AudioPart, FilePart, ImagePart
from .._plan import HISTORY_NEED, PART_NEEDS, SYSTEM_NEED
from .._types import ChatRequest, Usage
from .._wishes import Tool
from ._trial import Promise, Trial, expect, raw

_IMAGE: Final = ImagePart(b"\x89PNG\r\n\x1a\n", "image/png")
_FILE: Final = FilePart(b"A jackfield is a panel of sockets.", "notes.txt", "text/plain")

_SOUND: Final = AudioPart(b"RIFF", "audio/wav")


class Answers(Promise):
    """A stream begins with one ResponseStarted, ends with one ResponseFinished, and has text between them."""

    async def try_it(self, trial: Trial) -> None:
        """Ask and look at the events."""
        async with trial.opened() as connection, connection.stream(trial.message) as stream:
            events = [event async for event in stream]
        begins = [event for event in events if isinstance(event, ResponseStarted)]
        ends = [event for event in events if isinstance(event, ResponseFinished)]
        expect(isinstance(events[0], ResponseStarted), f"the first event is {type(events[0]).__name__}")
        expect(len(begins) == 1, f"{len(begins)} ResponseStarted")
        expect(
            len(ends) == 1 and events[-1] is ends[0],
            f"{len(ends)} ResponseFinished, the last event is {events[-1]}",
        )
        folded = Accumulator()
        for event in events:
            if isinstance(event, TextReplaced):
                told = len(folded.text)
                expect(event.keep <= told, f"it keeps {event.keep} characters, and {told} were told")
            folded.add(event)
        expect(folded.text, "there is no text")


class EndsAtItsEnd(Promise):
    """Nothing comes after ResponseFinished."""

    async def try_it(self, trial: Trial) -> None:
        """Read on, under the core, which would not."""
        async with trial.opened() as connection, raw(connection).stream(trial.request()) as events:
            told = [type(event).__name__ async for event in events]
        later = told[told.index("ResponseFinished") + 1 :] if "ResponseFinished" in told else []
        expect(not later, f"after the end came {', '.join(later)}")


class SaysWhatTheRemoteSays(Promise):
    """The answer's text is the remote's, no word lost and none told twice."""

    def not_tried(self, trial: Trial) -> str:
        """Why the text cannot be compared."""
        return "" if trial.text is not None else "the text of the remote's answer was not given"

    async def try_it(self, trial: Trial) -> None:
        """Ask, and compare the text with the one that is known."""
        async with trial.opened() as connection:
            told = (await connection.send(trial.message)).content
        expect(told == trial.text, f"the remote says {trial.text!r}, and the answer {told!r}")


class CountsWhatTheRemoteCounts(Promise):
    """The token counts add up, and are the remote's."""

    async def try_it(self, trial: Trial) -> None:
        """Ask, add up, and compare with the counts that are known, if they are."""
        async with trial.opened() as connection:
            usage = (await connection.send(trial.message)).usage or Usage()
        expect(not usage.inconsistencies, "; ".join(usage.inconsistencies))
        for field in attrs.fields_dict(Usage) if trial.usage else ():
            known, told = getattr(trial.usage, field), getattr(usage, field)
            fits = known == told or not field.endswith("_tokens")
            expect(known is None or fits, f"{field} is {told}, and the remote counted {known}")


class SurvivesLeavingEarly(Promise):
    """After a stream was left early the connection has nothing on the wire and answers again."""

    async def try_it(self, trial: Trial) -> None:
        """Leave after the first event, then ask again."""
        async with trial.opened() as connection:
            async with connection.stream(trial.message) as stream:
                await stream.__anext__()
            expect(connection.slots.in_flight == 0, "a slot was not given back")
            expect((await connection.send(trial.message)).content, "there is no answer afterwards")


class SurvivesCancellation(Promise):
    """After a request was cancelled the connection has nothing on the wire and answers again."""

    async def try_it(self, trial: Trial) -> None:
        """Cancel after the first event, then ask again."""
        async with trial.opened() as connection:
            with anyio.CancelScope() as scope:
                async with connection.stream(trial.message) as stream:
                    await stream.__anext__()
                    scope.cancel()
                    await anyio.lowlevel.checkpoint()
            expect(connection.slots.in_flight == 0, "a slot was not given back")
            expect((await connection.send(trial.message)).content, "there is no answer afterwards")


class AnswersAtOnce(Promise):
    """Three requests at once get three answers."""

    async def try_it(self, trial: Trial) -> None:
        """Ask three times at once."""
        contents: list[str] = []

        async def ask(connection: Connection) -> None:
            contents.append((await connection.send(trial.message)).content)

        async with trial.opened() as connection, anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(ask, connection)
        expect(len(contents) == 3 and all(contents), f"{len(contents)} answers")  # noqa: PLR2004


class Closes(Promise):
    """A closed connection refuses requests, and can be opened again."""

    async def try_it(self, trial: Trial) -> None:
        """Open and close twice, then ask."""
        connection = trial.connection()
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

    async def try_it(self, trial: Trial) -> None:
        """Ask for each thing that the provider cannot do."""
        async with trial.opened() as connection:
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

    async def try_it(self, trial: Trial) -> None:
        """Look for the credentials in what can be printed."""
        async with trial.opened() as connection:
            shown = repr((connection._provider, connection, connection.options, trial.context))  # noqa: SLF001
        expect(not trial.told_in(shown), "a credential can be printed")


class Examines(Promise):
    """What it finds when it examines itself are findings, and none of them tells a credential."""

    async def try_it(self, trial: Trial) -> None:
        """Examine before opening, and again when opened."""
        look, connection = trial.spec.examine, trial.connection()
        found = [*(await look(connection.options, connection.name) if look else ())]
        async with connection.open(trial.context):
            found += await connection.examine()
        strange = [type(one).__name__ for one in found if not isinstance(one, Finding)]
        expect(not strange, f"an examination gave {', '.join(strange)}")
        told = any(trial.told_in(one.told) for one in found)
        expect(not told, "a finding tells a credential")


class RefusesWrongLogin(Promise):
    """A refused login is AuthenticationRequired, and nothing is sent afterwards."""

    def not_tried(self, trial: Trial) -> str:
        """Why there is no login to be refused."""
        return "" if trial.refused_context is not None else "no login that the remote refuses was given"

    async def try_it(self, trial: Trial) -> None:
        """Log in wrongly."""
        connection = trial.connection()
        try:
            async with connection.open(trial.refused_context):
                await connection.send(trial.message)
        except AuthenticationRequired:
            return
        raise ContractBroken("a wrong login was taken")


class KeepsItsClaims(Promise):
    """It has the methods of what it claims: those of `Embeds`, those of `Batches`."""

    _CLAIMS: ClassVar = (Capability.EMBEDDINGS, Capability.BATCHES)

    def not_tried(self, trial: Trial) -> str:
        """Why there is nothing to be looked at."""
        return "it claims neither" if trial.capabilities.isdisjoint(self._CLAIMS) else ""

    async def try_it(self, trial: Trial) -> None:
        """Look at what is opened."""
        async with trial.spec.open(trial.connection().options) as provider:
            for claim in trial.capabilities.intersection(self._CLAIMS):
                hold_to_claim(provider, claim, trial.spec.name)


class IsHealthy(Promise):
    """A health check of a healthy remote returns."""

    async def try_it(self, trial: Trial) -> None:
        """Check the health."""
        async with trial.opened() as connection:
            await connection.check_health()


class ListsModels(Promise):
    """The list of models is not empty."""

    needs = Capability.MODELS

    async def try_it(self, trial: Trial) -> None:
        """List them."""
        async with trial.opened() as connection:
            expect(await connection.list_models(), "the list is empty")


class TakesUpAgain(Promise):
    """An answer that was left can be taken up by its handle, on another connection, and lacks nothing."""

    needs = Capability.ATTACH

    async def try_it(self, trial: Trial) -> None:
        """Leave early, close, open, attach. Where leaving stops the remote, it leaves at the first text."""
        is_stopped, told = Capability.STOP in trial.capabilities, ""
        async with trial.opened() as connection, connection.stream(trial.message) as stream:
            async for event in stream:
                told = event.text if isinstance(event, TextDelta) else ""
                if told or not is_stopped:
                    break
            handle = stream.handle
        expect(handle, "what was told until then has no handle")
        async with trial.opened() as connection, connection.attach(str(handle)) as stream:
            response = await stream.collect()
        expect(response.content, "the answer is empty")
        expect(response.content.startswith(told), f"the answer does not begin with {told!r}, as it was told")
        expect(response.handle == handle, f"the handle became {response.handle!r}")


class KeepsConversations(Promise):
    """A conversation's second turn goes on in the provider's own thread."""

    needs = Capability.CONVERSATIONS

    async def try_it(self, trial: Trial) -> None:
        """Say two things."""
        async with trial.opened() as connection:
            conversation = connection.conversation()
            await conversation.send(trial.message)
            thread = conversation.id
            expect(thread, "the first answer names no conversation")
            await conversation.send("And once more, please.")
        expect(conversation.id == thread, f"the conversation changed from {thread!r} to {conversation.id!r}")


PROMISES: Final[tuple[Promise, ...]] = (
    Answers(),
    EndsAtItsEnd(),
    SaysWhatTheRemoteSays(),
    CountsWhatTheRemoteCounts(),
    SurvivesLeavingEarly(),
    SurvivesCancellation(),
    AnswersAtOnce(),
    Closes(),
    RefusesBeforeSending(),
    KeepsSecrets(),
    Examines(),
    KeepsItsClaims(),
    RefusesWrongLogin(),
    IsHealthy(),
    ListsModels(),
    TakesUpAgain(),
    KeepsConversations(),
)
