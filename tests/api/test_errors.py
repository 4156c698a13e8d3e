"""Status, headers and body to an error; the HTTP library's exceptions to ours."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import ssl
import traceback
from typing import Any

import anyio
import h11
import httptools
import pytest

from jackfield import Certainty, ConnectFailed, InvalidRequest, ProviderError, Secret, TLSFailed
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
    kinds = (getattr(module, name) for name in module.__all__ if name != "ProtocolError")
    return [kind for kind in kinds if inspect.isclass(kind) and issubclass(kind, Exception)]


def made(kind: type[Exception]) -> Exception:
    for details in ({}, {"request": None, "response": None}):
        with contextlib.suppress(TypeError):
            return kind("boom", **details)
    return kind()


def raised(errors: Any, error: Exception, phase: str = "head", *, sent: bool = True) -> Exception:
    """Return what *error* becomes."""
    with pytest.raises(Exception) as caught:  # noqa: PT011  which one is what the test is about
        errors.TransportErrors(ORIGIN).raise_ours(error, phase, sent=sent)
    return caught.value


@pytest.mark.parametrize("phase", ["head", "body", "stream"])
def test_every_library_exception_is_mapped(api_modules: dict[str, Any], phase: str) -> None:
    """Every exception that the libraries export becomes an error of the core in every phase."""
    http = api_modules["jackfield_api._compat"].http
    core = importlib.import_module(http.__name__.replace("httpx", "httpcore"))
    kinds = [
        *exception_classes(http),
        *exception_classes(core),
        *exception_classes(h11),
        *exception_classes(httptools),
    ]
    kinds += [OSError, ssl.SSLError, UnicodeError, anyio.BrokenResourceError, anyio.ClosedResourceError]
    assert len(kinds) >= 40

    for kind in kinds:
        error = raised(api_modules["jackfield_api._transport_errors"], made(kind), phase)
        assert isinstance(error, ProviderError)
        assert ORIGIN in error.message


@pytest.mark.parametrize("kind", [OSError, ssl.SSLError, anyio.BrokenResourceError])
def test_nothing_was_sent(api_modules: dict[str, Any], kind: type[Exception]) -> None:
    """Whatever breaks before the request leaves is a connection that was not made."""
    error = raised(api_modules["jackfield_api._transport_errors"], kind(), sent=False)

    assert isinstance(error, ConnectFailed)
    assert error.certainty is Certainty.NOT_SENT


def test_other_exceptions_pass(api_modules: dict[str, Any]) -> None:
    """What comes from no library, such as from a body that the caller generates, passes as it is."""
    errors = api_modules["jackfield_api._transport_errors"]

    assert isinstance(raised(errors, ZeroDivisionError()), ZeroDivisionError)


def test_invalid_header_is_not_repeated(api_modules: dict[str, Any]) -> None:
    """S5: the library's message about an illegal header, which repeats its value, is not shown."""
    errors = api_modules["jackfield_api._transport_errors"]

    error = raised(errors, errors_of(api_modules).LocalProtocolError("Illegal header value b'Bearer hidden'"))

    assert isinstance(error, InvalidRequest)
    assert "hidden" not in "".join(traceback.format_exception(error))


def errors_of(api_modules: dict[str, Any]) -> Any:
    return api_modules["jackfield_api._compat"].http


@pytest.mark.parametrize("secret_in", ["error", "cause", "nothing"])
def test_causes_hold_no_secret(api_modules: dict[str, Any], secret_in: str) -> None:
    """S5: a cause is kept for reporters, but not where it or one behind it repeats a living secret."""
    secret = Secret(f"sk-{os.urandom(8).hex()}")
    errors, http = api_modules["jackfield_api._transport_errors"], errors_of(api_modules)
    words = {secret_in: f"illegal status line: {secret.reveal()}"}
    told = http.RemoteProtocolError(words.get("error", "broken"))
    told.__cause__ = h11.RemoteProtocolError(words.get("cause", "broken"))

    try:
        raise told
    except http.RemoteProtocolError as caught:
        error = raised(errors, caught)

    assert (error.__cause__ is told, error.__context__ is told) == ((secret_in == "nothing",) * 2)
    assert secret.reveal() not in "".join(traceback.format_exception(error))


def test_what_was_handled_before(api_modules: dict[str, Any]) -> None:
    """A certificate that failed earlier, whose error is being handled, makes no later fault one of trust."""
    errors, http = api_modules["jackfield_api._transport_errors"], errors_of(api_modules)
    fault = http.ConnectError("refused")

    try:
        raise TLSFailed("before") from ssl.SSLCertVerificationError()
    except TLSFailed:
        with pytest.raises(http.ConnectError):
            raise fault  # noqa: B904  what it was raised beside is not its cause
    error = raised(errors, fault)

    assert isinstance(error, ConnectFailed)
