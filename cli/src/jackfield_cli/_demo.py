"""`jackfield demo`: the main job from end to end, on this machine, against the playground."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import anyio
import attrs

from jackfield import (
    ConfigError,
    ConnectionConfig,
    ProviderContext,
    ProviderManager,
    ProviderSpec,
    ResponseStream,
    Verdict,
    hookimpl,
    prepare,
    providers,
)

from ._asking import Reader, Watcher, managed, open_all, report_failures
from ._checks import findings_table, found_of
from ._doctor import examined
from ._installed import install_command
from ._journal import stats_table
from ._listing import providers_table, table
from ._rooms import Machine, Room, open_rooms
from ._safe import escape
from ._send import choose_view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from ._running import Interrupts
    from ._session import Session

_SIDE_BY_SIDE: Final = "In one sentence: what is a telephone exchange?"
_STREAMED: Final = "Write a Python function that greets a person by name."
_TURNS: Final = ("My name is Ada.", "What did I just tell you?")
_STOPPED: Final = "Which parts does a telephone have?"
_KILLED: Final = "Who invented the telephone?"
_BEGUN_SECONDS: Final = 0.7
_AWAY_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.05
_STATE: Final = "XDG_STATE_HOME"


@attrs.frozen
class Logins:
    """A plugin that knows the rooms' logins, and comes before the environment."""

    contexts: dict[str, ProviderContext]

    @hookimpl(tryfirst=True)
    def jackfield_load_context(self, spec: ProviderSpec) -> ProviderContext | None:
        """Give a room's login to its provider."""
        return self.contexts.get(spec.name)


def demo(session: Session, *, scripted: bool) -> int:
    """Show everything; return the exit code."""
    session.out.print("Jackfield: one interface to every AI provider. Nothing here leaves this machine.")
    with _nothing_kept(), open_rooms(scripted=scripted) as rooms:
        installed = {found.name for found in providers()}
        usable = [room for room in rooms if room.provider in installed]
        if not usable:
            raise ConfigError(
                "no provider of the playground's is installed", hint=install_command("jackfield-codegen-api")
            )
        code = session.run(partial(_play, session, usable))
    session.out.print()
    session.out.print("The playground is stopped, and nothing is left running.")
    if not code:
        session.out.print("With an account of yours: jackfield add NAME --provider P")
    return code


@contextmanager
def _nothing_kept() -> Iterator[None]:
    """Let what a page keeps of a login go with the demo, and leave a person's own logins alone."""
    before = os.environ.get(_STATE)
    with TemporaryDirectory(prefix="jackfield-demo-") as folder:
        os.environ[_STATE] = folder
        try:
            yield
        finally:
            del os.environ[_STATE]
            if before is not None:
                os.environ[_STATE] = before


async def _play(session: Session, rooms: Sequence[Room], interrupts: Interrupts) -> int:
    watcher = Watcher(session)
    logins = Logins({room.provider: room.context for room in rooms if room.context is not None})

    async def play(manager: ProviderManager) -> int:
        stage = Stage(session, manager, watcher)
        stage.show_what_is_there(rooms)
        names = await stage.open(rooms)
        apis = [name for name, room in names.items() if not room.needs_browser]
        pages = [name for name, room in names.items() if room.needs_browser]
        await stage.ask("One question, side by side", [*apis[:1], *pages] if pages else apis, _SIDE_BY_SIDE)
        await stage.ask("An answer as it is written", apis[-1:] or pages[:1], _STREAMED)
        for name, room in names.items():
            if room.machine is not None:
                await stage.stop("Stopped, and taken up again", name, room.machine)
                await stage.kill("A server that dies in mid-answer", name, room.machine)
        await stage.talk("A conversation over two turns", (apis or pages)[-1])
        await stage.sum_up(names)
        return stage.code

    return await managed(ProviderManager(plugins=[logins, watcher]), interrupts, play)


@attrs.define(eq=False)
class Stage:
    """Where the demo plays.

    Attributes:
        code: The exit code of the first thing that failed, or 0.
    """

    session: Session
    manager: ProviderManager
    watcher: Watcher
    code: int = attrs.field(default=0, init=False)

    def _head(self, text: str) -> None:
        self.session.out.print()
        self.session.out.print(text, style="bold")

    def _remark(self, text: str) -> None:
        self.session.out.print(escape(text), style="yellow")

    def show_what_is_there(self, rooms: Sequence[Room]) -> None:
        """Show which providers were found, and who stands in for their remotes."""
        self._head("Providers, found by their entry points")
        self.session.out.print(providers_table())
        self._head("The playground stands in for their remotes")
        self.session.out.print(table(("provider", "at"), [(room.provider, room.address) for room in rooms]))
        for engine in dict.fromkeys(room.engine for room in rooms):
            self._remark(f"Answers come from {engine}.")

    async def open(self, rooms: Sequence[Room]) -> dict[str, Room]:
        """Open the connections, those to pages where there is a browser; return them by name."""
        names = {name: room for room in rooms for name in room.connections}
        if missing := await _missing(names):
            self._head("Pages")
            left_out = [name for name, room in names.items() if room.needs_browser]
            self._remark(f"Left out: {', '.join(left_out)}. {missing}")
            names = {name: room for name, room in names.items() if not room.needs_browser}
        wanted = [_entry(name, room) for name, room in names.items()]
        for error in (await open_all(self.manager, wanted)).values():
            raise error
        return names

    async def ask(self, head: str, names: Sequence[str], text: str) -> None:
        """Ask some connections the same."""
        self._head(head)
        await self._read(text, {name: self.manager.stream_message(name, text) for name in names})

    async def talk(self, head: str, name: str) -> None:
        """Ask one connection twice, in one conversation."""
        self._head(head)
        conversation = self.manager.get_provider(name).conversation()
        for text in _TURNS:
            await self._read(text, {name: conversation.stream(text)})

    async def stop(self, head: str, name: str, machine: Machine) -> None:
        """Leave an answer that is being worked on, and take it up again by its handle."""
        self._head(head)
        connection = self.manager.get_provider(name)
        stream = connection.stream(_STOPPED)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_once_begun, machine, machine.asked(), tasks.cancel_scope.cancel)
            await self._read(_STOPPED, {name: stream})
            tasks.cancel_scope.cancel()
        if stream.handle:
            self._remark(f"Stopped, as by Ctrl-C. {name} goes on with it; a program or this takes it up:")
            attached = {name: connection.attach(stream.handle)}
            await self._read("", attached, said=f"$ jackfield send {name} --attach {stream.handle}")

    async def kill(self, head: str, name: str, machine: Machine) -> None:
        """Let the server die while it answers, and come back."""
        self._head(head)
        asked = machine.asked()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_die_and_come_back, machine, asked)
            await self._read(_KILLED, {name: self.manager.stream_message(name, _KILLED)})
            tasks.cancel_scope.cancel()
        times = machine.asked() - asked
        self._remark(
            f"Its server was killed and came back after {_AWAY_SECONDS:.0f} s; "
            f"it was asked {'once' if times == 1 else f'{times} times'}."
        )

    async def sum_up(self, names: Iterable[str]) -> None:
        """Show health and statistics."""
        health, stats = await self.manager.health_check_all(), await self.manager.get_provider_stats()
        self._head("Health")
        self.session.out.print(findings_table(found_of({name: health[name] for name in names})))
        self._head("Statistics")
        self.session.out.print(stats_table({name: stats[name] for name in names}))

    async def _read(
        self,
        text: str,
        answers: Mapping[str, AbstractAsyncContextManager[ResponseStream]],
        said: str = "",
    ) -> None:
        self.session.out.print()
        self.session.out.print(said or f"{', '.join(answers)}> {text}", style="cyan")
        view = choose_view(self.session, tuple(answers), stream=None, as_json=False, raw=None)
        self.watcher.view = view
        reader = Reader(self.session, self.manager, view)
        await reader.show(partial(reader.read_all, answers))
        failed = report_failures(self.session, view, list(reader.responses.values()))
        self.code = self.code or failed


def _entry(name: str, room: Room) -> ConnectionConfig:
    return ConnectionConfig(name, room.provider, {**room.options, **room.connections[name]})


async def _missing(names: Mapping[str, Room]) -> str | None:
    """Return what is said where there is no browser: what was looked for, and how to get one."""
    paged = next((_entry(name, room) for name, room in names.items() if room.needs_browser), None)
    if paged is None:
        return None
    found = await examined(prepare(paged.provider, paged.options, name=paged.name))
    return next((one.told for one in found if one.about == "browser" and one.verdict is Verdict.WRONG), None)


async def _once_begun(machine: Machine, asked: int, act: Callable[[], None]) -> None:
    """Act when the server got a question more than *asked*, and had a moment to work on it."""
    while machine.asked() == asked:  # noqa: ASYNC110  another thread serves it
        await anyio.sleep(_LOOK_SECONDS)
    await anyio.sleep(_BEGUN_SECONDS)
    act()


async def _die_and_come_back(machine: Machine, asked: int) -> None:
    await _once_begun(machine, asked, machine.kill)
    await anyio.sleep(_AWAY_SECONDS)
    await anyio.to_thread.run_sync(machine.restart)
