"""The core's own plugins: they use the same hooks as everybody's."""

from __future__ import annotations

from . import environment, limits

DEFAULT_PLUGINS = (environment, limits)

__all__ = ["DEFAULT_PLUGINS"]
