"""`jackfield demo`: the main job from end to end, on this machine, against the playground."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

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
from ._listing import providers_table
from ._rooms import Room, open_rooms
from ._safe import escape
from ._send import choose_view

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from ._running import Interrupts
    from ._session import Session

_SIDE_BY_SIDE: Final = "In one sentence: what is a telephone exchange?"
_STREAMED: Final = "Write a Python function that greets a person by name."
_PAGE: Final = "page"
_ON_A_PAGE: Final = "In one sentence: what is a web browser?"
_TURNS: Final = ("My name is Ada.", "What did I just tell you?")


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
    with open_rooms(scripted=scripted) as rooms:
        installed = {found.name for found in providers()}
        usable = [room for room in rooms if room.provider in installed]
        page = next((room for room in usable if room.provider == "custom_web"), None)
        if not usable:
            raise ConfigError(
                "no provider of the playground's is installed", hint=install_command("jackfield-codegen-api")
            )
        code = session.run(partial(_play, session, usable, page))
    session.out.print()
    session.out.print("The playground is stopped, and nothing is left running.")
    if not code:
        session.out.print(
            "With an account of yours:  jackfield add NAME --provider P,  jackfield auth set NAME"
        )
    return code


async def _play(session: Session, rooms: Sequence[Room], page: Room | None, interrupts: Interrupts) -> int:
    watcher = Watcher(session)
    logins = Logins({room.provider: room.context for room in rooms if room.context is not None})

    async def play(manager: ProviderManager) -> int:
        stage = Stage(session, manager, watcher)
        await stage.open(rooms)
        names = tuple(manager.list_providers())
        await stage.ask("Two connections, one question, side by side", names, _SIDE_BY_SIDE)
        await stage.ask("A streamed answer, with the agent's steps", names[:1], _STREAMED)
        await stage.talk("A conversation over two turns", names[0])
        if page is not None:
            await stage.visit("A chat page that has no API, driven in a real browser", page)
        await stage.sum_up()
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

    async def open(self, rooms: Sequence[Room]) -> None:
        """Show what was found, and open the connections."""
        self._head("Providers, found by their entry points")
        self.session.out.print(providers_table())
        self._head("The playground stands in for their remotes")
        for room in rooms:
            self.session.out.print(f"{room.provider} at {room.address}")
            self.session.out.print(f"Answers come from {room.engine}.", style="yellow")
        failed = await open_all(
            self.manager,
            [
                ConnectionConfig(name, room.provider, {**room.options, **options})
                for room in rooms
                for name, options in room.connections.items()
            ],
        )
        for error in failed.values():
            raise error

    async def ask(self, head: str, names: Sequence[str], text: str) -> None:
        """Ask some connections the same."""
        self._head(head)
        answers = {name: self.manager.stream_message(name, text) for name in names}
        await self._read(text, answers)

    async def talk(self, head: str, name: str) -> None:
        """Ask one connection twice, in one conversation."""
        self._head(head)
        conversation = self.manager.get_provider(name).conversation()
        for text in _TURNS:
            await self._read(text, {name: conversation.stream(text)})

    async def visit(self, head: str, room: Room) -> None:
        """Ask a chat page in a browser; where there is none, say so."""
        self._head(head)
        self.session.out.print(f"{room.provider} at {room.address}")
        self.session.out.print(f"Answers come from {room.engine}.", style="yellow")
        found = await examined(prepare(room.provider, room.options, name=_PAGE))
        if missing := [one.told for one in found if one.verdict is Verdict.WRONG]:
            self.session.out.print(f"Left out: {escape(missing[0])}", style="yellow")
            return
        await self.manager.add_provider(room.provider, room.options, name=_PAGE)
        await self._read(_ON_A_PAGE, {_PAGE: self.manager.stream_message(_PAGE, _ON_A_PAGE)})

    async def sum_up(self) -> None:
        """Show health and statistics."""
        self._head("Health")
        self.session.out.print(findings_table(found_of(await self.manager.health_check_all())))
        self._head("Statistics")
        self.session.out.print(stats_table(await self.manager.get_provider_stats()))

    async def _read(
        self, text: str, answers: Mapping[str, AbstractAsyncContextManager[ResponseStream]]
    ) -> None:
        self.session.out.print()
        self.session.out.print(f"{', '.join(answers)}> {text}", style="cyan")
        view = choose_view(self.session, tuple(answers), stream=None, as_json=False, raw=None)
        self.watcher.view = view
        reader = Reader(self.session, self.manager, view)
        await reader.show(partial(reader.read_all, answers))
        failed = report_failures(self.session, view, list(reader.responses.values()))
        self.code = self.code or failed
