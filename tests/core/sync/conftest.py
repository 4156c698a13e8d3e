"""The sync door to the scripted provider."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest

from jackfield import ProviderSpec, hookimpl
from jackfield.sync import Connection, ProviderManager, connect


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> Literal["asyncio", "trio"]:
    """The event loop behind the door."""
    chosen: Literal["asyncio", "trio"] = request.param
    return chosen


@pytest.fixture
def registering(make_spec: Callable[..., ProviderSpec]) -> Callable[..., object]:
    """Build a plugin that registers the scripted provider; keywords change its specification."""

    def build(**changes: Any) -> object:
        spec = make_spec(**changes)
        return type("P", (), {"jackfield_register_providers": hookimpl(lambda self: [spec])})()

    return build


@pytest.fixture
def manager(registering: Any, backend: Any) -> Iterator[ProviderManager]:
    """Open a manager that knows the scripted provider; no thread is left of it."""
    with ProviderManager(plugins=[registering()], backend=backend) as opened:
        yield opened
    assert not [thread for thread in threading.enumerate() if thread.name == "jackfield-sync"]


@pytest.fixture
def connection(manager: ProviderManager) -> Connection:
    """Open a connection to the scripted provider."""
    return manager.add_provider("scripted")


@pytest.fixture
def connected(registering: Any, backend: Any) -> Callable[..., Any]:
    """Connect for the length of a block."""

    @contextmanager
    def open_one(*plugins: object, **settings: Any) -> Iterator[Connection]:
        with connect("scripted", plugins=[registering(), *plugins], backend=backend, **settings) as opened:
            yield opened

    return open_one
