"""Answers of batches: each in one piece, or with the reason why there is none."""

from __future__ import annotations

import re
from typing import Any

from jackfield import Accumulator, ChatResponse, InvalidRequest, ProviderError, StreamInterrupted

from ._body import parse_json
from ._client import ApiClient
from ._json_events import JsonEventsDecoder


def check_handle(handle: str, form: re.Pattern[str], is_called: str) -> None:
    """Refuse what can be no name of a thing at the remote, before it gets into a path.

    Args:
        handle: The name, as somebody gave it.
        form: What all of it must match.
        is_called: The sentence that says so: `a batch is called batch_…`.

    Raises:
        InvalidRequest: It does not match.
    """
    if not form.fullmatch(handle):
        raise InvalidRequest(f"{is_called}, not {handle[:40]!r}")


async def json_lines(http: ApiClient, path: str) -> list[Any]:
    """Return the values of a file of JSON lines. It is read as it comes, so it may be larger than a reply.

    Raises:
        MalformedResponse: A line is no JSON.
        ProviderError: The remote refuses.
    """
    values, rest = [], b""
    async with http.stream("GET", path) as reply:
        async for chunk in reply:
            *lines, rest = (rest + chunk).split(b"\n")
            values += [parse_json(line) for line in lines if line.strip()]
    return [*values, parse_json(rest)] if rest.strip() else values


def whole_answer(decoder: JsonEventsDecoder, told: Any, **facts: Any) -> ChatResponse:
    """Return the answer that came in one piece, as a batch has it; a failed one has its error.

    Args:
        decoder: A decoder for this answer alone.
        told: The answer: its JSON, decoded.
        **facts: What only the caller knows; see `Accumulator.response`.
    """
    folded, error = Accumulator(), None
    try:
        for event in decoder.take_whole(told):
            folded.add(event)
        if folded.finished is None:
            raise StreamInterrupted("the answer in the batch is not complete")
    except ProviderError as failed:
        error = failed
    return folded.response(error=error, **facts)


def failed_answer(error: ProviderError, **facts: Any) -> ChatResponse:
    """Return the answer of a request that failed in its batch.

    Args:
        error: Why it failed; see `error_for`.
        **facts: As for `whole_answer`.
    """
    return Accumulator().response(error=error, **facts)
