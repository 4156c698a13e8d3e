"""Getting a request accepted, once.

Neither creating nor resuming a run has an idempotency key. So a run is created with our own id in its
metadata, and when an answer is lost we look for the run instead of asking for it again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

import anyio
import attrs

from jackfield import Certainty, ChatRequest, ProviderError, SubmissionUncertain, resolve_model

from ._asking import CID, Asking, asking, run_number
from ._client import CodegenClient
from ._options import CodegenOptions
from ._reader import RunReader
from ._wire import LogPage, Run

Found = TypeVar("Found")

_PAUSES: Final = (2.0, 3.0, 10.0, 15.0, 15.0, 15.0)
"""Seconds before each look for what was lost, at the default `base_delay`."""

_LOOKS: Final = 3
"""Looks that see nothing, after which it is given up. A look that fails does not count."""

_CLOCKS_DIFFER: Final = timedelta(seconds=120)


@attrs.frozen(kw_only=True)
class Submission:
    """A request that a run works on.

    Attributes:
        run: The run.
        reader: Looks at it.
        model: The model that was asked for, in Codegen's words.
        notes: What is to be told about it: metadata of the response.
        before: The run as it was before it was resumed; None for a new one.
        prompt: What was said, which the run's log repeats; empty when a run is only read.
    """

    run: Run
    reader: RunReader
    model: str | None = None
    notes: Mapping[str, Any] = attrs.field(factory=dict)
    before: LogPage | None = None
    prompt: str = ""


@attrs.define(eq=False)
class Submitter:
    """Gets requests accepted."""

    _client: CodegenClient
    _options: CodegenOptions

    async def submit(self, request: ChatRequest) -> Submission:
        """Create a run for *request*, or resume the one that its conversation id names.

        Raises:
            SubmissionUncertain: The answer was lost, and looking did not tell whether the request arrived.
            ProviderError: The request was refused, or did not arrive.
        """
        asked = asking(request)
        if request.conversation_id is None:
            return await self._create(request, asked)
        return await self._resume(request, asked, run_number(request.conversation_id, "conversation_id"))

    async def _create(self, request: ChatRequest, asked: Asking) -> Submission:
        options, notes = self._options, asked.notes
        model = resolve_model(
            request.model,
            mapping=options.model_mapping,
            default=options.default_model,
            provider="codegen_api",
        )
        began = datetime.now(UTC)
        try:
            run = await self._client.create(asked.to_create(request.id, model))
        except ProviderError as lost:
            if lost.certainty is not Certainty.UNKNOWN:
                raise
            look = partial(self._client.runs_with, CID, request.id, began - _CLOCKS_DIFFER)
            runs = await self._looked_for(look)
            if not runs:
                hint = f"Look for {CID} {request.id} in the metadata of Codegen's runs before you send again."
                raise self._uncertain(request, lost, hint) from lost
            run, notes = runs[0], {**notes, **_adopted(lost, runs)}
        reader = RunReader(self._client, run.id)
        return Submission(run=run, reader=reader, model=model, notes=notes, prompt=asked.prompt)

    async def _resume(self, request: ChatRequest, asked: Asking, run_id: int) -> Submission:
        reader = RunReader(self._client, run_id)
        before = await self._before(reader)
        run, notes = before.run, {**asked.notes, **_not_sent(request)}
        try:
            run = await self._client.resume(asked.to_resume(run_id))
        except ProviderError as lost:
            if lost.certainty is not Certainty.UNKNOWN:
                raise
            if not await self._looked_for(partial(self._moved, reader, before)):
                error = self._uncertain(request, lost, "Look at the run before you send again.")
                error.handle, error.url = run.handle, run.url
                raise error from lost
            notes["answer_lost"] = type(lost).__name__
        return Submission(run=run, reader=reader, notes=notes, before=before, prompt=asked.prompt)

    async def _before(self, reader: RunReader) -> LogPage:
        """Return the run as it is, with the number of its log entries: what comes later is news."""
        page = await reader.look(0)
        if reader.no_logs:
            reader.without_log()
        total, more = len(page.entries), page
        while page.total is None and more.entries:
            more = await reader.look(total)
            total += len(more.entries)
        return page if page.total is not None else attrs.evolve(page, total=total)

    async def _moved(self, reader: RunReader, before: LogPage) -> bool:
        page = await reader.look(before.total or 0)
        return bool(page.entries) or page.run.status != before.run.status

    async def _looked_for(self, look: Callable[[], Awaitable[Found]]) -> Found | None:
        """Look again and again for what may have been done although the answer was lost."""
        looks = 0
        for pause in _PAUSES:
            await anyio.sleep(pause * self._options.base_delay / 2)
            try:
                found = await look()
            except ProviderError:
                continue
            looks += 1
            if found or looks == _LOOKS:
                return found
        return None

    def _uncertain(self, request: ChatRequest, lost: ProviderError, hint: str) -> ProviderError:
        """Return the error for a request of which nobody can say whether it arrived."""
        if request.retry_uncertain or self._options.retry_uncertain:
            return lost
        return SubmissionUncertain(
            f"Codegen's answer was lost, and looking did not tell whether it acted: {lost.message}",
            hint=f"Nothing was sent again. {hint}",
        )


def _adopted(lost: ProviderError, runs: tuple[Run, ...]) -> Mapping[str, Any]:
    duplicates = [run.handle for run in runs[1:]]
    return {"answer_lost": type(lost).__name__, **({"duplicate_runs": duplicates} if duplicates else {})}


def _not_sent(request: ChatRequest) -> Mapping[str, Any]:
    """Tell which wishes a resumed run does not take: it keeps what it was created with."""
    wishes = [*(["model"] if request.model is not None else []), *request.options]
    return {"not_sent": wishes} if wishes else {}
