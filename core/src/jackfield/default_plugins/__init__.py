"""The core's own plugins: they use the same hooks as everybody's."""

from __future__ import annotations

from . import environment

DEFAULT_PLUGINS = (environment,)

__all__ = ["DEFAULT_PLUGINS"]
