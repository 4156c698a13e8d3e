"""What z.ai says when it does not answer, and what becomes of it."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    InvalidRequest,
    ModelNotFound,
    PermissionDenied,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RunFailed,
)
from jackfield_web import ModelLocked, PageOutdated
from jackfield_web.site import WirePattern
from jackfield_web.wire import Record, framing_for
from jackfield_zai_web import FirewallBlocked, TooManyAtOnce, ZaiDecoder, refused

CAPTCHA = {"code": "FRONTEND_CAPTCHA_REQUIRED", "detail": "…", "captcha_error_type": "missing_param"}
WALL = b"<!doctype html><html><title>405</title><body>Your request has been blocked</body></html>"
LEVEL = {"detail": "The model is not available for the current user level"}
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
        (403, LEVEL, ModelLocked),
        (403, {"error": {"code": 403, "detail": LEVEL}}, ModelLocked),
        (403, {"error": {"code": 403, "detail": {"code": "INVALID_TOKEN"}}}, AuthenticationRequired),
        (403, {"detail": "Verification failed", "code": "VERIFICATION_REQUIRED"}, ChallengeRequired),
        (403, {"detail": "The captcha verification failed"}, ChallengeRequired),
        (404, {"code": "MODEL_NOT_FOUND", "detail": "no"}, ModelNotFound),
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
        ({"code": "VERIFICATION_REQUIRED", "detail": "…"}, ChallengeRequired),
        ({"error_code": "FRONTEND_CAPTCHA_REQUIRED"}, ChallengeRequired),
        ({"code": 400, "detail": "IllegalUserTag FRONTEND_CAPTCHA_REQUIRED"}, ChallengeRequired),
        ({"code": "INVALID_TOKEN"}, AuthenticationRequired),
        ({"code": "MODEL_NOT_FOUND"}, ModelNotFound),
        (LEVEL, ModelLocked),
        ({"code": 403, "detail": {"code": "MODEL_NOT_FOUND", "message": "gone"}}, ModelNotFound),
        ({"code": 403, "detail": '{"code": "INVALID_TOKEN"}'}, AuthenticationRequired),
        ({"code": 403, "detail": "not for you"}, PermissionDenied),
        ({"code": "no number", "error_code": 429}, RateLimited),
        ({"error_code": 405}, FirewallBlocked),
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


ERRORS: list[tuple[Any, type[ProviderError]]] = [
    (
        {"error": {"code": 403, "detail": {"code": "FRONTEND_CAPTCHA_REQUIRED", "message": "…"}}},
        ChallengeRequired,
    ),
    ({"error": {"code": 403, "detail": {"code": "MODEL_NOT_FOUND"}}}, ModelNotFound),
    ({"error": {"code": 403, "detail": {"code": "INVALID_TOKEN"}}}, AuthenticationRequired),
    ({"error": "broken"}, RunFailed),
    (LEVEL, ModelLocked),
    ({"code": "VERIFICATION_REQUIRED"}, ChallengeRequired),
]


def of_wire(*pieces: bytes) -> list[str]:
    """Return what a stream in *pieces* comes to: the error's class and certainty, and what was ignored."""
    framing = framing_for("fetch-sse")
    decoder = ZaiDecoder(WirePattern(url="x", kind="fetch-sse", decoder="zai"), lambda: None)
    try:
        for piece in pieces:
            for record in framing.feed(piece):
                decoder.feed(record)
        for record in framing.finish():
            decoder.feed(record)
    except ProviderError as error:
        return [type(error).__name__, error.certainty.value]
    return []


@given(which=st.sampled_from(ERRORS), cuts=st.lists(st.integers(0, 200), max_size=8), bom=st.booleans())
def test_json_in_a_stream_s_place(which: tuple[Any, type[ProviderError]], cuts: list[int], bom: bool) -> None:
    """A 200 whose body is no stream but a refusal in JSON is that refusal, however it is cut."""
    said, kind = which
    body = b"\xef\xbb\xbf" * bom + json.dumps(said, indent=1).encode()
    edges = sorted({0, len(body), *(min(cut, len(body)) for cut in cuts)})

    told = of_wire(*(body[one:other] for one, other in pairwise(edges)))
    assert told == [kind.__name__, "started" if kind is RunFailed else "rejected"]


def test_other_json_in_a_stream_s_place_is_no_answer() -> None:
    """JSON that is no refusal, and what only begins like JSON, is neither an error nor an answer."""
    answer = {"choices": [{"message": {"role": "assistant", "content": "hello"}}]}

    assert of_wire(json.dumps(answer).encode()) == []
    assert of_wire(b'{"error": {"code": 4') == []
    assert of_wire(json.dumps({"error": {"detail": "x" * 2**17}}).encode()) == []


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ('{"code": "FRONTEND_CAPTCHA_REQUIRED", "message": "…"}', ChallengeRequired),
        ('{"error": {"code": 429, "detail": "slow"}}', RateLimited),
        ('{"detail": "user level too low"}', ModelLocked),
        ("broken", RunFailed),
        ("{}", RunFailed),
        ("null", RunFailed),
    ],
)
def test_an_event_called_error(data: str, kind: type[ProviderError]) -> None:
    """A server-sent event `error` is an error, whatever it says; after text the answer had begun."""
    text = json.dumps({"type": "chat:completion", "data": {"phase": "answer", "delta_content": "Ye"}})
    failed, begun = f"event: error\ndata: {data}\n\n".encode(), f"data: {text}\n\n".encode()

    assert of_wire(failed) == [kind.__name__, "started" if kind is RunFailed else "rejected"]
    assert of_wire(begun, failed) == [kind.__name__, "started"]


def test_an_error_beside_the_frames() -> None:
    """An `error` of a message of another kind is one as well; one that is empty is none."""
    assert of_wire(b'data: {"type": "chat:error", "error": {"code": 429}}\n\n') == ["RateLimited", "rejected"]
    assert of_wire(b'data: {"type": "chat:title", "error": null, "code": 1}\n\n') == []


def test_405_tells_both_of_its_causes() -> None:
    """The firewall's 405 names the network and the page's age: nobody can tell them apart."""
    told = refused(405, {}, WALL)

    assert "network" in str(told)
    assert "not the site's newest" in str(told)
    assert "opens the page anew" in str(told.hint)
    assert told.certainty is Certainty.REJECTED


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
