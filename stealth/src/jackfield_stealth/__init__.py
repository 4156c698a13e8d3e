"""Measuring what a page can see of a driven browser that it would not see of an undriven one."""

from __future__ import annotations

from ._comparison import Comparison, Difference
from ._hand import Trait
from ._measuring import has_display, measure
from ._table import as_markdown, as_text

__all__ = ["Comparison", "Difference", "Trait", "as_markdown", "as_text", "has_display", "measure"]
