"""A whole history for a provider that keeps its conversations itself: the new message, and where it goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import attrs

from jackfield import (
    Capability,
    ChatRequest,
    ChatResponse,
    FilePart,
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    RefusalPart,
    TextPart,
)

from ._fault import surely_not_acted_on
from ._routing import Route
from ._runs import Run, Runs
from ._threads import Thread, Threads, key_of, split
from ._token import Token

_TELLABLE: Final = (TextPart, RefusalPart, ReasoningPart, ImagePart, FilePart)
_NAMES: Final = {"user": "User", "assistant": "You"}


@attrs.define(eq=False, kw_only=True)
class Turn:
    """One request on its way to a provider that keeps its conversations, or to one that does not.

    Attributes:
        route: Whom to ask.
        request: What to ask.
        manner: What became of its history: `continued`, `rendered`, or nothing where there was none.
        attached: Whether a run that was begun for the same request earlier is taken up.
        pay: Writes down what it took.
    """

    route: Route
    request: ChatRequest
    pay: Callable[[], Awaitable[None]] | None = attrs.field(default=None, init=False)
    manner: str = attrs.field(default="", init=False)
    attached: bool = attrs.field(default=False, init=False)
    _threads: Threads
    _runs: Runs
    _token: Token
    _model: str
    _key: bytes
    _said: Sequence[Message] = attrs.field(init=False)
    _taken: tuple[bytes, Thread] | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._said = self.request.messages

    @property
    def _is_kept_there(self) -> bool:
        """Whether whoever answers keeps the conversation, and takes no history."""
        return all(
            Capability.CONVERSATIONS in one.capabilities and Capability.HISTORY not in one.capabilities
            for one in self.route.connections
        )

    async def take_up(self) -> None:
        """Find the run that was begun for the same request by a door that has closed meanwhile."""
        run = await self._runs.find(self._key) if self.route.acts else None
        mine = [one for one in self.route.connections if run and one.name == run.connection]
        if run and mine:
            self.route, self.attached = self.route.only(mine[0], run.handle), True

    async def find(self) -> None:
        """Find the conversation of the history; where there is none, tell the history in words."""
        if self.attached or not self._is_kept_there:
            return
        before, new = split(self._said)
        if not any(message.role == "assistant" for message in before):
            self.request = attrs.evolve(self.request, messages=_merged(self._said))
        elif not await self._go_on(before, new) and (told := rendered(self._said)):
            self.manner = "rendered"
            self.request = attrs.evolve(self.request, messages=told)

    async def _go_on(self, before: Sequence[Message], new: Sequence[Message]) -> bool:
        key = key_of(self._token, self._model, before)
        thread = await self._threads.take(key) if new else None
        mine = [one for one in self.route.connections if thread and one.name == thread.connection]
        if thread is None or not mine:
            return False
        self._taken, self.manner = (key, thread), "continued"
        self.route = self.route.only(mine[0])
        self.request = attrs.evolve(self.request, messages=_merged(new), conversation_id=thread.conversation)
        return True

    async def begun(self, response: ChatResponse) -> None:
        """Write down what goes on when nobody waits for it."""
        able = {one.name for one in self.route.connections if Capability.ATTACH in one.capabilities}
        if self.route.acts and response.handle and response.connection in able:
            await self._runs.keep(self._key, Run(response.connection, response.handle))

    async def told(self) -> None:
        """Forget the run: a client has its answer, or there never was one."""
        if self.route.acts:
            await self._runs.forget(self._key)

    async def remember(self, response: ChatResponse | None, error: BaseException | None) -> None:
        """Write down what it took, and keep the conversation under what its client says next time.

        Where nothing was sent, the conversation is kept as it was.
        """
        if self.pay is not None:
            await self.pay()
        is_certain = surely_not_acted_on(error)
        if is_certain:
            await self.told()
        if response is not None and response.conversation_id and self._is_kept_there:
            thread = Thread(response.connection, response.conversation_id)
            answered = [*self._said, Message("assistant", [TextPart(response.content)])]
            await self._threads.put(key_of(self._token, self._model, answered), thread)
        elif self._taken and is_certain:
            await self._threads.put(*self._taken)


def _merged(messages: Sequence[Message]) -> list[Message]:
    """Return messages with those of the user's that follow each other in one."""
    merged: list[Message] = []
    for message in messages:
        if merged and merged[-1].role == message.role == "user":
            merged[-1] = Message("user", [*merged[-1].parts, *message.parts])
        else:
            merged.append(message)
    return merged


def rendered(messages: Sequence[Message]) -> list[Message] | None:
    """Return a history as one message of the user's; None where it holds what cannot be told in words."""
    system = [message for message in messages if message.role == "system"]
    before, new = split([message for message in messages if message.role != "system"])
    parts = [part for message in before for part in message.parts]
    if not new or not all(isinstance(part, _TELLABLE) for message in messages for part in message.parts):
        return None
    told = "\n\n".join(f"{_NAMES[one.role]}: {text}" for one in before if (text := _text(one)))
    head = TextPart(f"This was said before, and the conversation goes on.\n\n{told}\n\nUser:")
    shown: list[Part] = [part for part in parts if isinstance(part, ImagePart | FilePart)]
    return [*system, Message("user", [head, *(part for one in new for part in one.parts), *shown])]


def _text(message: Message) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, TextPart | RefusalPart)).strip()
