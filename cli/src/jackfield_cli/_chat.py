"""`jackfield chat`: a conversation at a terminal, or over a pipe with a turn a line."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from jackfield import (
    Capability,
    ChatResponse,
    Connection,
    ConnectionConfig,
    Conversation,
    FilePart,
    ImagePart,
    Message,
    ProviderManager,
    ResponseStream,
    ToolCallPart,
)

from . import _conversations
from ._asking import Reader, Watcher, exchange, tell_remarks
from ._lines import EditedLines, Lines, PipeLines
from ._report import report
from ._safe import one_line
from ._slash import COMMANDS, obey
from ._views import LiveView, PlainView

if TYPE_CHECKING:
    from ._running import Interrupts
    from ._session import Session
    from ._tool_loop import Calls, Wanted

_ONE_LINE: Final = 79


def chat(
    session: Session,
    name: str | None,
    *,
    model: str | None,
    system: str | None,
    go_on: bool,
    conversation: str | None,
    history: bool,
    tools: Wanted | None = None,
) -> int:
    """Talk with a connection; return the exit code."""
    session.is_logged = history
    if tools:
        tools.refuse_if_nobody_can_allow()
    name, before, thread = _conversations.chosen(session, name, go_on=go_on, conversation=conversation)
    entry = session.connection(name)
    model = model or session.asked(name).targets[0].model
    begun = Begun(model=model, system=system, before=before, thread=thread, keeps=history, tools=tools)
    return session.run(partial(_chat, session, entry, begun))


@attrs.frozen(kw_only=True)
class Begun:
    """How a talk begins.

    Attributes:
        model: Which model answers; None for the default.
        system: What the model is to keep to.
        before: The conversation that it goes on with, as it is kept.
        thread: The provider's own name for that.
        keeps: Whether it is kept.
        tools: What the model may have called.
    """

    model: str | None = None
    system: str | None = None
    before: _conversations.Kept | None = None
    thread: str | None = None
    keeps: bool = True
    tools: Wanted | None = None


async def _chat(session: Session, entry: ConnectionConfig, begun: Begun, interrupts: Interrupts) -> int:
    watcher = Watcher(session)

    async def talking(manager: ProviderManager) -> int:
        async with AsyncExitStack() as stack:
            calls = await _calls(session, entry, begun.tools, stack) if begun.tools else None
            connection = await manager.add_provider(entry.provider, entry.options, name=entry.name)
            connection.login.refuse_if_needed()
            conversation = connection.conversation(begun.thread)
            if begun.before is not None and begun.before.messages:
                conversation.messages = begun.before.messages
            talk = Talk(session, manager, connection, watcher, interrupts, conversation)
            talk.begin_with(begun, calls)
            if not talk.at_terminal:
                return await talk.go_on(PipeLines())
            title = one_line(connection.spec.title)
            session.say(f"Talking with {entry.name} ({title}). /help lists commands, Ctrl-D leaves.")
            lines = EditedLines(f"{entry.name}> ", session.say, tuple(COMMANDS), begun.keeps)
            return await talk.go_on(lines)

    return await exchange(session, interrupts, talking, watcher)


async def _calls(session: Session, entry: ConnectionConfig, wanted: Wanted, stack: AsyncExitStack) -> Calls:
    """Return what makes the calls of a talk; its servers end with *stack*."""
    from ._mcp import servers
    from ._tool_loop import Calls, prepared
    from ._tools import Toolbox

    found = prepared(entry, wanted)
    toolbox = Toolbox.of([*found, *await stack.enter_async_context(servers(wanted.servers))])

    async def ask(question: str) -> str | None:
        # By the editor of the lines, which is gone when nobody waits for it any more: what else reads the
        # terminal would take the next line away from it.
        return await EditedLines(question, session.say, history=False).read()

    return Calls(session, wanted, toolbox, ask)


@attrs.define(eq=False)
class Talk:
    """A conversation under way.

    Attributes:
        model: The model of the next questions; None for the default.
        kept: The conversation as it is kept, once it is.
        keeps: Whether it is.
        system: What the model is to keep to.
        attached: What goes along with the next question, with the names of the files.
        question: What was asked last.
        answer: The text of the last answer, as far as it came.
        stopped: By which handle the answer that was stopped last is taken up again; empty where none was.
        calls: Makes the calls of tools that the model wants; None where it may want none.
    """

    session: Session
    manager: ProviderManager
    connection: Connection
    watcher: Watcher
    interrupts: Interrupts
    conversation: Conversation
    model: str | None = attrs.field(default=None, init=False)
    kept: _conversations.Kept | None = attrs.field(default=None, init=False)
    keeps: bool = attrs.field(default=True, init=False)
    system: str = attrs.field(default="", init=False)
    attached: list[tuple[str, FilePart | ImagePart]] = attrs.field(factory=list, init=False)
    question: Message | None = attrs.field(default=None, init=False)
    answer: str = attrs.field(default="", init=False)
    stopped: str = attrs.field(default="", init=False)
    calls: Calls | None = attrs.field(default=None, init=False)
    _before: tuple[Message, ...] = attrs.field(default=(), init=False)
    _system_is_due: bool = attrs.field(default=False, init=False)
    _code: int = attrs.field(default=0, init=False)

    def begin_with(self, begun: Begun, calls: Calls | None) -> None:
        """Take over how the talk begins.

        Raises:
            ProviderError: The provider cannot keep to anything.
        """
        self.model, self.kept, self.keeps, self.calls = begun.model, begun.before, begun.keeps, calls
        self.system = next((one.text for one in self.conversation.messages if one.role == "system"), "")
        if begun.system:
            asked = [Message("system", begun.system), Message("user", "?")]
            self.connection.plan(asked).raise_for_refusal()
            self.keep_to(begun.system)

    @property
    def at_terminal(self) -> bool:
        """Whether a person types and reads here."""
        return sys.stdin.isatty() and self.session.is_seen

    def say(self, text: str) -> None:
        """Tell the person something beside the answers."""
        self.session.say(text)

    async def go_on(self, lines: Lines) -> int:
        """Answer line after line; return the exit code of the last answer that failed, or 0."""
        while (line := await lines.read()) is not None:
            text = line.strip()
            if text.startswith("/") and not text.startswith("//"):
                if await obey(self, text):
                    break
            elif text:
                await self.ask(text.removeprefix("/") if text.startswith("//") else text)
        if not self.at_terminal:
            return self._code
        if way := self.way_back():
            self.say(way)
        elif self.keeps and self.conversation.messages:
            self.say("It is kept nowhere. `jackfield conversations --keep` keeps the next ones.")
        return 0

    def way_back(self) -> str | None:
        """Return a sentence with the command that goes on with this conversation, if one can."""
        ways, command = [], self.session.command
        if self.conversation.id is not None:
            name, thread = shlex.quote(self.connection.name), shlex.quote(self.conversation.id)
            ways.append(f"Go on with it: {command(f'chat {name} --conversation {thread}')}")
        if self.kept is not None:
            ways.append(f"Go on with it: {command(f'chat --conversation {self.kept.id}')}")
        # It is to be copied: where an address would be broken over two lines, the name here stands for it.
        return next((way for way in ways if len(way) <= _ONE_LINE), ways[-1] if ways else None)

    def begin(self) -> None:
        """Begin another conversation, in which the model keeps to the same."""
        self.conversation, self.kept = self.connection.conversation(), None
        self.question, self.answer = None, ""
        self.keep_to(self.system)

    def keep_to(self, system: str) -> bool:
        """Have the model keep to a text, or to nothing; return whether that stands before all that was said.

        Where the provider keeps the thread it cannot: there it goes along with the next question.
        """
        self.system = system
        self._system_is_due = self._is_kept_there and bool(system)
        if self._is_kept_there:
            return False
        self.conversation.messages = self._headed(self.conversation.messages)
        return True

    def _headed(self, said: Iterable[Message]) -> tuple[Message, ...]:
        head = [Message("system", self.system)] if self.system else []
        return (*head, *(message for message in said if message.role != "system"))

    @property
    def _is_kept_there(self) -> bool:
        return self.conversation.id is not None and Capability.CONVERSATIONS in self.connection.capabilities

    async def ask(self, text: str) -> None:
        """Ask the next thing, with what was attached to it."""
        question = Message("user", [text, *(part for _, part in self.attached)])
        self.attached = []
        self._before = self.conversation.messages
        await self._ask(question)

    async def ask_instead(self, question: Message) -> None:
        """Ask in the place of the last question, which is taken back where the thread is kept here.

        An answer that was there stays unless there is another one.
        """
        if self.at_terminal:
            self.session.remark(question.text)
        if self._is_kept_there:
            self.say(f"{self.connection.name} keeps this thread, so it is asked there once more.")
            self._before = self.conversation.messages
            await self._ask(question)
            return
        answered, before = self.conversation.messages, self._headed(self._before)
        self.conversation.messages = before
        try:
            await self._ask(question)
        finally:
            if self.conversation.messages == before and not self._is_kept_there:
                self.conversation.messages = answered

    async def _ask(self, question: Message) -> None:
        self.question = question
        due = [Message("system", self.system)] if self._system_is_due else []
        said_before = self.conversation.messages
        is_answered = False
        try:
            is_answered = await self._answered([*due, question])
        finally:
            if not (is_answered or self._is_kept_there):
                # Calls without their results are nothing that a model could be asked to go on from.
                self.conversation.messages = said_before
            self._keep(question)
        if self.conversation.messages != said_before:
            self._system_is_due = False
        elif self.at_terminal and not self._is_kept_there:
            self.say("The question is no part of the conversation now. /retry asks it again.")

    async def _answered(self, said: Sequence[Message]) -> bool:
        """Ask, and make the calls that are wanted, until there is an answer; return whether there is one."""
        settings: dict[str, Any] = {"model": self.model} if self.model else {}
        if self.calls is not None:
            settings["tools"] = self.calls.toolbox.tools
            self.calls.begin()
        while True:
            response = await self.read(self.conversation.stream(said, **settings))
            if response is None or response.error is not None:
                return False
            if self.calls is None or not response.tool_calls:
                return True
            results = await self._made(self.calls, response.tool_calls)
            if results is None:
                return False
            said = [results]

    async def _made(self, calls: Calls, wanted: Sequence[ToolCallPart]) -> Message | None:
        """Return what came of calls; None where they are too many, or somebody stopped them."""
        made: list[Message | None] = []

        async def make() -> None:
            made.append(await calls.make(wanted))

        if not self.at_terminal:
            await make()
        elif await self.interrupts.part(make):
            self.say("Stopped.")
        return made[0] if made else None

    def _keep(self, question: Message) -> None:
        """Keep how the conversation stands, also after a stopped answer in a thread that has begun."""
        said = self.conversation.messages
        if not self.keeps or not (self.conversation.id or any(one.role == "assistant" for one in said)):
            return
        said = said or (question,)
        # Told once: what could not be kept now could not be kept the next time.
        self.keeps = False
        with _conversations.failure_told(self.say):
            self.kept = _conversations.remember(
                self.kept, self.connection, self.conversation.id, said, self.say
            )
            self.keeps = True

    async def read(self, answer: AbstractAsyncContextManager[ResponseStream]) -> ChatResponse | None:
        """Show an answer as it comes, and tell what became of it; return it, None where it was stopped."""
        view, self.answer = self._view(), ""
        self.watcher.view = view
        reader = Reader(self.session, self.manager, view, inside=self.at_terminal)
        reading = partial(reader.show, partial(reader.read_all, {self.connection.name: answer}))
        if not self.at_terminal:
            await reading()
        elif await self.interrupts.part(reading):
            reader.tell_stopped()
            self.answer = "".join(response.content for response in reader.unfinished)
            self.stopped = next((found for one in reader.unfinished if (found := one.handle)), self.stopped)
        for response in reader.responses.values():
            self.answer = response.content or response.partial
            tell_remarks(self.session, response)
            if response.error is not None:
                self._code = report(
                    response.error,
                    partial_shown=view.shows_partial,
                    config=self.session.config_file,
                    inside=self.at_terminal,
                )
                if self.conversation.id and not self.conversation.messages:
                    _conversations.help_if_unknown(response.error, self.say)
        return next(iter(reader.responses.values()), None)

    def _view(self) -> LiveView | PlainView:
        if self.at_terminal:
            return LiveView(self.session.out)
        safe = self.session.is_seen
        return PlainView((self.connection.name,), stream=False, safe=safe, say=self.session.say)
