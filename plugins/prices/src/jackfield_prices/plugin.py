"""What is installed as the middleware `prices`."""

from __future__ import annotations

from typing import Final

from ._prices import Prices

plugin: Final = Prices()
