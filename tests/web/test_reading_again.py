"""An answer that was half told and is read again: in the end it is what the second reading found."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from jackfield import Accumulator, ResponseFinished, ResponseStarted, StreamEvent, TextDelta
from jackfield_web import WebOptions
from jackfield_web.errors import refusal
from jackfield_web.provider._account import Account
from jackfield_web.provider._login import WebLogin
from jackfield_web.provider._tabs import Driving, Tab, Tabs
from jackfield_web.provider._turn import Turn
from jackfield_web.site import build_site

PLACE = "https://chat.example/c/1"
SITE = build_site(
    {
        "name": "chat",
        "version": "2026-11-01",
        "addresses": {"start": "https://chat.example/"},
        "selectors": {"chat_input": ["textarea"], "response_area": [".answer"], "stop_button": [".stop"]},
    }
)
STARTED = ResponseStarted(handle=PLACE)


def read_again(told: str, pieces: Iterable[str]) -> tuple[Turn, list[StreamEvent]]:
    """Return a turn that has *told* some text when it reads *pieces* again, and what it tells then."""
    account = Account(WebOptions())
    driving = Driving(site=SITE, account=account, given=None, decoders={}, refused=refusal)
    tabs = Tabs(account, driving)
    turn = Turn(Tab(address=PLACE), WebLogin(account, tabs, driving), "question")
    for event in (STARTED, *([TextDelta(told)] if told else [])):
        turn._tell(event)
    turn._ready.clear()
    turn._again = Accumulator()
    for event in (STARTED, *map(TextDelta, pieces), ResponseFinished()):
        for news in turn._news(event):
            turn._tell(news)
    return turn, list(turn._ready)


@given(told=st.text("ab", max_size=6), pieces=st.lists(st.text("ab", min_size=1, max_size=3), max_size=4))
def test_the_second_reading_is_the_answer(told: str, pieces: list[str]) -> None:
    """Longer, shorter or other than what was told: at its end the answer is the second reading."""
    turn, events = read_again(told, pieces)

    assert turn._told.text == "".join(pieces)
    assert isinstance(events[-1], ResponseFinished)
    assert events[-1].metadata["read_again"] is True


def test_nothing_is_taken_back_on_the_way() -> None:
    """While the second reading is on its way to what was told, nothing is told twice nor taken back."""
    _, events = read_again("One two", ["One", " two", " three"])

    assert [event.text for event in events if isinstance(event, TextDelta)] == [" three"]
    assert len(events) == 2
