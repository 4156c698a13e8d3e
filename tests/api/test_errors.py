"""Status, headers and body to an error; the HTTP library's exceptions to ours."""

from __future__ import annotations

import inspect
import os
import traceback
from typing import Any

import pytest

from jackfield import Certainty, InvalidRequest, ProviderError, Secret
from jackfield_api._status import error_from_status

ORIGIN = "https://api.example.com"
REJECTED, UNKNOWN = Certainty.REJECTED, Certainty.UNKNOWN


@pytest.mark.parametrize(
    ("status", "headers", "name", "certainty", "transient"),
    [
        (400, {}, "InvalidRequest", REJECTED, False),
        (401, {}, "AuthenticationRequired", REJECTED, False),
        (402, {}, "QuotaExhausted", REJECTED, False),
        (403, {}, "PermissionDenied", REJECTED, False),
        (404, {}, "NotFound", REJECTED, False),
        (405, {}, "InvalidRequest", REJECTED, False),
        (408, {}, "ProviderUnavailable", UNKNOWN, True),
        (409, {}, "ProviderUnavailable", UNKNOWN, True),
        (413, {}, "ContextTooLong", REJECTED, False),
        (418, {}, "InvalidRequest", REJECTED, False),
        (422, {}, "InvalidRequest", REJECTED, False),
        (429, {}, "RateLimited", REJECTED, True),
        (500, {}, "ProviderUnavailable", UNKNOWN, True),
        (502, {}, "ProviderUnavailable", UNKNOWN, True),
        (503, {}, "ProviderUnavailable", UNKNOWN, True),
        (503, {"retry-after": "3"}, "ProviderUnavailable", REJECTED, True),
        (503, {"retry-after": "soon"}, "ProviderUnavailable", UNKNOWN, True),
        (504, {"retry-after": "3"}, "ProviderUnavailable", UNKNOWN, True),
        (529, {}, "ProviderUnavailable", REJECTED, True),
        (599, {}, "ProviderUnavailable", UNKNOWN, True),
        (304, {}, "MalformedResponse", UNKNOWN, False),
        (302, {"location": "http://["}, "MalformedResponse", UNKNOWN, False),
    ],
)
def test_status(
    status: int, headers: dict[str, str], name: str, certainty: Certainty, transient: bool
) -> None:
    """Each status has its class, and its certainty says whether the remote can have acted."""
    error = error_from_status(status, headers, b"", ORIGIN)

    assert (type(error).__name__, error.certainty, error.transient) == (name, certainty, transient)
    assert str(status) in error.message


@pytest.mark.parametrize(
    ("status", "body", "name"),
    [
        (429, b'{"error": {"code": "insufficient_quota", "message": "m"}}', "QuotaExhausted"),
        (429, b'{"error": {"type": "enforced_spend_limit_reached"}}', "QuotaExhausted"),
        (429, b'{"error": {"code": "rate_limit_exceeded", "message": "check your quota"}}', "RateLimited"),
        (400, b'{"error": {"code": "context_length_exceeded", "message": "m"}}', "ContextTooLong"),
        (400, b'{"error": {"message": "prompt is too long: 9 > 8"}}', "ContextTooLong"),
        (400, b'{"error": {"code": "content_filter"}}', "ContentRefused"),
        (404, b'{"error": {"code": "model_not_found"}}', "ModelNotFound"),
        (404, b'{"code": "not_found"}', "NotFound"),
    ],
)
def test_code(status: int, body: bytes, name: str) -> None:
    """P4, P11: the body's code refines what the status says."""
    assert type(error_from_status(status, {}, body, ORIGIN)).__name__ == name


def test_told_to_wait() -> None:
    """A remote that asks to wait has its wait in the error, as a number and in words."""
    error = error_from_status(429, {"retry-after": "21600"}, b"", ORIGIN)

    assert error.retry_after == 21600
    assert str(error).endswith("It asks to come back in 21600 seconds.")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"message": "too fast"}}', "too fast"),
        (b'{"message": "too fast", "status_code": 429}', "too fast"),
        (b'{"detail": "too fast"}', "too fast"),
        (b'{"detail": [{"loc": ["body", "prompt"], "msg": "missing"}]}', "body.prompt: missing"),
        (b'{"error": "too fast"}', "too fast"),
        (b'["too", "fast"]', "too; fast"),
        (b'"too fast"', "too fast"),
    ],
)
def test_server_words(body: bytes, words: str) -> None:
    """The server's own message is shown, in whichever of the usual shapes it comes."""
    assert error_from_status(429, {}, body, ORIGIN).message == f"{ORIGIN} answered 429: {words}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"{",
        b'{"error": {"error": {"error": {"error": {"error": "deep"}}}}}',
        b"[" * 9999,
    ],
)
def test_no_server_words(body: bytes) -> None:
    """A body without a message adds none."""
    assert error_from_status(500, {}, body, ORIGIN).message == f"{ORIGIN} answered 500"


def test_plain_text_words() -> None:
    """A plain-text body is the message."""
    headers = {"content-type": "text/plain; charset=utf-8"}

    assert error_from_status(500, headers, b"upstream\ngone", ORIGIN).message.endswith("500: upstream gone")


def test_words_are_made_safe() -> None:
    """O3: the server's words lose terminal controls, secrets and excess length."""
    secret = Secret(f"sk-{os.urandom(8).hex()}")
    words = f"\\u001b]52;c;x\\u0007 \\u202e \\u009b2J {secret.reveal()} {'long ' * 200}"

    message = error_from_status(401, {}, f'{{"message": "{words}"}}'.encode(), ORIGIN).message

    assert message.isprintable()
    assert secret.reveal() not in message
    assert "**********" in message
    assert len(message) < 500


def exception_classes(module: Any) -> list[type[Exception]]:
    kinds = (getattr(module, name) for name in module.__all__)
    return [kind for kind in kinds if inspect.isclass(kind) and issubclass(kind, Exception)]


def made(kind: type[Exception]) -> Exception:
    if "request" in inspect.signature(kind).parameters and "response" in inspect.signature(kind).parameters:
        return kind("boom", request=None, response=None)  # type: ignore[call-arg]
    try:
        return kind("boom")
    except TypeError:
        return kind()


@pytest.mark.parametrize("phase", ["head", "body", "stream"])
def test_every_library_exception_is_mapped(api_modules: dict[str, Any], phase: str) -> None:
    """Every transport exception that httpx and httpx2 export becomes an error of the core in every phase."""
    errors = api_modules["jackfield_api._transport_errors"]
    kinds = [kind for kind in exception_classes(errors.http) if issubclass(kind, errors._LIBRARY)]
    assert len(kinds) >= 20

    for kind in kinds:
        with pytest.raises(ProviderError) as caught, errors.TransportErrors(ORIGIN, phase):
            raise made(kind)
        assert ORIGIN in caught.value.message


def test_other_exceptions_pass(api_modules: dict[str, Any]) -> None:
    """What is no transport exception passes as it is."""
    with (
        pytest.raises(ZeroDivisionError),
        api_modules["jackfield_api._transport_errors"].TransportErrors(ORIGIN),
    ):
        _ = 1 / 0


def test_invalid_header_is_not_repeated(api_modules: dict[str, Any]) -> None:
    """S5: the library's message about an illegal header, which repeats its value, is not shown."""
    errors = api_modules["jackfield_api._transport_errors"]

    with pytest.raises(InvalidRequest) as caught, errors.TransportErrors(ORIGIN):
        raise errors.http.LocalProtocolError("Illegal header value b'Bearer hidden'")

    assert "hidden" not in "".join(traceback.format_exception(caught.value))
