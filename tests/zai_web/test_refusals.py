"""What z.ai says when it does not answer, and what becomes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    InvalidRequest,
    PermissionDenied,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RunFailed,
)
from jackfield_web import PageOutdated
from jackfield_web.site import WirePattern
from jackfield_web.wire import Record
from jackfield_zai_web import FirewallBlocked, TooManyAtOnce, ZaiDecoder, refused

CAPTCHA = {"code": "FRONTEND_CAPTCHA_REQUIRED", "detail": "…", "captcha_error_type": "missing_param"}
WALL = b"<!doctype html><html><title>405</title><body>Your request has been blocked</body></html>"
TOKEN = "eyJhbGciOi.eyJpZCI6.c2lnbmF0dXJl"


def in_stream(error: Any, *before: dict[str, Any]) -> ProviderError:
    """Return the error that a frame with *error* raises, after frames *before* it."""
    decoder = ZaiDecoder(WirePattern(url="x", kind="fetch-sse", decoder="zai"), lambda: None)
    with pytest.raises(ProviderError) as caught:
        for data in (*before, {"error": error, "done": True}):
            decoder.feed(Record({"type": "chat:completion", "data": data}))
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"detail": "Your session has expired"}, AuthenticationRequired),
        (403, {"error": CAPTCHA}, ChallengeRequired),
        (403, {"detail": "not for you"}, PermissionDenied),
        (405, WALL, FirewallBlocked),
        (426, {"detail": "version too old"}, PageOutdated),
        (429, {"detail": "Concurrency limit reached"}, TooManyAtOnce),
        (429, {"detail": "已达到并发限制"}, TooManyAtOnce),
        (429, b"", RateLimited),
        (500, {"detail": "oops"}, ProviderUnavailable),
        (503, b"", ProviderUnavailable),
        (404, {"detail": "no such model"}, InvalidRequest),
    ],
)
def test_each_status_has_its_error(status: int, body: Any, kind: type[ProviderError]) -> None:
    """Each refusal by an HTTP status is an error of its own."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()

    assert type(refused(status, {}, sent)) is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (CAPTCHA, ChallengeRequired),
        ({"code": 403, "detail": "FRONTEND_CAPTCHA_REQUIRED"}, ChallengeRequired),
        ({"code": 401, "detail": "token"}, AuthenticationRequired),
        ({"code": 405, "detail": ""}, FirewallBlocked),
        ({"code": 426, "detail": "front end is outdated"}, PageOutdated),
        ({"code": "426"}, PageOutdated),
        ({"code": 429, "detail": "too many"}, RateLimited),
        ({"code": "model_concurrency", "detail": "concurrency"}, TooManyAtOnce),
        ({"code": "internal", "detail": "broken"}, RunFailed),
        ("broken", RunFailed),
        ([1], RunFailed),
    ],
    ids=str,
)
def test_each_error_in_a_stream_has_its_own(error: Any, kind: type[ProviderError]) -> None:
    """The same refusals inside a stream that was answered with 200 are the same errors."""
    assert type(in_stream(error)) is kind


def test_a_refusal_before_anything_was_said_did_nothing() -> None:
    """Before the first text the remote did not act; after it, it did, and nothing may be asked again."""
    before = in_stream(CAPTCHA)
    after = in_stream(CAPTCHA, {"phase": "answer", "delta_content": "Ye"})

    assert (before.certainty, after.certainty) == (Certainty.REJECTED, Certainty.STARTED)


@pytest.mark.parametrize(("told", "seconds"), [({"retry-after": "7"}, 7.0), ({"retry-after": "soon"}, None)])
def test_how_long_to_wait(told: dict[str, str], seconds: float | None) -> None:
    """Seconds that the remote tells are kept; anything else is not made into seconds."""
    assert refused(429, told, b"").retry_after == seconds


@pytest.mark.parametrize("kind", ["missing_param", "verify_failed"])
def test_the_captcha_s_own_word_is_told(kind: str) -> None:
    """Whether the captcha's proof was missing or refused is in the message."""
    assert kind in str(in_stream({**CAPTCHA, "captcha_error_type": kind}))


def test_what_logs_in_is_masked() -> None:
    """A token in the remote's words, bare or in an address, is in no message; nor is a page of HTML."""
    said = f"refused https://chat.example/api?token={TOKEN[:9]}&x=1 with {TOKEN}"
    errors = [in_stream({"detail": said}), refused(429, {}, said.encode()), refused(405, {}, WALL)]

    assert not any(TOKEN[:9] in str(error) or "<html>" in str(error) for error in errors)
    assert "refused https://chat.example/api" in str(errors[0])
