"""What a token says of itself, and what a Site makes of it."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ConfigError
from jackfield_web import StorageState
from jackfield_web.site import TokenClaims, build_site, claims_in, ended_at

NOW = 1_790_000_000.0
CLAIMS = TokenClaims(account="id", guest_claim="email", guest_pattern=r"guest-\d+@guest\.example")
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def token(said: Any) -> str:
    """Return a token that says this, with a signature of nobody's."""
    written = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJFUzI1NiJ9.{written}.c2lnbmF0dXJl"


@given(st.dictionaries(st.text(), JSON.filter(lambda one: one == one), max_size=4))  # noqa: PLR0124  not NaN
def test_claims_are_read_without_being_verified(said: dict[str, Any]) -> None:
    """Whatever a token says is read, of any length, and so with any padding."""
    assert repr(claims_in(token(said))) == repr(said)


@given(st.text() | st.builds("{}.{}.{}".format, st.text(), st.text(), st.text()) | JSON.map(token))
def test_what_is_no_such_token_says_nothing(text: str) -> None:
    """Any text, and any JSON in a token's place, is asked without an error."""
    said = claims_in(text)

    assert isinstance(said, dict)
    assert isinstance(CLAIMS.account_of(text), str)
    assert CLAIMS.is_guest_s(text) in {True, False}
    assert ended_at(text, NOW) is None or ended_at(text, NOW) < dt.datetime.fromtimestamp(NOW, dt.UTC)


@pytest.mark.parametrize(
    ("said", "ended"),
    [
        ({"exp": NOW - 61}, True),
        ({"exp": NOW - 59}, False),
        ({"exp": NOW + 3600}, False),
        ({"exp": 0}, True),
        ({"exp": -1e300}, True),
        ({"exp": str(NOW - 3600)}, False),
        ({"exp": True}, False),
        ({}, False),
    ],
    ids=str,
)
def test_when_a_token_ends(said: dict[str, Any], ended: bool) -> None:
    """A token has ended by its own `exp`, a clock's fault of a minute allowed; without one nobody knows."""
    assert (ended_at(token(said), NOW) is not None) is ended


def test_whose_a_token_is() -> None:
    """A guest is known by a claim, all of it; an account by another, be it a text or a number."""
    assert CLAIMS.is_guest_s(token({"email": "guest-1790@guest.example"}))
    assert not CLAIMS.is_guest_s(token({"email": "not-guest-1790@guest.example"}))
    assert not CLAIMS.is_guest_s(token({"email": ["guest-1790@guest.example"]}))
    assert [CLAIMS.account_of(token({"id": one})) for one in ("a", 7, None, ["a"])] == ["a", "7", "", ""]
    assert not TokenClaims().is_known


def test_a_site_says_what_its_token_claims() -> None:
    """Claims stand in the Site, need the token that they are of, and are checked when it is read."""
    stops = {"chat_input": "#in", "response_area": "#out", "stop_button": "#stop"}
    base = {"name": "x", "version": "2026-10-01", "base_url": "https://chat.example", "selectors": stops}
    claims = {"account": "id", "guest_claim": "email", "guest_pattern": "guest-.*"}
    site = build_site({**base, "session_item": "token", "claims": claims})

    assert site.claims.is_guest_s(token({"email": "guest-1@x"}))
    for wrong, said in (
        ({"claims": claims}, "session_item"),
        ({"session_item": "t", "claims": {"guest_claim": "email"}}, "need each other"),
        ({"session_item": "t", "claims": {**claims, "guest_pattern": "("}}, "regular expression"),
    ):
        with pytest.raises(ConfigError, match=said):
            build_site({**base, **wrong})


def test_the_item_of_a_storage_state() -> None:
    """An item is found in whatever origin has it; what is of another form is passed over."""
    items: Any = [
        {"name": "theme", "value": "dark"},
        {"name": "token", "value": 3},
        {"name": "token", "value": "t"},
    ]
    origins: Any = ({"origin": "https://a"}, {"localStorage": "odd"}, {"localStorage": items})
    state = StorageState(origins=origins)

    assert (state.item("token"), state.item("other"), state.item("")) == ("t", "", "")
