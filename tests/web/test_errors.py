"""The error family: its tree, and that nothing of the engine's reaches a caller."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Error as EngineError
from playwright.async_api import TimeoutError as EngineTimeout

import jackfield_web
from jackfield import (
    AuthenticationRequired,
    Certainty,
    ConnectFailed,
    ConnectionLost,
    ProviderError,
    Secret,
    TLSFailed,
)
from jackfield_web import (
    BrowserError,
    LaunchFailed,
    PageCrashed,
    ProfileInUse,
    SessionCorrupt,
    SessionStoreError,
    errors,
)
from jackfield_web.errors import _errors
from jackfield_web.errors._errors import from_engine, scrubbed, shown_url


def family() -> list[type[Exception]]:
    names = (getattr(jackfield_web, name) for name in jackfield_web.__all__)
    return [found for found in names if isinstance(found, type) and issubclass(found, Exception)]


def test_the_rooms_docstring_is_the_tree() -> None:
    """Every error is listed below its base, and nothing else is."""
    tree = re.findall(r"^( +)\* (\w+)", errors.__doc__ or "", re.MULTILINE)
    base = ""
    for indent, name in tree:
        base = name if len(indent) == 2 else base
        expected = (
            ProviderError if name == base else getattr(jackfield_web, base, None) or getattr(_errors, base)
        )
        assert issubclass(getattr(_errors, name), expected)

    assert {name for _, name in tree} == {error.__name__ for error in family()}


@pytest.mark.parametrize("error", family())
def test_every_error_is_a_provider_error_with_a_certainty(error: type[ProviderError]) -> None:
    """Callers catch the core's base class; each error knows whether the remote can have acted."""
    raised = error("it went wrong")

    assert isinstance(raised, BrowserError | SessionStoreError)
    assert isinstance(raised.certainty, Certainty)


def test_a_launch_that_failed_sent_nothing() -> None:
    """What happens before a page exists is certain not to have been sent."""
    assert LaunchFailed("x").certainty is ProfileInUse("x").certainty is Certainty.NOT_SENT


def test_a_corrupt_session_asks_for_a_login() -> None:
    """Whoever handles a missing login handles a session that cannot be used."""
    assert isinstance(SessionCorrupt("x"), AuthenticationRequired)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Page.goto: net::ERR_CONNECTION_REFUSED at http://127.0.0.1/", ConnectFailed),
        ("Page.goto: net::ERR_NAME_NOT_RESOLVED at http://a.test/", ConnectFailed),
        ("Page.goto: net::ERR_NAME_RESOLUTION_FAILED at http://a.test/", ConnectFailed),
        ("Page.goto: net::ERR_DNS_TIMED_OUT at http://a.test/", ConnectFailed),
        ("Page.goto: net::ERR_TIMED_OUT at http://a.test/", ConnectFailed),
        ("Page.goto: net::ERR_TUNNEL_CONNECTION_FAILED at http://a.test/", ConnectFailed),
        ("Page.goto: net::ERR_CONNECTION_RESET at http://127.0.0.1/", ConnectionLost),
        ("Page.goto: net::ERR_EMPTY_RESPONSE at http://127.0.0.1/", ConnectionLost),
        ("Page.goto: net::ERR_CERT_AUTHORITY_INVALID at https://127.0.0.1/", TLSFailed),
        ("Page.goto: net::ERR_SSL_PROTOCOL_ERROR at https://127.0.0.1/", TLSFailed),
        ("Page.evaluate: Target crashed", PageCrashed),
        ("Page.evaluate: something new", BrowserError),
        ("", BrowserError),
    ],
)
def test_the_engine_s_words_decide_the_class(text: str, kind: type[ProviderError]) -> None:
    """A failed navigation is the core's own transport error; what is not known is a BrowserError."""
    assert type(from_engine(EngineError(text))) is kind


def test_a_page_that_did_not_open_is_told_in_words() -> None:
    """Which address, why, and the browser's own code for it; nothing of the engine's calls."""
    told = str(from_engine(EngineError("Page.goto: net::ERR_CONNECTION_REFUSED at http://a.test/x?q=1")))

    assert told == "http://a.test/x did not open: connection refused (net::ERR_CONNECTION_REFUSED)"


def test_only_what_may_be_shown_is_shown() -> None:
    """The log below the first line, the query of an address and a secret in use never reach the message."""
    secret = Secret("a-secret-in-use")
    error = EngineError(
        "Page.goto: a-secret-in-use at https://me:pw@host.test/path?token=abc#frag\nCall log:\n  - fill('x')"
    )

    ours = from_engine(error)
    assert str(ours) == "Page.goto: ********** at https://host.test/path"
    assert str(scrubbed(error)) == str(ours)
    assert secret


@pytest.mark.parametrize("kind", [EngineError, EngineTimeout])
def test_a_cause_keeps_nothing_beside_what_is_shown(kind: type[EngineError]) -> None:
    """What the engine keeps of its words elsewhere in an error, its trace and its log, is gone."""
    error = kind("Page.goto: net::ERR_FAILED\nGET /x?token=s3cret")
    error._stack, error._log = "Error: s3cret", ["fill('s3cret')"]
    error.__context__ = EngineError("s3cret")

    assert "s3cret" not in f"{vars(scrubbed(error))} {error!r} {error.__context__!r}"
    assert error.message == "Page.goto: net::ERR_FAILED"


@given(st.text())
def test_any_address_can_be_shown(url: str) -> None:
    """Whatever stands where an address should stand, showing it raises nothing and tells no query."""
    assert "?" not in shown_url(url + "?s3cret").partition("…")[0]
    assert "s3cret" not in shown_url(f"https://u:s3cret@h.test/{url.replace('/', '')}"[:30] + "?")
