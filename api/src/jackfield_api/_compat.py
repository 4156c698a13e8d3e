"""The HTTP library: `httpx2` when it is installed, else `httpx`. No other module imports either.

The two have one API and separate classes, so they must never be mixed in one process' objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2 as http
else:
    try:
        import httpx2 as http
    except ImportError:
        import httpx as http

__all__ = ["http"]
