"""Measuring what a page can see of a driven browser that it would not see of an undriven one."""

from __future__ import annotations

from ._comparison import Comparison, Difference
from ._hand import Trait
from ._measuring import measure

__all__ = ["Comparison", "Difference", "Trait", "measure"]
