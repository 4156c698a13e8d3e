"""Plugins made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from jackfield import hookimpl


@pytest.fixture
def implement() -> Callable[..., object]:
    """Make a plugin that implements hooks with those functions; the prefix is added."""

    def make(**hooks: Callable[..., Any]) -> object:
        functions = {f"jackfield_{name}": staticmethod(hookimpl(hook)) for name, hook in hooks.items()}
        return type("Plugin", (), functions)()

    return make


@pytest.fixture
def raising() -> Callable[[BaseException], Callable[[], Any]]:
    """Make a function that raises."""

    def make(error: BaseException) -> Callable[[], Any]:
        def fail() -> None:
            raise error

        return fail

    return make


@attrs.define(eq=False)
class Witness:
    """A plugin that writes down what it is told."""

    seen: list[tuple[Any, ...]] = attrs.field(factory=list)

    @hookimpl
    def jackfield_provider_opened(self, connection: Any) -> None:
        self.seen.append(("opened", connection.name))

    @hookimpl
    def jackfield_provider_closed(self, connection: Any, error: Any) -> None:
        self.seen.append(("closed", connection.name, type(error)))

    @hookimpl
    def jackfield_status_changed(self, old: Any, new: Any, reason: str) -> None:
        self.seen.append(("status", old.name, new.name, reason))

    @hookimpl
    def jackfield_response_finished(self, request: Any, response: Any, error: Any) -> None:
        assert request.id == response.request_id
        self.seen.append(("finished", response.content or response.partial, type(error)))

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        return [tuple(facts) for told, *facts in self.seen if told == kind]


@pytest.fixture
def make_witness() -> type[Witness]:
    """Make a plugin that writes down what it is told."""
    return Witness
