"""What is called with an engine's events."""

from __future__ import annotations

import inspect

import attrs

from jackfield_web.browser import listener


@attrs.define
class _Hearer:
    heard: list[str] = attrs.field(factory=list)

    def hear(self, event: str) -> None:
        self.heard.append(event)


def test_a_listener_says_its_signature_without_working_it_out() -> None:
    """The engine asks for it at each event of a page: what is written down is given, the same each time."""
    listen = listener(_Hearer().hear)

    assert inspect.signature(listen) is inspect.signature(listen)
    assert list(inspect.signature(listen).parameters) == ["event"]


def test_a_listener_takes_what_the_engine_notes_on_it() -> None:
    """The engine keeps its wrapper on what it calls, and an object with slots has no room for one."""
    hearer = _Hearer()
    listen = listener(hearer.hear)
    listen._pw_impl_instance_ = "the engine's wrapper"  # type: ignore[attr-defined]

    listen("news")

    assert hearer.heard == ["news"]
