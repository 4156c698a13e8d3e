"""What a remote's error becomes: the one table, in the remote's words, for statuses and inside answers."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Certainty, ProviderError, Secret
from jackfield_api import _status, error_for, error_in
from jackfield_api._status import error_from_status

ORIGIN = "https://api.example.com"
DOCS = Path(__file__).parents[2] / "docs" / "errors.md"


def anthropic(kind: str, words: str = "m", code: str | None = None) -> dict[str, Any]:
    details = {"details": {"error_code": code}} if code else {}
    return {"type": "error", "error": {"type": kind, "message": words, **details}, "request_id": "req_1"}


def openai(code: str | None, kind: str = "invalid_request_error", words: str = "m") -> dict[str, Any]:
    return {"error": {"message": words, "type": kind, "param": None, "code": code}}


def google(code: int, status: str, words: str = "m", reason: str | None = None) -> dict[str, Any]:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}] if reason else []
    return {"error": {"code": code, "message": words, "status": status, "details": details}}


def exhausted(*periods: str, wait: str | None = None) -> dict[str, Any]:
    """Return a refusal as Gemini's API words it, for the quotas of some periods."""
    violations = [
        {
            "quotaMetric": "x.googleapis.com/requests",
            "quotaId": f"GenerateRequestsPer{period}PerProject-FreeTier",
        }
        for period in periods
    ]
    told = google(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota")
    told["error"]["details"] += [{"@type": "t/google.rpc.QuotaFailure", "violations": violations}]
    if wait is not None:
        told["error"]["details"] += [{"@type": "t/google.rpc.RetryInfo", "retryDelay": wait}]
    return told


AS_STATUS = [
    (429, openai("insufficient_quota", "insufficient_quota"), "QuotaExhausted"),
    (429, openai("monthly_limit_exceeded"), "QuotaExhausted"),
    (429, openai("billing_hard_limit_reached"), "QuotaExhausted"),
    (429, openai("credit_balance_exhausted"), "QuotaExhausted"),
    (429, anthropic("enforced_spend_limit_reached"), "QuotaExhausted"),
    (429, anthropic("rate_limit_error", code="contract_spend_limit_reached"), "QuotaExhausted"),
    (429, anthropic("rate_limit_error", code="ramp_limit_exceeded"), "RateLimited"),
    (429, openai("rate_limit_exceeded", "requests"), "RateLimited"),
    (429, openai("requests_limit_exceeded"), "RateLimited"),
    (429, openai("token_limit_exceeded"), "RateLimited"),
    (429, anthropic("rate_limit_error", "your credit balance is too low for this speed"), "RateLimited"),
    (429, google(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota"), "RateLimited"),
    (429, exhausted("Minute"), "RateLimited"),
    (429, exhausted("Day"), "QuotaExhausted"),
    (429, exhausted("Minute", "Day", wait="20s"), "QuotaExhausted"),
    (400, google(400, "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum"), "ContextTooLong"),
    (400, anthropic("invalid_request_error", "Your credit balance is too low to access"), "QuotaExhausted"),
    (403, openai("insufficient_credits"), "QuotaExhausted"),
    (403, anthropic("permission_error"), "PermissionDenied"),
    (404, anthropic("not_found_error", "model: claude-9"), "ModelNotFound"),
    (404, anthropic("not_found_error", "run 17 is unknown"), "NotFound"),
    (404, {"error": "model 'llama9' not found"}, "ModelNotFound"),
    (404, {"error": 'model "llama9" not found, try pulling it first'}, "ModelNotFound"),
    (
        404,
        {"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404},
        "ModelNotFound",
    ),
    (404, google(404, "NOT_FOUND", "models/x is not found for API version v1beta"), "ModelNotFound"),
    (404, {"detail": "Not Found"}, "NotFound"),
    (400, {"error": {"code": 400, "message": "x is not a valid model ID"}}, "ModelNotFound"),
    (400, google(400, "INVALID_ARGUMENT", "API key not valid", "API_KEY_INVALID"), "AuthenticationRequired"),
    (400, {"__type": "com.amazon.coral#ThrottlingException", "message": "m"}, "RateLimited"),
    (400, openai("string_above_max_length"), "ContextTooLong"),
    (422, openai("content_policy_violation"), "ContentRefused"),
    (425, {}, "ProviderUnavailable"),
    (401, openai("insufficient_quota"), "AuthenticationRequired"),
    (500, openai("rate_limit_exceeded"), "ProviderUnavailable"),
    (413, anthropic("request_too_large"), "ContextTooLong"),
]


@pytest.mark.parametrize(("status", "told", "name"), AS_STATUS)
def test_status_and_code(status: int, told: Any, name: str) -> None:
    """P4, P10-P12: what vendors answer becomes the class that says what to do, whoever asks the table."""
    error = error_from_status(status, {}, json.dumps(told).encode(), ORIGIN)

    assert type(error).__name__ == name
    assert type(error_for(told, status=status)).__name__ == name
    assert error.status == status


@pytest.mark.parametrize(
    ("wait", "headers", "seconds"),
    [
        ("34.07s", {}, 34.07),
        ("0s", {}, 0.0),
        ("34s", {"Retry-After": "3"}, 3.0),
        ("soon", {}, None),
        ("-3s", {}, None),
        (None, {}, None),
    ],
)
def test_the_wait_in_the_details(wait: str | None, headers: dict[str, str], seconds: float | None) -> None:
    """Google's RetryInfo is the wait where no header tells one; what is no duration is none."""
    assert error_for(exhausted("Minute", wait=wait), status=429, headers=headers).retry_after == seconds


INSIDE = [
    (anthropic("overloaded_error", "Overloaded"), "ProviderUnavailable"),
    (anthropic("api_error"), "ProviderUnavailable"),
    (anthropic("invalid_request_error", "prompt is too long: 9 > 8"), "ContextTooLong"),
    (anthropic("invalid_request_error"), "InvalidRequest"),
    (anthropic("authentication_error"), "AuthenticationRequired"),
    (anthropic("billing_error"), "QuotaExhausted"),
    (openai("rate_limit_exceeded"), "RateLimited"),
    (openai("server_error", "server_error"), "ProviderUnavailable"),
    (openai("model_not_found"), "ModelNotFound"),
    (google(503, "UNAVAILABLE"), "ProviderUnavailable"),
    ([google(429, "RESOURCE_EXHAUSTED")], "RateLimited"),
    ({"error": {"message": "Provider overloaded, try again"}}, "ProviderUnavailable"),
    ({"error": {"message": "Provider returned error", "code": 502}}, "ProviderUnavailable"),
    ({"error": {"code": 402, "message": "Insufficient credits"}}, "QuotaExhausted"),
    (
        {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "m"}}},
        "ProviderUnavailable",
    ),
    ({"error": {"message": "something"}}, "ProviderError"),
    ("a bare word", "ProviderError"),
    (None, "ProviderError"),
]


@pytest.mark.parametrize(("told", "name"), INSIDE)
def test_inside_an_answer(told: Any, name: str) -> None:
    """F11: an error inside an answer is told by its code; whether the remote acted is not known from that."""
    error = error_for(told)

    assert type(error).__name__ == name
    assert error.certainty is Certainty.UNKNOWN
    assert not error.certainty_is_told


def test_certainty() -> None:
    """An author who knows better says so; a status that refused says so by itself."""
    assert error_for(code="overloaded_error", certainty=Certainty.STARTED).certainty is Certainty.STARTED
    assert error_for(code="overloaded_error", certainty=Certainty.STARTED).certainty_is_told
    assert error_for(status=429).certainty is Certainty.REJECTED
    assert error_for(status=425).retryable
    assert error_for(status=200, code="rate_limit_exceeded").certainty is Certainty.UNKNOWN


def test_words_and_fields() -> None:
    """An error keeps the remote's words, code, request id, wait and wish; headers lose what is secret."""
    headers = {
        "X-Request-Id": "req-7",
        "Retry-After": "0.1",
        "X-Should-Retry": "true",
        "Set-Cookie": "session=hidden",
        "Authorization": "Bearer hidden",
        "X-Api-Key": "hidden",
        "X-Amz-Security-Token": "hidden",
        "Location": "https://x.example/?code=hidden",
        "X-RateLimit-Remaining-Tokens": "12",
    }
    error = error_for(openai("rate_limit_exceeded", words="Slow down, please"), headers=headers, status=429)

    assert error.message == "the remote answered 429: Slow down, please"
    assert error.hint == "It asks to come back in 0.1 seconds."
    assert (error.code, error.remote_request_id, error.retry_after) == ("rate_limit_exceeded", "req-7", 0.1)
    assert error.should_retry is True
    assert error.headers["x-ratelimit-remaining-tokens"] == "12"
    assert "hidden" not in repr(error.headers)


def test_details_without_json() -> None:
    """What is known without JSON is given by name."""
    error = error_for(code="overloaded", message="Too busy", retry_after=12.0, remote="the agent")

    assert str(error) == "the agent reports an error: Too busy. It asks to come back in 12 seconds."
    assert (error.code, error.status) == ("overloaded", None)


def test_code_that_is_the_only_word() -> None:
    """Without words the code is shown; beside words, a code is a code."""
    assert error_for({"error": "slow_down"}).message.endswith(": slow_down")
    told = {"error": "slow_down", "error_description": "You ask too often"}
    assert error_for(told).message.endswith(": You ask too often")
    assert (type(error_for(told)).__name__, error_for(told).code) == ("RateLimited", "slow_down")


def test_request_id_of_the_body() -> None:
    """P13: an id that is only in the body is found."""
    assert error_for(anthropic("api_error")).remote_request_id == "req_1"


def test_header_of_a_cloud() -> None:
    """The code that AWS puts into a header counts."""
    error = error_for(status=400, headers={"x-amzn-ErrorType": "ThrottlingException:http://x"})

    assert (type(error).__name__, error.code) == ("RateLimited", "ThrottlingException")


@pytest.mark.parametrize("told", [None, [], {}, {"id": 1}, {"error": None}, {"error": ""}, "error", 7])
def test_no_error_in_it(told: Any) -> None:
    """What reports no error has none in it."""
    assert error_in(told) is None


@pytest.mark.parametrize("told", [told for told, _ in INSIDE if not isinstance(told, str | None)][:-1])
def test_error_in_it(told: Any) -> None:
    """F14: an error object where an answer was due is found, and its words are kept."""
    error = error_in(told, remote="the run")

    if told[0].get("error") if isinstance(told, list) else told.get("error"):
        assert error is not None
        assert error.message.startswith("the run reports an error: ")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "errors", "code", "type", "status", "message", "details", "response", "msg"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values, st.none() | st.integers(100, 999), st.dictionaries(st.text(), st.text(), max_size=3))
def test_anything(told: Any, status: int | None, headers: dict[str, str]) -> None:
    """Whatever a remote says is one of our errors, short, printable, and on one line."""
    error = error_for(told, status=status, headers=headers)
    error_in(told)

    assert isinstance(error, ProviderError)
    assert error.message.isprintable()
    assert len(error.message) < 4000


def test_secrets() -> None:
    """S5: a remote that echoes the key echoes it nowhere into the error."""
    key = Secret(f"sk-{os.urandom(8).hex()}")
    told = openai(key.reveal(), words=f"{key.reveal()} is refused")
    error = error_for(told, status=401, headers={"x-request-id": key.reveal(), "x-echo": key.reveal()})

    assert key.reveal() not in f"{error} {error.code} {error.remote_request_id} {error.headers} {error.args}"


def rows(title: str) -> list[list[str]]:
    """Return the cells of the table below *title* in the docs."""
    section = DOCS.read_text().partition(f"### {title}\n")[2].partition("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


@pytest.mark.parametrize(("title", "table"), [("Codes", _status._BY_CODE), ("Words", _status._BY_WORDS)])
def test_documented(title: str, table: Any) -> None:
    """The tables in docs/errors.md are the code's, row by row."""
    documented = [[kind.strip("`"), *re.findall("`([^`]+)`", patterns)] for kind, patterns in rows(title)]

    assert documented == [[kind.__name__, *patterns] for kind, patterns in table]


def test_statuses_documented() -> None:
    """The statuses in docs/errors.md mean what the code makes of them, with that certainty."""
    for statuses, kind, certainty, refined in rows("Statuses"):
        for status in (int(word) for word in re.findall("[0-9]{3}", statuses)):
            error = error_for(status=status)
            assert (f"`{type(error).__name__}`", f"`{error.certainty.value}`") == (kind, certainty), status
            found = _status._REFINED.get(status, frozenset())
            assert {one.__name__ for one in found} == set(re.findall("[A-Z][A-Za-z]+", refined)), status
