"""A question whose model may have tools called: asked, called, told, until it has its answer.

Law: each call is shown before it is made, and made only when somebody allows it: the person at the terminal,
or `--yes`. There are only so many calls.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import attrs
from anyio import to_thread

from jackfield import (
    Capability,
    ChatResponse,
    Conversation,
    Message,
    ProviderManager,
    ToolCallPart,
    ToolResultPart,
    prepare,
)

from ._asking import Reader, Watcher, exchange, report_failures
from ._mcp import servers
from ._person import answer_of
from ._report import ExitCode
from ._safe import one_line
from ._tools import Toolbox, failed, functions
from ._usage import UsageFault

if TYPE_CHECKING:
    from ._running import Interrupts
    from ._send import Question
    from ._session import Session
    from ._views import View

_LONGEST_CALL = 2000


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


@attrs.define(eq=False)
class Loop:
    """Turn after turn of one conversation.

    Attributes:
        make_view: Returns what shows a turn; each has its own.
        wanted: What may be called, and how often.
    """

    session: Session
    manager: ProviderManager
    watcher: Watcher
    make_view: Callable[[], View]
    wanted: Wanted
    toolbox: Toolbox
    conversation: Conversation
    _calls: int = attrs.field(default=0, init=False)
    _is_allowed: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._is_allowed = self.wanted.is_allowed

    async def run(self, name: str, said: Sequence[Message], settings: Mapping[str, Any]) -> int:
        """Ask until nothing is wanted any more; return the exit code."""
        while True:
            view = self.watcher.view = self.make_view()
            response = await self._turn(view, name, said, settings)
            code = report_failures(self.session, view, [response])
            if code or not response.tool_calls:
                return code
            if self._calls + len(response.tool_calls) > self.wanted.most:
                self.session.say(
                    f"Stopped: the model wants more than {self.wanted.most} calls. --max-calls allows more."
                )
                return ExitCode.FAILED
            said = [Message("tool", [await self._result(call) for call in response.tool_calls])]

    async def _turn(
        self, view: View, name: str, said: Sequence[Message], settings: Mapping[str, Any]
    ) -> ChatResponse:
        reader = Reader(self.session, self.manager, view)
        answer = self.conversation.stream(said, tools=self.toolbox.tools, **settings)
        try:
            await reader.show(partial(reader.read_all, {name: answer}))
        except anyio.get_cancelled_exc_class():
            reader.tell_stopped()
            raise
        return reader.responses[name]

    async def _result(self, call: ToolCallPart) -> ToolResultPart:
        self._calls += 1
        self.session.say(one_line(f"Call: {call.name} {call.arguments_json or '{}'}", most=_LONGEST_CALL))
        if not await self._allowed():
            return failed(call, "the person refused this call")
        result = await self.toolbox.call(call)
        if result.is_error:
            self.session.say(one_line(f"  failed: {result.text}", most=_LONGEST_CALL))
        return result

    async def _allowed(self) -> bool:
        if not self._is_allowed:
            # Reading a terminal cannot be cancelled, so a thread does it.
            ask = partial(answer_of, "Make this call? [y]es, [n]o, [a]ll of them: ")
            answer = (await to_thread.run_sync(ask)).strip().lower()
            self._is_allowed = answer in {"a", "all"}
            return self._is_allowed or answer in {"y", "yes"}
        return True


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
    # Imported before the event loop has anything to do: it is the person's own code, and may take its time.
    found = [tool for reference in wanted.functions for tool in functions(reference)]
    (entry,) = question.entries.values()
    (target,) = question.asked[0].targets
    spec = prepare(entry.provider, entry.options, name=entry.name).spec
    if Capability.TOOLS not in spec.capabilities:
        raise UsageFault(f"{entry.name} cannot have tools called: {spec.name} has no way to")
    settings = {"model": target.model, **question.settings}

    async def work(manager: ProviderManager) -> int:
        async with servers(wanted.servers) as of_servers:
            toolbox = Toolbox.of([*found, *of_servers])
            connection = await manager.add_provider(entry.provider, entry.options, name=entry.name)
            conversation = connection.conversation(settings.pop("conversation_id", None))
            loop = Loop(session, manager, watcher, make_view, wanted, toolbox, conversation)
            return await loop.run(question.names[0], question.request().messages, settings)

    return await exchange(session, interrupts, work, watcher)
