"""What keeps a plugin cheap to load: its provider is imported when somebody opens it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import Any

from jackfield import Finding, Provider


def opener_in(module: str) -> Callable[[Any], AbstractAsyncContextManager[Provider]]:
    """Return what opens a provider, for `ProviderSpec.open`: the function `opened` of *module*.

    The module, and all that it needs, is imported when a connection is opened.
    """

    def open_provider(options: Any) -> AbstractAsyncContextManager[Provider]:
        opened: AbstractAsyncContextManager[Provider] = import_module(module).opened(options)
        return opened

    return open_provider


async def examine_base_url(options: Any, connection: str) -> Sequence[Finding]:  # noqa: ARG001  the spec's
    """Look how this machine reaches the API at the option `base_url`, for `ProviderSpec.examine`."""
    from ._network import examine_network

    return await examine_network(options, options.base_url)
