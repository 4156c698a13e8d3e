"""What an answer has cost, about: an estimate beside its token counts.

General layout: `plugin` is what is found, `_prices` has the hook, `_priced` the answer on its way, and
`_estimate` is the only place that knows the library with the prices.
"""

from __future__ import annotations

from ._estimate import CostEstimate
from ._prices import Prices

__all__ = ["CostEstimate", "Prices"]
