"""Working on runs: the steps of a run, taken one at a time on the server's event loop.

Law: one task works on a run, and answers its messages one after the other. A cancelled task stops the engine.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from jackfield_playground._engines import Turn

from ._run import TERMINAL, Draft, PullRequest, Snapshot, now
from ._scenes import outcome_of
from ._settings import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jackfield_playground._engines import Engine

    from ._run import Message, Run
    from ._settings import CodegenSettings

_PULL_REQUEST_WORDS = re.compile(
    r"\b(pull request|pr|code|fix|implement|refactor|function|script|program)\b", re.IGNORECASE
)
_TOOLS = ("search_codebase", "view_file", "run_command")
_STATUS_WHILE_WORKING = {Outcome.NULL_STATUS: None, Outcome.UNKNOWN_STATUS: "EVALUATION"}
_BAD_ENDS = {
    Outcome.FAILS: ("FAILED", "The playground was asked to fail this run."),
    Outcome.ERRORS: ("ERROR", "The playground was asked to end this run with an error."),
    Outcome.CANCELLED: ("CANCELLED", "The playground was asked to cancel this run."),
}
_READS_BACK_IN_TIME = 2


class Workshop:
    """Works on any number of runs at once; lives on the server's event loop."""

    def __init__(self, engine: Engine, settings: Callable[[], CodegenSettings]) -> None:
        self._engine = engine
        self._settings = settings
        self._tasks: set[asyncio.Task[None]] = set()

    def take_up(self, run: Run) -> None:
        """Work on the run's messages, unless it is being worked on already."""
        if run.work is None or run.work.done():
            run.work = asyncio.get_running_loop().create_task(self._work(run))
            self._tasks.add(run.work)
            run.work.add_done_callback(self._tasks.discard)

    def go_on(self, runs: Iterable[Run]) -> None:
        """Work on what a server that is gone has left, from the beginning of each answer."""
        for run in runs:
            run.reads = asyncio.Semaphore(0)  # the one from before belongs to that server's loop
            self.take_up(run)

    def stop(self, run: Run) -> None:
        """Stop working on the run at once; an unfinished one becomes CANCELLED."""
        if run.work is not None:
            run.work.cancel()
            run.work = None
        run.inbox.clear()
        run.at_hand = None
        if run.status not in TERMINAL:
            run.status = "CANCELLED"

    async def close(self) -> None:
        """Stop working on everything, without a word about it in the runs; `go_on` takes it up again."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _work(self, run: Run) -> None:
        while run.at_hand or run.inbox:
            if run.at_hand is None:
                run.at_hand = run.inbox.popleft()
                run.turns.append(Turn("user", run.at_hand.prompt, len(run.at_hand.images)))
                run.note("USER_MESSAGE", observation=run.at_hand.prompt)
            await self._answer(run, run.at_hand)
            run.at_hand = None

    async def _answer(self, run: Run, message: Message) -> None:
        outcome = outcome_of(message.prompt, self._settings())
        run.status, run.result, run.draft = "PENDING", None, Draft()
        await self._pause(run)
        run.status = _STATUS_WHILE_WORKING.get(outcome, "RUNNING")
        writing = asyncio.get_running_loop().create_task(self._write(run))
        try:
            await self._take_steps(run, message)
            await writing
        finally:
            run.draft.stopped = True
            writing.cancel()
        await self._end(run, outcome)

    async def _write(self, run: Run) -> None:
        draft = run.draft
        try:
            await asyncio.to_thread(self._engine.answer, tuple(run.turns), draft.emit)
        except Exception as error:  # noqa: BLE001  # an engine is anyone's code; its failure is the run's
            draft.failure = f"The engine “{self._engine.name}” failed: {type(error).__name__}: {error}"

    async def _take_steps(self, run: Run, message: Message) -> None:
        run.note("PLAN_EVALUATION", thought=f"I will answer {len(message.prompt.split())} words of prompt.")
        for step in range(self._settings().steps):
            await self._pause(run)
            _use_tool(run, message, step)
        await self._pause(run)
        run.note("AGENT_RUN_LINK", observation={"title": f"Agent run {run.id}", "url": run.web_url})
        if _PULL_REQUEST_WORDS.search(message.prompt):
            await self._pause(run)
            _open_pull_request(run)

    async def _end(self, run: Run, outcome: Outcome) -> None:
        await self._pause(run)
        if outcome in {Outcome.NEVER_ENDS, Outcome.VANISHES}:
            await asyncio.Event().wait()
        if outcome in _BAD_ENDS or run.draft.failure:
            run.status, reason = _BAD_ENDS.get(outcome, ("ERROR", run.draft.failure))
            run.note("ERROR", observation=reason)
            return
        run.turns.append(Turn("assistant", run.draft.text))
        if outcome is Outcome.EMPTY and not run.pull_requests:
            run.draft.pieces.clear()
        elif outcome is not Outcome.EMPTY:
            run.result = run.draft.text
            run.note("FINAL_ANSWER", observation=run.result)
        run.status = "COMPLETE"
        if outcome is Outcome.GOES_BACK:
            run.lagging.extend([run.truth, *[Snapshot("RUNNING", None)] * _READS_BACK_IN_TIME])
            run.result = f"{run.result}\n\nOn second thought, the same."

    async def _pause(self, run: Run) -> None:
        settings = self._settings()
        if settings.step_on_read:
            await run.reads.acquire()
        else:
            await asyncio.sleep(settings.step_seconds)


def _use_tool(run: Run, message: Message, step: int) -> None:
    words = message.prompt.split() or ["nothing"]
    run.note(
        "ACTION",
        tool_name=_TOOLS[step % len(_TOOLS)],
        thought=f"Step {step + 1}: looking at “{words[step % len(words)]}”.",
        tool_input={"query": words[step % len(words)]},
        tool_output={"status": "success", "matches": step},
    )


def _open_pull_request(run: Run) -> None:
    number = len(run.pull_requests) + 1
    pull_request = PullRequest(
        id=run.id * 100 + number,
        title=f"Playground change {number} of run {run.id}",
        url=f"{run.web_url}#pull-{number}",
        created_at=now(),
        head_branch_name=f"codegen/run-{run.id}-{number}",
    )
    run.pull_requests.append(pull_request)
    run.note("INITIAL_PR_GENERATION", observation={"title": pull_request.title, "url": pull_request.url})
