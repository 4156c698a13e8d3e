"""Asking a page, on the page's side of the bridge: everything here runs in the browser host's loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import anyio
import attrs

from jackfield import Certainty, ProviderError, ResponseFinished, ResponseStarted, StreamEvent, log_event

from ..accounts import Delivery
from ..hands import InputDriver, eventually
from ._reader import PageReader
from ._submit import Submission, send, stop
from ._traces import compare, traces_before
from ._write import compose

if TYPE_CHECKING:
    from playwright.async_api import Page

_STOP_SECONDS: Final = 4.0


@attrs.define(eq=False)
class Written:
    """A message that stands in the composer. It is sent when its caller has noted that, and says so.

    Attributes:
        allowed: Set in the host's loop, once it may be sent.
    """

    allowed: asyncio.Event = attrs.field(factory=asyncio.Event)


Told: TypeAlias = Written | Submission | StreamEvent
"""What asking brings, in this order."""


async def allow(_: Page, written: Written) -> None:
    """Let the message that was *written* be sent."""
    written.allowed.set()


async def ask(
    page: Page, reader: PageReader, text: str, hands: InputDriver, delivery: Delivery
) -> AsyncGenerator[Told]:
    """Send *text* and read its answer; left early, stop it. *delivery* notes what becomes of it."""
    refused = False
    async with reader.reply(text, delivery=delivery) as reply:
        try:
            delivery.before = await traces_before(reply)
            composed = await compose(reply, hands)
            if not composed.fault:
                yield (written := Written())
                await written.allowed.wait()
            submission = await send(reply, composed, hands)
            _tell(reader, "message.submitted", state=submission.state, reason=submission.reason)
            yield submission
            async for event in reply:
                _note(delivery, event)
                if isinstance(event, ResponseFinished):
                    told = event.metadata.get("read_by")
                    await compare(reply)
                    _tell(reader, "answer.read", read_by=told, finish_reason=event.finish_reason)
                yield event
        except ProviderError as error:
            if refused := error.certainty is Certainty.REJECTED:
                delivery.refuse()
            raise
        finally:
            # Where nothing is written, waiting for a button to stop it would only keep the refusal back.
            if delivery.is_at_work and not refused and await _stopped(page, reader):
                delivery.end()


def _note(delivery: Delivery, event: StreamEvent) -> None:
    if isinstance(event, ResponseFinished):
        delivery.end()
    elif not isinstance(event, ResponseStarted):
        delivery.hear()


def _tell(reader: PageReader, event: str, **facts: Any) -> None:
    log_event(event, layer="web", site=reader.site.name, **facts)


async def read(page: Page, reader: PageReader, text: str) -> AsyncGenerator[Told]:
    """Read the answer to *text*, which was sent earlier; the last one of the page when it is empty."""
    del page
    # The page may have been opened for this, and not be known yet.
    await reader.choose_variant()
    async with reader.reply(text, attach=True) as reply:
        async for event in reply:
            yield event


async def _stopped(page: Page, reader: PageReader) -> bool:
    """Press the page's stop button; tell whether the page stopped."""
    with anyio.move_on_after(_STOP_SECONDS, shield=True), contextlib.suppress(reader.engine_error):
        if not await stop(page, reader.site):
            return False

        async def is_at_rest() -> bool:
            return not await reader.ask_once("stops")

        return await eventually(is_at_rest, _STOP_SECONDS)
    return False
