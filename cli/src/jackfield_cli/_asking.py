"""Opening connections and reading answers into a view. Every command that asks goes this way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TYPE_CHECKING, Final

import anyio
import attrs

from jackfield import (
    Capability,
    Certainty,
    ChallengeRequired,
    ChatResponse,
    ConfigError,
    Connection,
    ConnectionConfig,
    JackfieldError,
    PluginError,
    ProviderError,
    ProviderManager,
    ResponseStream,
    UnknownConnection,
    hookimpl,
)

from ._cost import cost_plugins
from ._journal import kept
from ._log_wish import wished
from ._patience import Patience, told_waits
from ._person import person
from ._report import left_behind, remarks, report, sentence
from ._streams import OutputFailed
from .credentials import Credentials

if TYPE_CHECKING:
    from ._running import Interrupts
    from ._session import Session
    from ._views import View

_FRAME_SECONDS: Final = 0.1


@attrs.define(eq=False)
class Watcher:
    """A plugin that tells a view what happens between the events.

    Attributes:
        asked_as: The names that a connection is asked by, where those are not its own.
    """

    session: Session
    view: View | None = None
    asked_as: Mapping[str, Iterable[str]] = attrs.field(factory=dict)

    @hookimpl
    def jackfield_request_retried(self, connection: Connection, error: ProviderError, wait: float) -> None:
        """Show why is waited."""
        for name in self.asked_as.get(connection.name, [connection.name]):
            if self.view is not None:
                self.view.wait(name, error, wait)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Take the view off the screen for the length of a block, in which somebody is asked."""
        view = self.view
        if view is not None:
            view.hide()
        try:
            yield
        finally:
            if view is not None:
                view.show()

    @hookimpl
    def jackfield_human_needed(self, connection: Connection, challenge: ChallengeRequired) -> None:
        """Say that the account's owner is needed, and where."""
        where = f" Look at {challenge.url}." if challenge.url else ""
        self.session.say(f"{connection.name} needs you: {challenge.message}.{where}")


async def exchange(
    session: Session,
    interrupts: Interrupts,
    work: Callable[[ProviderManager], Awaitable[int]],
    watcher: Watcher | None = None,
) -> int:
    """Await *work* with a manager that knows the stored credentials, keeps the statistics and the log.

    A signal stops the work and not the manager, which then closes its connections in good order.
    """
    watcher = watcher or Watcher(session)
    log = wished(session.say) if session.is_logged else []
    plugins: list[object] = [Credentials(session.say), *kept(), *log, Patience(), watcher]
    plugins += person(watcher.alone)
    # Ours is the same plugin as the installed one of that name: it is not loaded twice.
    middleware = [name for name in session.config.middleware if name != "keyring"]
    plugins += cost_plugins(middleware, session.say)
    with told_waits(session.say):
        return await managed(ProviderManager(plugins=plugins, middleware=middleware), interrupts, work)


async def managed(
    manager: ProviderManager, interrupts: Interrupts, work: Callable[[ProviderManager], Awaitable[int]]
) -> int:
    """Await *work* with an opened *manager*; return what it returns, or 0 when a signal stopped it."""
    code = 0

    async def working() -> None:
        nonlocal code
        code = await work(manager)

    async with manager:
        await interrupts.part(working, ends_job=True)
    return code


async def open_all(
    manager: ProviderManager, entries: Iterable[ConnectionConfig]
) -> dict[str, JackfieldError]:
    """Open connections, all at once; return the errors of those that could not be, by name."""
    failed: dict[str, JackfieldError] = {}

    async def open_one(entry: ConnectionConfig) -> None:
        try:
            await manager.add_provider(entry.provider, entry.options, name=entry.name)
        except (ConfigError, PluginError, ProviderError) as error:
            failed[entry.name] = error

    async with anyio.create_task_group() as tasks:
        for entry in entries:
            tasks.start_soon(open_one, entry)
    return failed


@attrs.define(eq=False)
class Opener:
    """Opens connections when they are first asked: one of a choice may never be.

    Attributes:
        manager: Where they are opened.
        entries: All that may be asked, by name.
    """

    manager: ProviderManager
    entries: Mapping[str, ConnectionConfig]
    _locks: dict[str, anyio.Lock] = attrs.field(factory=dict, init=False)

    async def reach(self, name: str) -> Connection:
        """Return a connection, opened now if it was not before; errors as for `add_provider`."""
        async with self._locks.setdefault(name, anyio.Lock()):
            if name in self.manager.list_providers():
                return self.manager.get_provider(name)
            entry = self.entries[name]
            return await self.manager.add_provider(entry.provider, entry.options, name=name)


_FATES: Final = {
    Certainty.NOT_SENT: "was not asked yet",
    Certainty.REJECTED: "had refused the question, and did nothing",
    Certainty.UNKNOWN: "had not confirmed the question, and may have got it or not",
    Certainty.STARTED: "had begun to answer",
}
"""What became of a question that a person gave up."""


@attrs.define(eq=False)
class Reader:
    """Reads answers into a view, and knows where each is to be found when it is not read to its end.

    Attributes:
        inside: They are read in a chat.
        responses: What came of each connection's answer.
    """

    session: Session
    manager: ProviderManager
    view: View
    inside: bool = attrs.field(default=False, kw_only=True)
    responses: dict[str, ChatResponse] = attrs.field(factory=dict, init=False)
    _reading: dict[str, ResponseStream | None] = attrs.field(factory=dict, init=False)
    _asked: dict[str, object] = attrs.field(factory=dict, init=False)

    async def show(self, work: Callable[[], Awaitable[None]]) -> None:
        """Keep the view on the screen while *work* reads answers into it."""
        with self.view:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._draw)
                await work()
                tasks.cancel_scope.cancel()

    async def _draw(self) -> None:
        while True:
            self.view.refresh()
            await anyio.sleep(_FRAME_SECONDS)

    async def read_all(self, answers: Mapping[str, AbstractAsyncContextManager[ResponseStream]]) -> None:
        """Read answers, all at once, each to its end; a failure is in its response."""
        async with anyio.create_task_group() as tasks:
            for name, answer in answers.items():
                tasks.start_soon(self._read, name, answer)

    async def _read(self, name: str, answer: AbstractAsyncContextManager[ResponseStream]) -> None:
        self._reading[name] = opened = None
        self._asked[name] = answer
        try:
            async with answer as stream:
                self._reading[name] = opened = stream
                async for event in stream:
                    self.view.take(name, event)
            self.end(name, stream.response)
        except OutputFailed:
            # The answer may be paid for already: where it is to be found is all that is left of it.
            for line in self._whereabouts(name, opened):
                self.session.say(line)
            raise
        except (ConfigError, ProviderError, PluginError, UnknownConnection) as error:
            response = getattr(answer, "response", None)
            self.end(name, response if isinstance(response, ChatResponse) else failed(name, error))

    def end(self, name: str, response: ChatResponse) -> None:
        """Take in the end of one answer."""
        self.responses[name] = response
        self._reading.pop(name, None)
        self.view.take(name, response)

    @property
    def unfinished(self) -> list[ChatResponse]:
        """How far the answers came that are not read on."""
        return [stream.response for stream in self._reading.values() if stream is not None]

    def tell_stopped(self) -> None:
        """Say what becomes of the answers that are not read on, and how to take them up again."""
        for name, stream in self._reading.items():
            for line in self._stopped(name, stream):
                self.session.say(line)

    def _stopped(self, key: str, stream: ResponseStream | None) -> Iterator[str]:
        name = key if stream is None else stream.response.connection
        if stream is None or not stream.handle:
            certainty = getattr(stream or self._asked.get(key), "certainty", Certainty.UNKNOWN)
            yield f"Stopped. {name} {_FATES[certainty]}."
            return
        stopped = Capability.STOP in self.manager.get_provider(name).capabilities
        yield f"Stopped. {name} {'was told to stop too' if stopped else 'goes on with the answer'}."
        yield from self._whereabouts(name, stream)

    def _whereabouts(self, name: str, stream: ResponseStream | None) -> list[str]:
        if stream is None:
            return []
        name = stream.response.connection or name
        can_attach = Capability.ATTACH in self.manager.get_provider(name).capabilities
        handle = stream.handle if can_attach else None
        url, config = stream.response.url, self.session.config_file
        return left_behind(name, handle, url, config=config, inside=self.inside)


def failed(name: str, error: JackfieldError) -> ChatResponse:
    """Return the response that says that a request failed."""
    known = ("partial", "handle", "url", "elapsed", "attempts", "request_id", "provider")
    facts = {fact: found for fact in known if (found := getattr(error, fact, None))}
    return ChatResponse(error=error, connection=name, **facts)


def tell_remarks(session: Session, response: ChatResponse) -> None:
    """Tell which wishes were not granted as they were said, and which counts do not add up."""
    for remark in remarks(response):
        session.remark(remark)


def report_failures(session: Session, view: View, responses: Sequence[ChatResponse]) -> int:
    """Tell every failure, also of those whom another one answered for, and what there is to remark.

    Returns:
        The first exit code, or 0.
    """
    for response in responses:
        tell_remarks(session, response)
        for miss in response.misses:
            session.say(f"{miss.connection} did not answer: {sentence(miss.error, about=miss.connection)}")
    codes = [
        report(response.error, partial_shown=view.shows_partial, config=session.config_file)
        for response in responses
        if response.error is not None
    ]
    return next(iter(codes), 0)
