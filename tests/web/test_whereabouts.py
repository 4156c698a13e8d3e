"""Where a page stands while an answer is read. Time is a number here."""

from __future__ import annotations

import pytest

from jackfield import AuthenticationRequired, StreamInterrupted
from jackfield_web import PageClosed
from jackfield_web.reading._look import Look
from jackfield_web.reading._whereabouts import Whereabouts
from jackfield_web.site import build_site

AT = "https://chat.example"
SITE = build_site(
    {
        "name": "chat",
        "version": "2026-11-27",
        "base_url": AT,
        "addresses": {"login": "{base_url}/login", "conversation": "{base_url}/c/(?P<id>[a-z0-9]+)"},
        "selectors": {"chat_input": "#in", "response_area": ".bot", "user_turn": ".user", "busy": ".busy"},
        "timing": {"composer": 15},
    }
)
OURS, OTHERS = Look(here=True, mine=True), Look(mine=True)


def whereabouts(*looks: tuple[Look, str, str]) -> Whereabouts:
    """Return what was made of *looks*, each with the paths at which it began and ended."""
    page = Whereabouts(SITE)
    for look, began, ended in looks:
        page.see(look, began=AT + began, ended=AT + ended)
    return page


def test_the_first_address_is_believed_at_once() -> None:
    """A conversation that had none gets one, seen or not."""
    page = Whereabouts(SITE)

    assert [page.address(AT + path) for path in ("/", "/c/1", "/c/2", "/")] == [
        None,
        *([f"{AT}/c/1"] * 3),
    ]


def test_the_address_of_a_message_in_the_place_of_ours_is_not_kept() -> None:
    """What a page brings back late has a name of its own, which is believed only until that is seen."""
    page = Whereabouts(SITE, sent="whatisajackfield")
    assert page.address(f"{AT}/c/old") == f"{AT}/c/old"
    page.see(Look(mine=True, instead="whatdocatseat"), began=f"{AT}/c/old", ended=f"{AT}/c/old")

    assert page.address(f"{AT}/c/old") is None
    page.see(OURS, began=f"{AT}/c/1", ended=f"{AT}/c/1")
    page.see(Look(mine=True, instead="whatdocatseat"), began=f"{AT}/c/1", ended=f"{AT}/c/1")
    assert page.address(f"{AT}/c/1") == f"{AT}/c/1"


def test_another_address_is_believed_where_our_message_stands() -> None:
    """A page that gives its conversation another name shows our message there, all through a look."""
    page = whereabouts((OURS, "/c/local", "/c/local"), (OURS, "/c/local", "/c/real"))
    assert page.address(f"{AT}/c/real") == f"{AT}/c/local"
    page.see(OURS, began=f"{AT}/c/real", ended=f"{AT}/c/real")

    assert page.address(f"{AT}/c/real") == f"{AT}/c/real"
    assert not page.is_elsewhere


@pytest.mark.parametrize("place", ["/c/other", "/"])
def test_a_page_that_leaves_our_conversation_is_told(place: str) -> None:
    """Another conversation, or none, without our message: an error in a while, unless the wire tells on."""
    page = whereabouts((OURS, "/c/ours", "/c/ours"), (OTHERS, place, place))
    assert page.is_elsewhere
    for now in (0, 14.9):
        page.check(AT + place, now, grace=0, by_wire=False)

    with pytest.raises(StreamInterrupted, match="left the conversation"):
        page.check(AT + place, 15, grace=0, by_wire=False)
    page.check(AT + place, 16, grace=0, by_wire=True)
    assert page.address(AT + place) == f"{AT}/c/ours"


@pytest.mark.parametrize(
    "looks",
    [
        [(OTHERS, "/c/ours", "/c/ours")],
        [(OURS, "/c/ours", "/c/ours"), (OTHERS, "/c/ours", "/c/ours")],
        [(OURS, "/c/ours", "/c/ours"), (OTHERS, "/c/other", "/c/other"), (OURS, "/c/ours", "/c/ours")],
        [(OURS, "/c/ours", "/c/ours"), (OURS, "/settings", "/settings")],
        [(OTHERS, "/c/other", "/c/other")],
        [(OURS, "/c/ours", "/c/ours"), (OTHERS, "/login", "/login")],
    ],
)
def test_a_page_that_may_be_ours_is_no_other(looks: list[tuple[Look, str, str]]) -> None:
    """Our message may be out of a list's sight, or never have been seen; and a page may come back."""
    page = whereabouts(*looks)

    assert not page.is_elsewhere
    page.check(f"{AT}/c/ours", 0, grace=0, by_wire=False)
    page.check(f"{AT}/c/ours", 600, grace=0, by_wire=False)


def test_a_login_page_is_told_when_the_wire_had_its_moment() -> None:
    """Who is sent to the login is told why by the wire, if there is one."""
    page = whereabouts((OURS, "/c/ours", "/c/ours"))
    page.check(f"{AT}/login", 10, grace=1.5, by_wire=True)
    page.check(f"{AT}/login", 11, grace=1.5, by_wire=True)

    with pytest.raises(PageClosed, match="left for its login"):
        page.check(f"{AT}/login", 11.5, grace=1.5, by_wire=True)
    with pytest.raises(AuthenticationRequired, match="expired"):
        page.check(f"{AT}/login", 11.5, grace=1.5, by_wire=True, told=AuthenticationRequired("expired"))
