"""The remote as the kit steers it: a stand-in that counts, shows what arrived, and fails on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, runtime_checkable

import attrs

RETRY_AFTER: Final = 7.0
"""Seconds after which a remote that plays `come back later` wants to be asked again."""


class Remote(Protocol):
    """A stand-in that the kit may lead into faults. Those of `jackfield-playground` for APIs are such.

    Its methods are called from the event loop: they must not wait.
    """

    def posts(self) -> int:
        """Return how many requests for an answer have arrived: one that was sent twice counts twice."""

    def open_connections(self) -> int:
        """Return how many connections clients have open just now."""

    def play(self, fault: str, /) -> None:
        """Let a fault befall every request for an answer from now on; `none` ends that.

        The kit knows these words. What a remote cannot play is not tried, and the report says so.

        | word | what befalls the request |
        |---|---|
        | `cut` | the answer ends in the middle, as if it were over |
        | `drop` | the connection is dropped in the middle of the answer |
        | `error in stream` | an error comes in the middle of an answer with a good status |
        | `error with text` | the same, in one piece with the text before it |
        | `garbled` | a piece in the middle makes no sense |
        | `empty` | an answer with a good status has nothing in it |
        | `hang` | the answer begins and does not go on |
        | `pings` | the answer begins, then come signs of life for ever |
        | `silent` | nothing ever comes |
        | `slow` | the answer takes its time, and is whole |
        | `in pieces` | the answer comes cut anywhere, a few bytes at a time, and is whole |
        | `500`, `429` | a refusal of that status, before any answer |
        | `come back later` | a 429 that says, as the remote says it, to come back in `RETRY_AFTER` seconds |

        Raises:
            ValueError: It cannot play that.
        """


@attrs.frozen
class Arrived:
    """A request for an answer, as it arrived.

    Attributes:
        path: Its path, with the query.
        headers: Its headers, by lower-case names.
        body: Its body.
    """

    path: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)


@runtime_checkable
class ShowingRemote(Protocol):
    """A remote that also shows what arrived, so that the kit can look for all that was asked."""

    def arrived(self) -> Sequence[Arrived]:
        """Return every request for an answer so far, in order."""
