"""What tokens cost, by the list that `genai-prices` brings along. No network: the list is as old as it says.

The library takes seconds to be imported for the first time, when Python compiles its list. So it is imported
where an estimate is made, and never on an event loop.
"""

from __future__ import annotations

import functools
import importlib.metadata
from datetime import UTC, date, datetime
from typing import Any, Final

import attrs

from jackfield import Usage

_LIBRARY: Final = "genai-prices"
_PARTS: Final = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "cache_write_tokens": "cache_write_input_tokens",
}


@attrs.frozen(kw_only=True)
class CostEstimate:
    """What an answer has cost, about. A bill may differ: by contracts, taxes, batches, and newer prices.

    Attributes:
        amount: Of the whole, in *currency*.
        input_amount: Of what was read, in *currency*.
        output_amount: Of what was written, in *currency*.
        currency: The currency, by ISO 4217.
        model: Whose price it is, as the list names it.
        list: Which list of prices it is, with its version.
        as_of: The day of the newest change of a price in that list.
        tokens: Who counted the tokens: the remote (`reported`) or we (`estimated`).
    """

    amount: float
    input_amount: float
    output_amount: float
    currency: str = "USD"
    model: str
    list: str
    as_of: date
    tokens: str

    def told(self) -> dict[str, Any]:
        """Return it as an answer's `metadata["cost_estimate"]` has it: names and plain values."""
        return attrs.asdict(self) | {"as_of": self.as_of.isoformat()}


def estimate(usage: Usage, model: str, *, vendor: str | None, address: str | None) -> CostEstimate | None:
    """Return what those tokens cost at that vendor; None where counts, model or vendor are not known.

    Args:
        usage: The tokens.
        model: The model that answered.
        vendor: The vendor, as the list names it; None to know it by its address.
        address: Where the API is. Another vendor's API with the same wire has prices of its own.
    """
    if usage.input_tokens is None or usage.output_tokens is None or usage.inconsistencies:
        return None
    from genai_prices import Usage as Counts
    from genai_prices import calc_price

    where = {"provider_id": vendor} if vendor else {"provider_api_url": address}
    counts = Counts(**{name: getattr(usage, field) for name, field in _PARTS.items()})
    try:
        found = calc_price(counts, model, **where)
    except LookupError:
        return None
    sources = {usage.input_source, usage.output_source}
    return CostEstimate(
        amount=float(found.total_price),
        input_amount=float(found.input_price),
        output_amount=float(found.output_price),
        model=found.model.id,
        list=f"{_LIBRARY} {importlib.metadata.version(_LIBRARY)}",
        as_of=_newest_change(),
        tokens="estimated" if "estimated" in sources else "reported",
    )


@functools.cache
def _newest_change() -> date:
    """Return the day of the newest change in the list that has come into effect."""
    from genai_prices.data_snapshot import get_snapshot

    today = datetime.now(UTC).date()
    priced = [model.prices for vendor in get_snapshot().providers for model in vendor.models]
    changes = [change.constraint for prices in priced if isinstance(prices, list) for change in prices]
    days = [day for change in changes if isinstance(day := getattr(change, "start_date", None), date)]
    return max((day for day in days if day <= today), default=date.min)
