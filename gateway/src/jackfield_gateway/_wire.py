"""The seam between the front door and a wire. A wire does no I/O and knows neither HTTP nor the manager."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import attrs

from jackfield import Capability, ChatRequest, ChatResponse, Embeddings, EmbedRequest, StreamEvent

from ._fault import Fault


@attrs.frozen(kw_only=True)
class Asked:
    """A request as a wire understood it.

    Attributes:
        request: What is asked; its `model` is left empty, for *model* names whom to ask first of all.
        model: The model as the client names it.
        stream: Whether the answer is wanted as it comes.
        ignored: The names of the fields that were not understood and left out, told in a header.
        has_formal_limit: Whether the wire makes everybody say how long an answer may be: then a limit is left
            out, and told, where it cannot be kept.
        estimate: An answer that nobody needs to be asked for: it is told at once, and labelled as ours.
        details: What the wire's own encoder wants to know, such as whether usage was asked for.
    """

    request: ChatRequest
    model: str
    stream: bool = False
    ignored: tuple[str, ...] = ()
    has_formal_limit: bool = False
    estimate: Mapping[str, Any] | None = None
    details: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class AskedVectors:
    """A request for vectors as a wire understood it.

    Attributes:
        request: What is asked; its `model` is left empty.
        model: The model as the client names it.
        ignored: The names of the fields that were not understood and left out.
        tell: Returns the vectors in the wire's words.
    """

    request: EmbedRequest
    model: str
    ignored: tuple[str, ...] = ()
    tell: Callable[[Embeddings], Mapping[str, Any]]


@attrs.frozen(kw_only=True)
class AskedAbout:
    """A question about a model, which nobody needs to be asked for.

    Attributes:
        model: The model as the client names it.
        ignored: The names of the fields that were not understood and left out.
        tell: Returns the answer, from what the connection behind it can do.
    """

    model: str
    ignored: tuple[str, ...] = ()
    tell: Callable[[frozenset[Capability]], Mapping[str, Any]]


class Encoder(Protocol):
    """One answer in the words of a wire. Made anew for each request; events go in, bytes come out.

    Nothing is sent before the first method returns bytes: until then every failure has a true status.
    """

    @property
    def media_type(self) -> str:
        """The type of a streamed answer."""

    @property
    def ping(self) -> bytes:
        """A sign of life between two events."""

    def event(self, event: StreamEvent) -> bytes:
        """Return what the wire says of an event; nothing where it has no words for it.

        Raises:
            Refusal: The remote took back what was sent already, which no wire can.
        """

    def end(self, response: ChatResponse) -> bytes:
        """Return how the wire ends a whole answer. The only good end of a stream."""

    def fault(self, fault: Fault) -> bytes:
        """Return the wire's own error event, which ends a stream whose status has left already."""

    def whole(self, response: ChatResponse) -> Mapping[str, Any]:
        """Return an answer in one piece."""


class Wire(Protocol):
    """A way to ask that clients speak."""

    @property
    def name(self) -> str:
        """What the wire is called in the log."""

    def serves(self, path: str) -> bool:
        """Whether *path* is one of the wire's own, compared as it came."""

    def decode(
        self, body: Mapping[str, Any], path: str, query: Mapping[str, str]
    ) -> Asked | AskedAbout | AskedVectors:
        """Read a request.

        Args:
            body: Its JSON object.
            path: Its path, for wires that name the model or the manner there.
            query: What stands behind its path.

        Raises:
            Refusal: It makes no sense, or asks for what would hurt if it were left out.
            JackfieldError: The contract's own values refuse something.
        """

    def encoder(self, asked: Asked, answer_id: str, created: int) -> Encoder:
        """Return what writes the answer.

        Args:
            asked: The request.
            answer_id: Our id of the request: letters and digits.
            created: Seconds since 1970.
        """

    def refusal(self, fault: Fault, request_id: str) -> tuple[int, Mapping[str, Any]]:
        """Return the status and the body with which the wire tells a fault."""
