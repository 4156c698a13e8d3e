"""What is called with an engine's events."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import attrs

from jackfield_web.browser import listen_to, listener


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


@attrs.define
class _Place:
    hearing: dict[str, Callable[[str], None]] = attrs.field(factory=dict)

    def on(self, name: str, hear: Callable[[str], None]) -> None:
        self.hearing[name] = hear

    def remove_listener(self, name: str, hear: Callable[[str], None]) -> None:
        assert self.hearing.pop(name) is hear


def test_listening_ends_as_it_began() -> None:
    """Each event is heard by its own handler until the listening is closed, which may be done twice."""
    place, hearer = _Place(), _Hearer()
    listening = listen_to(place, {"came": hearer.hear, "went": hearer.heard.remove})

    for name in ("came", "went", "came"):
        place.hearing[name]("news")
    listening.close()
    listening.close()

    assert (hearer.heard, place.hearing) == (["news"], {})
