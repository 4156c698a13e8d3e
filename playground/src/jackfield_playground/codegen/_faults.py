"""Faults: what may go wrong between a request and its answer, ordered by whoever runs the stand-in."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING

import attrs
from attrs.validators import ge, optional

from jackfield_playground._spoiling import BREATH, cut

from ._settings import Route

if TYPE_CHECKING:
    from starlette.types import Send

MESSAGES = {
    402: (
        "Alloted agent runs for the current billing plan have been reached. "
        "Please upgrade your plan to continue."
    ),
    403: "You do not have access to this organization.",
    404: "Agent run not found.",
    429: "Rate limit exceeded. Please try again later.",
}
"""The vendor's own words, from its OpenAPI file."""


def _to_header(value: str | float | None) -> str | None:
    return None if value is None else str(value)


@attrs.frozen(kw_only=True)
class Answer:
    """An HTTP answer, whole."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ((b"content-type", b"application/json"),)
    in_pieces: bool = False

    async def send(self, send: Send) -> None:
        """Put it on the wire."""
        size = (b"content-length", str(len(self.body)).encode())
        headers = [header for header in self.headers if header[0] != b"content-length"]
        await send({"type": "http.response.start", "status": self.status, "headers": [*headers, size]})
        for piece in cut(self.body) if self.in_pieces else ():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(BREATH)
        await send({"type": "http.response.body", "body": b"" if self.in_pieces else self.body})


@attrs.frozen(kw_only=True)
class Fault:
    """What happens to one request instead of, or on top of, its normal answer."""

    route: Route | None = attrs.field(default=None, converter=attrs.converters.optional(Route))
    """The route it waits for; None: whichever request of the API comes next."""
    executed: bool = True
    """Whether the request is carried out before it goes wrong."""
    delay_seconds: float = attrs.field(default=0.0, validator=ge(0))
    """Seconds between carrying out and answering (or dropping)."""
    dropped: bool = False
    """The connection is dropped without an answer."""
    silent: bool = False
    """Nothing ever comes."""
    garbled: bool = False
    """The answer keeps its status, and only the first half of its JSON."""
    in_pieces: bool = False
    """The answer comes cut anywhere, a few bytes at a time."""
    status: int | None = attrs.field(default=None, validator=optional(ge(200)))
    """An HTTP status to answer with in place of the real one."""
    retry_after: str | None = attrs.field(default=None, converter=_to_header)
    """The `Retry-After` header sent with `status`, word for word: seconds, a date, or nonsense."""

    def applied_to(self, answer: Answer | None) -> Answer:
        """Return the answer that is sent where `answer` (None: nothing was carried out) was due."""
        if answer is None or self.status is not None:
            return error_answer(self.status or HTTPStatus.SERVICE_UNAVAILABLE, retry_after=self.retry_after)
        if self.garbled:
            return attrs.evolve(answer, body=answer.body[: len(answer.body) // 2])
        return attrs.evolve(answer, in_pieces=self.in_pieces)


def error_answer(status: int, message: str | None = None, *, retry_after: str | None = None) -> Answer:
    """Return an error in the API's documented shape, `{"message": …, "status_code": …}`."""
    words = message or MESSAGES.get(status) or HTTPStatus(status).phrase
    waits = () if retry_after is None else ((b"retry-after", retry_after.encode("latin-1")),)
    return Answer(
        status=status,
        body=json.dumps({"message": words, "status_code": status}).encode(),
        headers=((b"content-type", b"application/json"), *waits),
    )
