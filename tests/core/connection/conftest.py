"""One opened connection to the scripted provider."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from jackfield import Connection, ProviderContext, ProviderSpec, connect, hookimpl


@pytest.fixture
def opened(make_spec: Callable[..., ProviderSpec]) -> Callable[..., AbstractAsyncContextManager[Connection]]:
    """Open a connection; options and plugins are handed on, other keywords change the specification."""

    def open_one(
        options: dict[str, Any] | None = None,
        *plugins: object,
        context: ProviderContext | None = None,
        **changes: Any,
    ) -> AbstractAsyncContextManager[Connection]:
        spec = make_spec(**changes)
        registering = type("P", (), {"jackfield_register_providers": hookimpl(lambda self: [spec])})()
        return connect(spec.name, options, context, plugins=[registering, *plugins])

    return open_one
