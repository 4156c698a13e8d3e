"""From what a remote refuses with to an error: by status, by an interstitial, by a site's own table."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    ContextTooLong,
    InvalidRequest,
    PermissionDenied,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RunFailed,
)
from jackfield_web import KnownRefusal, Refusals, error_in
from jackfield_web.errors import refusal

SITE = Refusals(
    site="Ada",
    words=("kind", "details.code", "message"),
    known=(
        KnownRefusal(QuotaExhausted, "Ada is used up", hint="Come back.", words="(?i)used up"),
        KnownRefusal(PermissionDenied, "Ada shuts the door", statuses=(405,)),
        KnownRefusal(ProviderUnavailable, "Ada fell", words="^fallen", certainty=Certainty.UNKNOWN),
    ),
)


def as_body(**error: Any) -> bytes:
    return json.dumps({"error": error}).encode()


@pytest.mark.parametrize(
    ("status", "kind", "certainty"),
    [
        (401, AuthenticationRequired, Certainty.REJECTED),
        (402, QuotaExhausted, Certainty.REJECTED),
        (403, PermissionDenied, Certainty.REJECTED),
        (404, InvalidRequest, Certainty.REJECTED),
        (408, ProviderUnavailable, Certainty.UNKNOWN),
        (409, ProviderUnavailable, Certainty.UNKNOWN),
        (413, ContextTooLong, Certainty.REJECTED),
        (425, ProviderUnavailable, Certainty.REJECTED),
        (429, RateLimited, Certainty.REJECTED),
        (500, ProviderUnavailable, Certainty.UNKNOWN),
        (503, ProviderUnavailable, Certainty.UNKNOWN),
        (529, ProviderUnavailable, Certainty.REJECTED),
    ],
)
@pytest.mark.parametrize("read", [refusal, SITE.refused], ids=["no table", "a table"])
def test_a_status_that_says_no_more(
    read: Any, status: int, kind: type[ProviderError], certainty: Certainty
) -> None:
    """What no table knows is told by its status; of some nobody knows what the remote did."""
    error = read(status, {}, b"")

    assert (type(error), error.certainty, str(status) in str(error)) == (kind, certainty, True)


@pytest.mark.parametrize("read", [refusal, SITE.refused], ids=["no table", "a table"])
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"cf-mitigated": "challenge"}, b"used up"),
        ({}, b"<html><title>Just a moment...</title>"),
        ({}, b"<html><title>Un momento</title><script>window._cf_chl_opt = {}</script>"),
    ],
    ids=["header", "title", "script"],
)
def test_an_interstitial_is_a_challenge(read: Any, headers: dict[str, str], body: bytes) -> None:
    """Cloudflare's interstitial is known on every site by header, title or script, whatever the status."""
    assert type(read(403, headers, body)) is ChallengeRequired


@pytest.mark.parametrize("body", [b"", as_body(message="used up")], ids=["by status", "by table"])
@pytest.mark.parametrize(
    ("told", "seconds"), [("7", 7.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("²", None)]
)
def test_how_long_to_wait(body: bytes, told: str, seconds: float | None) -> None:
    """Seconds that a remote tells are on the error; what is none is not made into seconds."""
    assert SITE.refused(429, {"retry-after": told}, body).retry_after == seconds


def test_the_first_that_fits_counts() -> None:
    """A refusal is known by its words or its status; its meaning, the site's words and the hint are told."""
    error = SITE.refused(405, {}, as_body(kind="limit", message="All used up", details={"code": "x1"}))

    assert (type(error), error.hint, error.certainty) == (QuotaExhausted, "Come back.", Certainty.REJECTED)
    assert error.message == "Ada is used up: limit x1 All used up"
    assert type(SITE.refused(405, {}, b"<html>Forbidden</html>")) is PermissionDenied
    assert SITE.refused(500, {}, as_body(kind="fallen")).certainty is Certainty.UNKNOWN


def test_words_that_no_table_knows_are_told() -> None:
    """Beside a status that says no more, the site's words are shown: JSON's or text's, no page's."""
    assert "404: no such model" in str(SITE.refused(404, {}, b'{"message": "no such model"}'))
    assert "404: nothing here" in str(SITE.refused(404, {}, b"nothing  here\n"))
    assert "html" not in str(SITE.refused(404, {}, b"<html>no</html>"))


def test_the_same_inside_a_stream() -> None:
    """An error in a stream is read by the same table, its code as a status; how far it was is told."""
    by_words = SITE.told({"message": "used up"}, Certainty.STARTED)
    by_code = SITE.told({"code": "405"}, Certainty.REJECTED)
    unknown = SITE.told({"code": 418, "message": "a teapot"}, Certainty.REJECTED)

    assert (type(by_words), by_words.certainty) == (QuotaExhausted, Certainty.STARTED)
    assert (type(by_code), by_code.certainty) == (PermissionDenied, Certainty.REJECTED)
    assert isinstance(unknown, RunFailed)
    assert (unknown.status, unknown.message) == ("418", "Ada failed: a teapot")
    assert "does not say why" in str(SITE.told({}, Certainty.STARTED))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"error": {"a": 1}}', {"a": 1}),
        (b'{"detail": "x"}', {"detail": "x"}),
        (b"words", "words"),
        (b"[1]", [1]),
    ],
)
def test_where_an_error_stands(body: bytes, told: Any) -> None:
    """An error is under `error`, or is the whole body, which may be text."""
    assert error_in(body) == told


@given(
    status=st.integers(100, 999),
    said=st.recursive(
        st.none() | st.floats() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: (
            st.dictionaries(st.sampled_from(["error", "code", "kind", "details", "message"]), inner)
            | st.lists(inner)
        ),
        max_leaves=8,
    ),
)
def test_whatever_is_said_is_some_error(status: int, said: Any) -> None:
    """Whatever a remote says, as a body or in a stream, there is an error for it, and its text has an end."""
    errors = [SITE.refused(status, {}, json.dumps(said).encode()), SITE.told(said, Certainty.STARTED)]

    assert all(isinstance(error, ProviderError) and len(error.message) < 500 for error in errors)
