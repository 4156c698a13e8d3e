"""A provider whose answer is what the question asks for. Installed for the command's tests only.

A question is words, each a step: `say:text` a piece of text, `step:title` an activity, `think:text`,
`wait` until the file that `SCRIPTED_GO` names is there, `hang` for ever, `fail:Class` an error of that name,
`retake:text` takes everything back, `bend:text` tells a wish that was not granted, `miscount` ends with
counts that do not add up. Anything else is answered with an echo of it.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import anyio
import attrs

import jackfield
from jackfield import (
    ActivityReported,
    AuthenticationRequired,
    Capability,
    ChatRequest,
    Effect,
    EventStream,
    Model,
    Provider,
    ProviderContext,
    ProviderOptions,
    ProviderSpec,
    ProviderType,
    ReasoningDelta,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    TextDelta,
    TextReplaced,
    hookimpl,
)

HANDLE = "run-7"
URL = "http://127.0.0.1/run-7"


@attrs.frozen(kw_only=True)
class ScriptedOptions(ProviderOptions):
    """Its options: one of each kind."""

    org_id: int | None = None
    greeting: str = "You said"
    loud: bool = False


class Steps:
    """The words of a question, carried out one by one."""

    def __init__(self, words: list[str], note: Callable[[str], None]) -> None:
        self._words = words
        self._note = note

    def __aiter__(self) -> Steps:
        return self

    async def __anext__(self) -> StreamEvent:
        await anyio.lowlevel.checkpoint()
        while self._words:
            event = await _event(self._words.pop(0))
            if event is not None:
                self._note(type(event).__name__)
                return event
        raise StopAsyncIteration


async def _event(word: str) -> StreamEvent | None:
    verb, _, rest = word.partition(":")
    text = unquote(rest)
    if verb == "wait":
        while not await anyio.Path(os.environ["SCRIPTED_GO"]).exists():  # noqa: ASYNC110  another process makes it
            await anyio.sleep(0.01)
    elif verb == "hang":
        await anyio.sleep_forever()
    elif verb == "fail":
        raise _error(text)
    return {
        "start": ResponseStarted(handle=HANDLE, url=URL, model="small", conversation_id="thread-1"),
        "say": TextDelta(text),
        "think": ReasoningDelta(text),
        "step": ActivityReported(kind="tool", title=text, detail="a detail"),
        "retake": TextReplaced(keep=0, text=text),
        "bend": ResponseStarted(adaptations=(jackfield.Adaptation("model", text),)),
        "miscount": ResponseFinished(usage=jackfield.Usage(output_tokens=1, reasoning_output_tokens=5)),
        "end": ResponseFinished(usage=jackfield.Usage(input_tokens=3, output_tokens=4)),
    }.get(verb)


def _error(name: str) -> Exception:
    facts: dict[str, Any] = {"phase": "answer"} if name == "DeadlineExceeded" else {}
    if name == "RateLimited":
        facts = {"retry_after": 0.01}
    kind = getattr(jackfield, name, None) or getattr(__import__("builtins"), name)
    error: Exception = kind(f"the script wants {name}", **facts)
    return error


@attrs.define(eq=False)
class Scripted(Provider):
    """Carries out what the question says."""

    options: ScriptedOptions
    tries: int = 0

    def stream(self, request: ChatRequest) -> EventStream:
        text = request.messages[-1].text
        if any(
            text.startswith(verb) for verb in ("say:", "step:", "think:", "wait", "hang", "fail:", "bare:")
        ):
            return self._play(["start", *text.removeprefix("bare:").split(), "end"])
        if text.startswith("busy"):
            self.tries += 1
            return self._play(["fail:RateLimited"] if self.tries == 1 else ["start", "say:at%20last", "end"])
        said = f"{self.options.greeting}: {text}"
        if request.conversation_id:
            said += f" (in {request.conversation_id})"
        images = sum(len(message.images) for message in request.messages)
        said += f" with {images} images" if images else ""
        files = [file.name for message in request.messages for file in message.files]
        said += f" and {files[0]}" if files else ""
        said += f" to {request.model}" if request.model else ""
        return self._play(["start", f"say:{said.replace('%', '%25').replace(' ', '%20')}", "end"])

    def attach(self, handle: str) -> EventStream:
        return self._play(["start", f"say:attached%20{handle}", "end"])

    @asynccontextmanager
    async def _play(self, words: list[str]) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        if words[0].startswith("fail:"):
            raise _error(words[0].partition(":")[2])
        try:
            yield Steps(words, self._note)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(0.02)  # a remote takes its time: whoever does not wait is seen to
            self._note("closed")

    def _note(self, what: str) -> None:
        """Leave a trace that a test can look at from outside."""
        if trace := os.environ.get("SCRIPTED_TRACE"):
            with Path(trace).open("a") as file:
                file.write(f"{what}\n")

    async def authenticate(self, context: ProviderContext) -> None:
        self._note(f"token of {len(context.secret('token').reveal())} characters")
        if context.secret("token").reveal() == "refused-token":
            raise AuthenticationRequired("the remote refuses the token")

    async def check_health(self) -> None:
        if self.options.greeting == "ill":
            raise jackfield.ProviderUnavailable("the remote is down")

    async def list_models(self) -> list[Model]:
        return [Model(id="small", aliases=("tiny",), default=True), Model(id="big")]


@asynccontextmanager
async def _open(options: ScriptedOptions) -> AsyncIterator[Provider]:
    provider = Scripted(options)
    provider._note("opened")
    try:
        yield provider
    finally:
        provider._note("left")


SPEC = ProviderSpec(
    name="scripted",
    title="Scripted",
    type=ProviderType.API_BASED,
    options=ScriptedOptions,
    auth_types=frozenset({"token"}),
    capabilities=frozenset(Capability) - {Capability.STOP, Capability.EMBEDDINGS, Capability.BATCHES},
    effect=Effect.EFFECT,
    env_prefix="SCRIPTED",
    open=_open,
)


@hookimpl
def jackfield_register_providers() -> list[ProviderSpec]:
    return [SPEC]
