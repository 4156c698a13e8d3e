"""`jackfield chat`: a conversation at a terminal, or over a pipe with a turn a line."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from jackfield import (
    ConfigError,
    Connection,
    ConnectionConfig,
    Conversation,
    Message,
    Model,
    PluginError,
    ProviderError,
    ProviderManager,
    ResponseStream,
    near_names,
)

from . import _conversations
from ._asking import Reader, Watcher, exchange, tell_remarks
from ._journal import stats_table
from ._lines import EditedLines, Lines, PipeLines
from ._report import report, sentence
from ._safe import one_line
from ._views import LiveView, PlainView

if TYPE_CHECKING:
    from ._running import Interrupts
    from ._session import Session

HELP: Final = """\
/help            this
/new             begin a new conversation
/model [NAME]    answer with another model, `default` for the usual one; without a name list them
/attach HANDLE   take up an answer again that was stopped or lost
/stats           what this connection has done so far
/quit            leave, as Ctrl-D does
A line that begins with // is sent, with one of the two. Ctrl-C stops an answer."""


def chat(
    session: Session,
    name: str | None,
    *,
    model: str | None,
    go_on: bool,
    conversation: str | None,
    history: bool,
) -> int:
    """Talk with a connection; return the exit code."""
    name, before, thread = _conversations.chosen(session, name, go_on=go_on, conversation=conversation)
    entry = session.connection(name)
    model = model or session.asked(name).targets[0].model
    return session.run(
        partial(_chat, session, entry, model=model, before=before, thread=thread, history=history)
    )


async def _chat(
    session: Session,
    entry: ConnectionConfig,
    interrupts: Interrupts,
    *,
    model: str | None,
    before: _conversations.Kept | None,
    thread: str | None,
    history: bool,
) -> int:
    watcher = Watcher(session)

    async def talking(manager: ProviderManager) -> int:
        connection = await manager.add_provider(entry.provider, entry.options, name=entry.name)
        connection.login.refuse_if_needed()
        conversation = connection.conversation(thread)
        if before is not None and before.messages:
            conversation.messages = before.messages
        talk = Talk(session, manager, connection, watcher, interrupts, conversation)
        talk.model, talk.kept, talk.keeps = model, before, history
        if not talk.at_terminal:
            return await talk.go_on(PipeLines())
        title = one_line(connection.spec.title)
        session.say(f"Talking with {entry.name} ({title}). /help lists the commands, Ctrl-D leaves.")
        return await talk.go_on(EditedLines(f"{entry.name}> ", session.say, tuple(talk.commands), history))

    return await exchange(session, interrupts, talking, watcher)


@attrs.define(eq=False)
class Talk:
    """A conversation under way.

    Attributes:
        model: The model of the next questions; None for the default.
        kept: The conversation as it is kept, once it is.
        keeps: Whether it is.
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
    _code: int = attrs.field(default=0, init=False)

    @property
    def at_terminal(self) -> bool:
        """Whether a person types and reads here."""
        return sys.stdin.isatty() and self.session.is_seen

    @property
    def commands(self) -> Mapping[str, Callable[[str], Awaitable[None]]]:
        """What begins with a slash."""
        return {
            "/help": self._help,
            "/new": self._new,
            "/model": self._set_model,
            "/attach": self._attach,
            "/stats": self._stats,
        }

    async def go_on(self, lines: Lines) -> int:
        """Answer line after line; return the exit code of the last answer that failed, or 0."""
        while (line := await lines.read()) is not None:
            text = line.strip()
            if text in {"/quit", "/exit"}:
                break
            if text.startswith("/") and not text.startswith("//"):
                await self._command(text)
            elif text:
                await self._say(text.removeprefix("/") if text.startswith("//") else text)
        if not self.at_terminal:
            return self._code
        if self.conversation.id is not None:
            name, thread = shlex.quote(self.connection.name), shlex.quote(self.conversation.id)
            self.session.say(f"Go on with it: jackfield chat {name} --conversation {thread}")
        elif self.kept is not None:
            self.session.say(f"Go on with it: jackfield chat --conversation {self.kept.id}")
        return 0

    async def _command(self, text: str) -> None:
        word, _, rest = text.partition(" ")
        if word in self.commands:
            await self.commands[word](rest.strip())
        else:
            self.session.say(f"There is no command {word}; /help lists them. //… sends a line with a slash.")

    async def _help(self, _: str) -> None:
        self.session.say(HELP)

    async def _new(self, _: str) -> None:
        self.conversation, self.kept = self.connection.conversation(), None
        self.session.say("A new conversation.")

    async def _set_model(self, name: str) -> None:
        known = await self._models()
        if not name:
            self._list_models(known)
        elif name == "default":
            self.model = None
            self.session.say("The default model answers.")
        elif known and name not in (names := self._model_names(known)):
            self.session.say(f"There is no model {name!r} here. {near_names(name, names)}")
        else:
            self.model = name
            self.session.say(f"The next answers come from {name}.")

    async def _models(self) -> Sequence[Model]:
        """Return the models; none where the provider does not tell them, or cannot just now."""
        try:
            return await self.connection.list_models()
        except (ProviderError, PluginError) as error:
            self.session.say(sentence(error))
            return ()

    def _model_names(self, known: Iterable[Model]) -> list[str]:
        mapped = self.connection.options.model_mapping
        return [*mapped, *(name for one in known for name in (one.id, *one.aliases))]

    def _list_models(self, known: Iterable[Model]) -> None:
        for one in known:
            mark = "*" if one.id == self.model or (self.model is None and one.default) else " "
            self.session.say(f"{mark} {' '.join((one.id, *one.aliases))}")

    async def _stats(self, _: str) -> None:
        self.session.out.print(stats_table({self.connection.name: self.connection.stats}))

    async def _attach(self, handle: str) -> None:
        if handle:
            await self._read(self.connection.attach(handle))
        else:
            self.session.say("Which answer? /attach HANDLE; the handle is told when an answer is stopped.")

    async def _say(self, text: str) -> None:
        settings: dict[str, Any] = {"model": self.model} if self.model else {}
        try:
            await self._read(self.conversation.stream(text, **settings))
        finally:
            self._keep(text)

    def _keep(self, text: str) -> None:
        """Keep how the conversation stands, also after a stopped answer in a thread that has begun."""
        said = self.conversation.messages
        if not self.keeps or not (said or self.conversation.id):
            return
        said = said or (Message("user", text),)
        try:
            self.kept = _conversations.remember(self.kept, self.connection, self.conversation.id, said)
        except (ConfigError, OSError) as error:
            self.keeps = False
            self.session.say(f"The conversation is not kept: {error}")

    async def _read(self, answer: AbstractAsyncContextManager[ResponseStream]) -> None:
        view = self._view()
        self.watcher.view = view
        reader = Reader(self.session, self.manager, view)
        reading = partial(reader.show, partial(reader.read_all, {self.connection.name: answer}))
        if not self.at_terminal:
            await reading()
        elif await self.interrupts.part(reading):
            reader.tell_stopped()
        for response in reader.responses.values():
            tell_remarks(self.session, response)
            if response.error is not None:
                self._code = report(
                    response.error, partial_shown=view.shows_partial, config=self.session.config_file
                )

    def _view(self) -> LiveView | PlainView:
        if self.at_terminal:
            return LiveView(self.session.out)
        safe = self.session.is_seen
        return PlainView((self.connection.name,), stream=False, safe=safe, say=self.session.say)
