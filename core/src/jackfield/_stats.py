"""What a connection has done so far."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final

import attrs

from ._exceptions import JackfieldError
from ._types import ChatResponse, Usage, UsageSource

_UNTOLD: Final = Usage()


@attrs.frozen(kw_only=True)
class ProviderStats:
    """A connection's statistics, as they were when they were asked for.

    Attributes:
        requests: Requests that ended, whichever way; one that was refused before it was sent failed.
        succeeded: Those whose whole answer arrived.
        failed: Those that ended in an error.
        left_early: Those whose reader left before the end, or was cancelled.
        retries: Attempts after the first, over all requests.
        input_tokens: Tokens read, as far as the remote reports them; None when it never did.
        output_tokens: Tokens written, likewise.
        elapsed: Seconds of all requests together.
        last_error: The text of the last error, or None.
    """

    requests: int = 0
    succeeded: int = 0
    failed: int = 0
    left_early: int = 0
    retries: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    elapsed: float = 0.0
    last_error: str | None = None

    def __await__(self) -> Generator[Any, None, ProviderStats]:
        """Return itself, so that a program may await what `get_provider_stats` gives, or not."""
        yield from ()
        return self

    @property
    def average_elapsed(self) -> float:
        """Seconds of a request on average; 0 before the first."""
        return self.elapsed / self.requests if self.requests else 0.0

    def after(self, response: ChatResponse, error: JackfieldError | None, *, finished: bool) -> ProviderStats:
        """Return the statistics with one more request in them."""
        usage = response.usage or _UNTOLD
        return attrs.evolve(
            self,
            requests=self.requests + 1,
            succeeded=self.succeeded + (finished and error is None),
            failed=self.failed + (error is not None),
            left_early=self.left_early + (error is None and not finished),
            retries=self.retries + max(0, response.attempts - 1),
            input_tokens=_sum(self.input_tokens, usage.input_tokens, usage.input_source),
            output_tokens=_sum(self.output_tokens, usage.output_tokens, usage.output_source),
            elapsed=self.elapsed + response.elapsed,
            last_error=str(error) if error is not None else self.last_error,
        )


def _sum(total: int | None, more: int | None, source: UsageSource | None) -> int | None:
    """Return *total* with *more*, if the remote itself counted that."""
    return total if more is None or source == "estimated" else (total or 0) + more


class StatsByName(dict[str, ProviderStats]):
    """The statistics of connections, by their names; they may be awaited, and need not be."""

    def __await__(self) -> Generator[Any, None, Mapping[str, ProviderStats]]:
        """Return itself."""
        yield from ()
        return self
