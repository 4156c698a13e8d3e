"""What an answer has cost, about, where somebody estimates it: the installed middleware `prices`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from importlib.metadata import entry_points
from typing import Any, Final

from jackfield import ChatResponse

_PRICES: Final = "prices"
_SMALL: Final = 0.01


def cost_plugins(named: Collection[str], tell: Callable[[str], None]) -> list[object]:
    """Return what estimates costs, where it is installed and the configuration does not name it anyway.

    Args:
        named: The middleware that the configuration names.
        tell: Takes a sentence for a person: why there is no estimate.
    """
    if _PRICES in named:
        return []
    try:
        return [one.load() for one in entry_points(group="jackfield.middleware", name=_PRICES)]
    except Exception as error:  # noqa: BLE001  an answer is worth more than what it cost
        tell(f"Costs are not estimated: {type(error).__name__}: {error}")
        return []


def told_cost(response: ChatResponse) -> str:
    """Return what the answer has cost, as an estimate in words; empty where nobody knows."""
    cost: Any = response.metadata.get("cost_estimate")
    if not isinstance(cost, Mapping) or not isinstance(cost.get("amount"), int | float):
        return ""
    amount = float(cost["amount"])
    # Two digits that count: the cost of one answer is often far below a cent.
    shown = f"{amount:.2f}" if amount >= _SMALL else format(Decimal(f"{amount:.2}"), "f")
    return f"about {shown} {cost.get('currency', '')} (estimate)"
