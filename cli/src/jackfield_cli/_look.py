"""Looking at a provider without opening it: its specification, and its options as the provider reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio
import attrs

from jackfield import Connection, connect, hookimpl


@attrs.define(eq=False)
class _Look:
    """Takes hold of a connection when it is about to open, and calls the opening off."""

    scope: anyio.CancelScope
    found: Connection | None = None

    @hookimpl
    def jackfield_status_changed(self, connection: Connection) -> None:
        """Called with the first change, from inactive to opening: nothing has been opened yet."""
        self.found = self.found or connection
        self.scope.cancel()


def look(provider: str, options: Mapping[str, Any] | None = None, name: str | None = None) -> Connection:
    """Return a connection that was never opened: `spec` and the checked `options` are what it is for.

    Raises:
        PluginError: The provider is not installed or cannot be used.
        ConfigError: An option or the name is wrong.
    """
    found = anyio.run(_look, provider, options, name)
    assert found is not None
    return found


async def _look(provider: str, options: Mapping[str, Any] | None, name: str | None) -> Connection | None:
    with anyio.CancelScope() as scope:
        watching = _Look(scope)
        async with connect(provider, options, name=name, plugins=[watching]):
            await anyio.lowlevel.checkpoint()
    return watching.found
