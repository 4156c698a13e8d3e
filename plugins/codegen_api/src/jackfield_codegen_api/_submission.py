"""Getting a request accepted, once.

Neither creating nor resuming a run has an idempotency key. So a run is created with our own id in its
metadata, and a resumed run repeats our words in its log; when an answer is lost, we look for these instead of
asking again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeVar

import anyio
import attrs

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ChatRequest,
    ProviderError,
    SubmissionUncertain,
    if_cut_off,
    log_event,
    renew_login,
)
from jackfield_api import Poller

from ._asking import CID, Asking, asking, model_of, run_number
from ._client import PAGE, Accepted, CodegenClient
from ._decoding import repeats
from ._options import CodegenOptions
from ._reader import RunReader
from ._wire import LogPage, Run

Found = TypeVar("Found")

_SURELY_NOT: Final = frozenset({Certainty.NOT_SENT, Certainty.REJECTED})
_PAUSES: Final = (2.0, 3.0, 10.0, 15.0, 15.0, 15.0)
"""Seconds before each look for what was lost, at the default `base_delay`."""

_LOOKS: Final = 3
"""Looks that see nothing, after which it is given up. A look that fails does not count."""


@attrs.frozen(kw_only=True)
class Submission:
    """A request that a run works on.

    Attributes:
        run: The run.
        reader: Looks at it.
        model: The model that was asked for, in Codegen's words.
        notes: What is to be told about it: metadata of the response.
        remote_request_id: The API's id of the request that created or resumed it.
        limits: What the API told about its limits then.
        before: The run as it was, at rest, before it was resumed; None for a new one.
        prompt: What was said, which the run's log repeats; empty when a run is only read.
    """

    run: Run
    reader: RunReader
    model: str | None = None
    notes: Mapping[str, Any] = attrs.field(factory=dict)
    remote_request_id: str | None = None
    limits: Mapping[str, float] = attrs.field(factory=dict)
    before: LogPage | None = None
    prompt: str = ""

    @classmethod
    def of(cls, accepted: Accepted, **facts: Any) -> Submission:
        """Return the submission that the API accepted, with what else is known of it."""
        return cls(
            run=accepted.run,
            remote_request_id=accepted.remote_request_id,
            limits=accepted.limits,
            **facts,
        )


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
        began = anyio.current_time()
        notes: Mapping[str, Any] = {}
        model = model_of(request, self._options)
        if_lost = (
            f"Codegen may have started a run for it: look for {CID} {request.id} in the metadata of its runs "
            "before you send again."
        )
        try:
            accepted = await self._client.create(asked.to_create(request.id, model), if_lost)
        except ProviderError as lost:
            if lost.certainty in _SURELY_NOT:
                raise
            with if_cut_off(if_lost, Certainty.UNKNOWN):
                runs = await self._looked_for(
                    lambda: self._client.runs_with(CID, request.id, anyio.current_time() - began)
                )
            if not runs:
                raise self._uncertain(request, lost, if_lost) from lost
            accepted, notes = Accepted(run=runs[0]), _adopted(lost, runs)
        reader = RunReader(self._client, accepted.run.id)
        return Submission.of(accepted, reader=reader, model=model, notes=notes, prompt=asked.prompt)

    async def _resume(self, request: ChatRequest, asked: Asking, run_id: int) -> Submission:
        reader = RunReader(self._client, run_id)
        notes: Mapping[str, Any] = {}
        before = await self._at_rest(reader)
        if_lost = f"Codegen's run {run_id} may have got the message: look at it before you send again."
        try:
            accepted = await self._client.resume(asked.to_resume(run_id), if_lost)
        except ProviderError as lost:
            if lost.certainty in _SURELY_NOT:
                raise
            with if_cut_off(if_lost, Certainty.UNKNOWN):
                heard = await self._looked_for(partial(self._heard, reader, before, asked.prompt))
            if not heard:
                error = self._uncertain(request, lost, if_lost)
                error.handle, error.url = before.run.handle, before.run.url
                raise error from lost
            accepted, notes = Accepted(run=before.run), {"answer_lost": type(lost).__name__}
        return Submission.of(accepted, reader=reader, notes=notes, before=before, prompt=asked.prompt)

    async def _at_rest(self, reader: RunReader) -> LogPage:
        """Return the run when it is at rest, with the number of its log entries: what comes later is news.

        A run that is at work is waited for, within the request's time. Whoever goes on with a chat expects
        the next answer and not a refusal, and the vendor describes resuming for a run that is paused. Said
        meanwhile, our message could not be told from the work before it: the end of that work would be taken
        for the answer. Nothing was said yet, so nothing that goes wrong here can have acted.
        """
        number, told, seen = reader.run_id, False, 0
        poller = Poller(start=self._options.poll_start, longest=self._options.poll_longest)
        hint = f"Codegen's run {number} was still at work, and this message was not said to it."
        with if_cut_off(hint, Certainty.NOT_SENT), _nothing_said():
            while True:
                page = await reader.look(seen)
                seen = page.total if page.total is not None else seen + len(page.entries)
                if page.total is None and len(page.entries) >= PAGE:
                    continue
                if page.run.is_at_rest:
                    break
                if not told:
                    told_of = {"run": number, "note": "the next message for it waits for its end"}
                    log_event("run.at_work", level=logging.INFO, layer="codegen_api", **told_of)
                told = True
                await anyio.sleep(poller.wait())
        if reader.no_logs:
            reader.without_log()
        return attrs.evolve(page, total=seen)

    async def _heard(self, reader: RunReader, before: LogPage, prompt: str) -> bool:
        """Whether the run has our message. Another status or other entries may be anybody's doing."""
        page = await reader.look(before.total or 0)
        return any(repeats(entry, prompt) for entry in page.entries)

    async def _looked_for(self, look: Callable[[], Awaitable[Found]]) -> Found | None:
        """Look again and again for what may have been done although the answer was lost.

        Looking acts on nothing, so it may be repeated; it waits for as long as the API asks, and goes on with
        a new login when the old one has run out meanwhile.
        """
        looks, at_least = 0, 0.0
        for pause in _PAUSES:
            await anyio.sleep(max(at_least, pause * self._options.base_delay / 2))
            at_least = 0.0
            try:
                found = await look()
            except AuthenticationRequired as refused:
                if not await renew_login(refused):
                    return None
            except ProviderError as error:
                at_least = error.retry_after or 0.0
                if at_least > self._options.retry_after_cap:
                    return None
            else:
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


@contextmanager
def _nothing_said() -> Iterator[None]:
    """Let an error of a block that only looks say that the request itself was not sent."""
    try:
        yield
    except ProviderError as error:
        if error.certainty not in _SURELY_NOT:
            error.certainty, error.certainty_is_told = Certainty.NOT_SENT, True
        raise


def _adopted(lost: ProviderError, runs: tuple[Run, ...]) -> Mapping[str, Any]:
    duplicates = [run.handle for run in runs[1:]]
    return {"answer_lost": type(lost).__name__, **({"duplicate_runs": duplicates} if duplicates else {})}
