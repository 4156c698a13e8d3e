"""The garbage collector of a program that is a front door and nothing else.

Five hundred streams are some hundred thousand objects, nearly all of them needed: by itself the collector
looks through all of them again and again, which took a fifth of the door's time (`nox -s bench-gateway`).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_THRESHOLDS: Final = (100_000, 20, 100)
"""Objects until it looks at the youngest; such looks until one at the older; those until one at all."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Collect rarely for the length of a block, and never what was there before."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
