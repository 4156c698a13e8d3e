"""From HTTP errors to ours: five that share two statuses, and whatever else may come."""

from __future__ import annotations

import json
import time
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
)
from jackfield_claude_web import refused

INTERSTITIAL = b"<!doctype html><html><head><title>Just a moment...</title></head>"
LIMIT = {"type": "exceeded_limit", "representativeClaim": "five_hour", "perModelLimit": False}
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)


def body(kind: str, message: Any = "No", code: str | None = None) -> bytes:
    details = {"error_code": code, "error_visibility": "user_facing"} if code else None
    told = {"type": kind, "message": message, "details": details}
    return json.dumps({"type": "error", "error": told, "request_id": None}).encode()


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (
            403,
            body("permission_error", "Invalid authorization", "account_session_invalid"),
            AuthenticationRequired,
        ),
        (401, body("authentication_error"), AuthenticationRequired),
        (403, INTERSTITIAL, ChallengeRequired),
        (
            403,
            body("permission_error", "Your plan does not include it", "model_not_available"),
            PermissionDenied,
        ),
        (403, b"", PermissionDenied),
        (429, body("rate_limit_error", json.dumps(LIMIT)), QuotaExhausted),
        (429, body("rate_limit_error", "Slow down"), RateLimited),
        (429, b"no JSON", RateLimited),
        (529, body("overloaded_error", "Overloaded"), ProviderUnavailable),
        (529, b"", ProviderUnavailable),
        (400, body("invalid_request_error", "prompt is too long: 9 tokens"), ContextTooLong),
        (400, body("invalid_request_error", "prompt: Field required"), InvalidRequest),
        (404, body("not_found_error"), InvalidRequest),
        (500, body("api_error"), ProviderUnavailable),
        (529, b"<html>overloaded</html>", ProviderUnavailable),
        (400, body("invalid_request_error", "x", "conversation_too_long"), ContextTooLong),
        (
            403,
            b'{"code":"permission_denied","message":"not included in your current plan"}',
            PermissionDenied,
        ),
        (403, b'{"code":"permission_denied","message":"origin not allowed"}', PermissionDenied),
    ],
)
def test_each_refusal_has_its_error(status: int, said: bytes, kind: type[ProviderError]) -> None:
    """Status, headers and body together make the error; what was refused was not done."""
    error = refused(status, {}, said)

    assert type(error) is kind
    assert error.certainty is (Certainty.UNKNOWN if status == 500 else Certainty.REJECTED)


def test_the_header_alone_tells_a_challenge() -> None:
    """The interstitial is known by its header, whatever its body and its language."""
    assert type(refused(403, {"cf-mitigated": "challenge"}, b"<title>Einen Moment")) is ChallengeRequired


def test_a_page_that_carries_challenge_scripts_is_none() -> None:
    """A page is no challenge because scripts of challenges stand in it."""
    healthy = b'<title>Claude</title><script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>'

    assert type(refused(403, {"server": "cloudflare"}, healthy)) is PermissionDenied


@pytest.mark.parametrize("name", ["resetsAt", "resets_at", "reset_at"])
@pytest.mark.parametrize("inside", [True, False])
def test_a_limit_tells_its_reset(name: str, inside: bool) -> None:
    """The reset is found in each spelling, inside the message as JSON or beside it."""
    resets = {name: int(time.time()) + 500}
    said = body("rate_limit_error", json.dumps({**LIMIT, **resets}))
    if not inside:
        said = json.dumps({"error": {"type": "rate_limit_error", "message": "No", **resets}}).encode()
    error = refused(429, {}, said)

    assert isinstance(error, QuotaExhausted)
    assert 490 < (error.retry_after or 0) <= 500


def test_a_header_tells_when_to_come_back() -> None:
    """`Retry-After` counts where the body does not tell."""
    assert refused(429, {"retry-after": "7"}, b"").retry_after == 7
    assert refused(429, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"").retry_after is None


@given(
    st.integers(400, 599),
    st.recursive(
        st.none() | st.floats() | st.integers() | WORDS,
        lambda inner: (
            st.dictionaries(st.sampled_from(["error", "type", "message", "details", "resetsAt"]), inner)
            | st.lists(inner)
        ),
        max_leaves=8,
    ),
)
def test_any_body_is_some_error(status: int, said: Any) -> None:
    """Whatever a body holds, there is an error of ours for it, and its text is not without end."""
    error = refused(status, {}, json.dumps(said).encode())

    assert isinstance(error, ProviderError)
    assert len(error.message) < 500
