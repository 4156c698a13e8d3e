"""A question whose model may have tools called: asked, called, told, until it has its answer.

Law: each call is shown before it is made, and made only when somebody allows it: the person at the terminal,
or `--yes`. There are only so many calls.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import attrs
from anyio import to_thread

from jackfield import (
    Capability,
    ChatResponse,
    ConnectionConfig,
    Conversation,
    Message,
    ProviderManager,
    ToolCallPart,
    ToolResultPart,
    prepare,
)

from . import _conversations
from ._asking import Reader, Watcher, exchange, report_failures
from ._mcp import servers
from ._person import answer_of
from ._report import ExitCode
from ._safe import one_line
from ._tools import Toolbox, Usable, failed, functions
from ._usage import UsageFault

if TYPE_CHECKING:
    from ._running import Interrupts
    from ._send import Question
    from ._session import Session
    from ._views import View

_LONGEST_CALL = 2000
_MAY_IT = "Make this call? [y]es, [n]o, [a]ll of them: "


@attrs.frozen(kw_only=True)
class Wanted:
    """What a person gave a model to use.

    Attributes:
        functions: Python functions, as `FILE.py` or `MODULE:FUNCTION`.
        servers: MCP servers, as commands or addresses.
        is_allowed: Whether every call is allowed beforehand.
        most: How many calls there may be.
    """

    functions: Sequence[str] = ()
    servers: Sequence[str] = ()
    is_allowed: bool = False
    most: int = 20

    def refuse_if_nobody_can_allow(self) -> None:
        """Refuse where each call is to be asked for and nobody is there.

        Raises:
            UsageFault: It is so.
        """
        if not (self.is_allowed or (sys.stdin.isatty() and sys.stderr.isatty())):
            raise UsageFault(
                "tools are called only where somebody allows each call: at a terminal, or with --yes"
            )


async def _asked(question: str) -> str | None:
    # Reading a terminal cannot be cancelled, so a thread does it.
    return await to_thread.run_sync(answer_of, question)


@attrs.define(eq=False)
class Calls:
    """Makes the calls that a model wants.

    Attributes:
        wanted: What may be called, and how often for one question.
        toolbox: What there is to call.
        ask: Asks the person whether a call is allowed.
    """

    session: Session
    wanted: Wanted
    toolbox: Toolbox
    ask: Callable[[str], Awaitable[str | None]] = _asked
    _made: int = attrs.field(default=0, init=False)
    _is_allowed: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._is_allowed = self.wanted.is_allowed

    def begin(self) -> None:
        """Begin another question, which has all its calls yet to make."""
        self._made = 0

    async def make(self, calls: Sequence[ToolCallPart]) -> Message | None:
        """Return what came of *calls*; None, and nothing is called, where they are too many."""
        if self._made + len(calls) > self.wanted.most:
            self.session.say(
                f"Stopped: the model wants more than {self.wanted.most} calls. --max-calls allows more."
            )
            return None
        return Message("tool", [await self._result(call) for call in calls])

    async def _result(self, call: ToolCallPart) -> ToolResultPart:
        self._made += 1
        self.session.say(one_line(f"Call: {call.name} {call.arguments_json or '{}'}", most=_LONGEST_CALL))
        if not await self._allowed():
            return failed(call, "the person refused this call")
        result = await self.toolbox.call(call)
        if result.is_error:
            self.session.say(one_line(f"  failed: {result.text}", most=_LONGEST_CALL))
        return result

    async def _allowed(self) -> bool:
        if self._is_allowed:
            return True
        answer = (await self.ask(_MAY_IT) or "").strip().lower()
        self._is_allowed = answer in {"a", "all"}
        return self._is_allowed or answer in {"y", "yes"}


@attrs.define(eq=False)
class Loop:
    """Turn after turn of one conversation.

    Attributes:
        make_view: Returns what shows a turn; each has its own.
    """

    session: Session
    manager: ProviderManager
    watcher: Watcher
    make_view: Callable[[], View]
    calls: Calls
    conversation: Conversation

    async def run(self, name: str, said: Sequence[Message], settings: Mapping[str, Any]) -> int:
        """Ask until nothing is wanted any more; return the exit code."""
        while True:
            view = self.watcher.view = self.make_view()
            response = await self._turn(view, name, said, settings)
            code = report_failures(self.session, view, [response])
            if code or not response.tool_calls:
                return code
            if (results := await self.calls.make(response.tool_calls)) is None:
                return ExitCode.FAILED
            said = [results]

    async def _turn(
        self, view: View, name: str, said: Sequence[Message], settings: Mapping[str, Any]
    ) -> ChatResponse:
        reader = Reader(self.session, self.manager, view)
        answer = self.conversation.stream(said, tools=self.calls.toolbox.tools, **settings)
        try:
            await reader.show(partial(reader.read_all, {name: answer}))
        except anyio.get_cancelled_exc_class():
            reader.tell_stopped()
            raise
        return reader.responses[name]


def prepared(entry: ConnectionConfig, wanted: Wanted) -> list[Usable]:
    """Return the Python functions that are *wanted*, of a connection whose provider can have them called.

    Call it before the event loop has anything to do: it runs the person's own code, which may take its time.

    Raises:
        ConfigError: A tool cannot be used.
        UsageFault: The provider takes no tools.
    """
    found = [tool for reference in wanted.functions for tool in functions(reference)]
    spec = prepare(entry.provider, entry.options, name=entry.name).spec
    if Capability.TOOLS not in spec.capabilities:
        raise UsageFault(f"{entry.name} cannot have tools called: {spec.name} takes none")
    return found


async def ask_with_tools(
    session: Session,
    question: Question,
    wanted: Wanted,
    make_view: Callable[[], View],
    interrupts: Interrupts,
) -> int:
    """Ask one connection, with tools; return the exit code.

    Raises:
        ConfigError: A tool cannot be used; nothing was sent.
        UsageFault: The provider takes no tools.
    """
    watcher = Watcher(session)
    (entry,) = question.entries.values()
    (target,) = question.asked[0].targets
    found = prepared(entry, wanted)
    settings = {"model": target.model, **question.settings}

    async def work(manager: ProviderManager) -> int:
        async with servers(wanted.servers) as of_servers:
            calls = Calls(session, wanted, Toolbox.of([*found, *of_servers]))
            connection = await manager.add_provider(entry.provider, entry.options, name=entry.name)
            conversation = connection.conversation(settings.pop("conversation_id", None))
            loop = Loop(session, manager, watcher, make_view, calls, conversation)
            code = await loop.run(question.names[0], question.request().messages, settings)
            if question.is_kept and not code:
                said, say = conversation.messages, session.say
                with _conversations.failure_told(say):
                    _conversations.remember(question.before, connection, conversation.id, said, say)
            return code

    return await exchange(session, interrupts, work, watcher)
