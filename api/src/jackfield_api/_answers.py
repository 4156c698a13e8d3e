"""What decoders keep of an answer besides its parts: how it began and ended, and what it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeAlias

import attrs

from jackfield import FinishReason, ProviderError, ProviderState, ResponseFinished, ResponseStarted, Usage

from ._json_events import JsonEventsDecoder
from ._status import error_in
from ._usage import UsageNames, usage_of

StateMaker: TypeAlias = Callable[[str, Mapping[str, Any]], ProviderState]
"""Makes the state of a part from its kind and what is in it."""


@attrs.define(eq=False, slots=False)
class AnswerDecoder(JsonEventsDecoder):
    """A decoder to subclass, for a wire whose answers have a beginning, token counts and a reason to end.

    Write `take`, and `end` where the wire has no last event of its own. `begun` and `finished` make the first
    event and the last one.

    Attributes:
        started: What is known of the answer by its headers.
        family: The family of the model that was asked: what it signs is for no other.
        headers: The answer's headers, for errors inside it.
        remote: How the remote is called in errors.
        finish_reasons: The remote's words to ours; any other is `stop`.
        usage_names: Where it tells each of our token counts; see `usage_of`.
        has_begun: Whether `begun` made its event.
        request_id: The remote's own id of the request; a wire that tells it inside the answer sets it.
        usage: The token counts so far.
        unread: What nobody knows yet and was passed over, counted by its kind: told in the answer's metadata.
    """

    remote: ClassVar[str] = "the remote"
    finish_reasons: ClassVar[Mapping[str, FinishReason]] = {}
    usage_names: ClassVar[UsageNames] = {}

    started: ResponseStarted = attrs.field(factory=ResponseStarted)
    family: str | None = attrs.field(default=None, kw_only=True)
    headers: Mapping[str, str] = attrs.field(factory=dict, kw_only=True, repr=False)
    has_begun: bool = attrs.field(default=False, init=False)
    request_id: str | None = attrs.field(init=False)
    usage: Usage | None = attrs.field(default=None, init=False)
    unread: Counter[str] = attrs.field(factory=Counter, init=False)

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def __attrs_post_init__(self) -> None:
        self.request_id = self.started.remote_request_id

    def fault_in(self, told: Mapping[str, Any], event: str) -> ProviderError | None:
        """Return the error that an event reports, if it is one."""
        told = {**told, "type": "error"} if event == "error" else told
        return error_in(told, headers=self.headers, remote=self.remote)

    def begun(
        self, model: str | None, about: Mapping[str, Any], *, handle: str | None = None
    ) -> ResponseStarted:
        """Return the event that begins the answer.

        Args:
            model: The model that answers, if the remote says so.
            about: What else it says, for the metadata.
            handle: What `attach` finds the answer by.
        """
        self.has_begun = True
        return attrs.evolve(
            self.started,
            handle=handle,
            model=model or self.started.model,
            remote_request_id=self.request_id,
            metadata={**self.started.metadata, **about},
        )

    def count(self, told: Any) -> None:
        """Take in token counts, which are of all so far; what tells none leaves them as they were."""
        self.usage = usage_of(told, self.usage_names) or self.usage

    def finished(
        self,
        word: str,
        about: Mapping[str, Any] | None = None,
        *,
        model: str | None = None,
        usual: FinishReason = "stop",
    ) -> ResponseFinished:
        """Return the event that ends the answer.

        Args:
            word: The remote's word for why it ended; empty where it says none.
            about: What is known now, for the metadata.
            model: The model that answered, where it is told at the end alone.
            usual: What a word means that is none of `finish_reasons`.
        """
        unread = {"unread": dict(self.unread)} if self.unread else {}
        return ResponseFinished(
            finish_reason=self.finish_reasons.get(word, usual),
            provider_finish_reason=word or None,
            usage=self.usage,
            model=model,
            metadata={**(about or {}), **unread},
        )
