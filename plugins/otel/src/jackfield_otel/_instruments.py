"""What is measured: the four client metrics of the GenAI conventions, with the buckets that those advise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
from opentelemetry.metrics import Histogram, Meter

_SECONDS: Final = tuple(0.01 * 2**power for power in range(14))
_TOKENS: Final = tuple(4**power for power in range(14))


@attrs.frozen
class Instruments:
    """The histograms.

    Attributes:
        duration: Seconds of a whole operation, as its caller sees it.
        tokens: Tokens read and written.
        first_chunk: Seconds until an answer's first piece.
        next_chunk: Seconds between two pieces.
    """

    duration: Histogram
    tokens: Histogram
    first_chunk: Histogram
    next_chunk: Histogram

    @classmethod
    def of(cls, meter: Meter) -> Instruments:
        """Make them, or find those that *meter* made before."""

        def histogram(name: str, unit: str, buckets: Sequence[float], description: str) -> Histogram:
            return meter.create_histogram(
                f"gen_ai.client.{name}",
                unit=unit,
                description=description,
                explicit_bucket_boundaries_advisory=buckets,
            )

        return cls(
            duration=histogram("operation.duration", "s", _SECONDS, "GenAI operation duration."),
            tokens=histogram("token.usage", "{token}", _TOKENS, "Number of input and output tokens used."),
            first_chunk=histogram(
                "operation.time_to_first_chunk", "s", _SECONDS, "Time until the first piece of an answer."
            ),
            next_chunk=histogram(
                "operation.time_per_output_chunk", "s", _SECONDS, "Time between two pieces of an answer."
            ),
        )
