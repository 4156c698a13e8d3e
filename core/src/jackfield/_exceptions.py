"""Everything that can go wrong, as one tree: the docstring of `JackfieldError` draws it."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from ._secrets import redact


class Certainty(enum.Enum):
    """Whether the remote can have acted on a request that failed."""

    NOT_SENT = "not_sent"
    """No byte of the request left."""
    REJECTED = "rejected"
    """The remote said that it did nothing."""
    UNKNOWN = "unknown"
    """It may have acted."""
    STARTED = "started"
    """It acted, and we saw the beginning."""


def worst_of(one: Certainty, other: Certainty) -> Certainty:
    """Return which of two is the worse: what can have happened in several attempts is what can in any."""
    return max(one, other, key=list(Certainty).index)


class JackfieldError(Exception):
    """The root of the tree of everything that can go wrong.

    * JackfieldError
      * ConfigError                      a setting is wrong; found before any network use
      * PluginError                      a plugin cannot be used
        * UnknownProvider                nothing installed has that name
        * ImportFailed                   its module does not import
        * ContractBroken                 it does not do what a provider promises
        * Incompatible                   it was built for another core version
        * NameTaken                      two distributions claim one provider name
      * ProviderError                    a request failed; carries certainty, handle, partial text
        * AuthenticationRequired         no credentials, or refused ones
          * ChallengeRequired            only the account's owner can pass: 2FA, captcha
        * PermissionDenied
        * QuotaExhausted                 no money or runs left; waiting does not help
        * RateLimited                    too fast; carries retry_after
        * InvalidRequest                 the provider cannot do what was asked
          * ModelNotFound
          * ContextTooLong
          * ContentRefused
          * Unsupported                  a capability the provider does not have
        * TransportError                 the connection between us and the remote
          * ConnectFailed
          * TLSFailed
          * ConnectionLost
        * MalformedResponse              what arrived makes no sense
        * ResponseTooLarge
        * EmptyResponse
        * StreamInterrupted              a stream ended before its end
        * DeadlineExceeded               our own time limit; carries the phase
          * RunTimeout                   the remote had begun and goes on without us
        * ProviderUnavailable            the remote is down or overloaded
          * CircuitOpen                  it failed so often that we wait before asking again
        * QueueFull                      too many requests wait on one connection
        * AccountBusy                    another program has the account, which only one can have
        * SubmissionUncertain            it may have acted and we cannot know
        * RunFailed                      the remote worked and failed
        * ProviderClosed                 the connection is closed
      * StreamConsumed (RuntimeError)    misuse: a stream is read once
      * UnknownConnection (LookupError)  misuse: no connection has that name
      * JsonRefused (ValueError)         a value does not go to JSON, or a text is no value of ours

    Its text holds no secret: living ones are masked, whoever wrote it.

    Attributes:
        message: What was found.
        hint: What to do about it, as a sentence; None when there is nothing to say.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        # In one place for all: a provider repeats what its remote said, and a person may have put a secret
        # where a name belongs. The arguments are masked too, for they are what a traceback shows.
        # What is no text is made one: an error that fails to be made would hide what it is about.
        message = redact(str(message))
        super().__init__(message)
        self.message: str = message
        self.hint: str | None = redact(str(hint)) if hint else None

    def __str__(self) -> str:
        return f"{self.message.rstrip('.')}. {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Not by calling the class again: a plugin's own error may ask for more than a message.
        return _remade, (type(self), self.args), dict(vars(self))


def _remade(kind: type[JackfieldError], args: tuple[Any, ...]) -> JackfieldError:
    """Return an error as it is before it has its fields; its pickle sets them."""
    return kind.__new__(kind, *args)


class ConfigError(JackfieldError):
    """A setting is wrong: which one, what was found, what was expected."""


class PluginError(JackfieldError):
    """A plugin cannot be used.

    Attributes:
        plugin: The provider's or plugin's name.
        distribution: The installed distribution it comes from, if known.
    """

    def __init__(
        self, message: str, *, plugin: str = "", distribution: str = "", hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.plugin = plugin
        self.distribution = distribution


class UnknownProvider(PluginError, LookupError):
    """No installed distribution registers a provider of that name."""


class ImportFailed(PluginError):
    """The plugin's module cannot be imported."""


class ContractBroken(PluginError):
    """The plugin does not do what its hook or the provider contract promises.

    Attributes:
        certainty: Whether the remote can have acted, if the plugin failed while it was asked something.
        handle: The remote's name for the answer, if it had begun when the plugin failed.
        url: Where a person can look at it.
        partial: The text that had arrived.
        attempts: How often the request was tried.
        request_id: Our id of the request.
    """

    certainty: Certainty = Certainty.UNKNOWN
    attempts: int = 0
    request_id: str = ""
    handle: str | None = None
    url: str | None = None
    partial: str = ""


class Incompatible(PluginError):
    """The plugin needs another version of the core."""


class NameTaken(PluginError):
    """Two installed distributions claim the same provider name; neither is used."""


class ProviderError(JackfieldError):
    """A request to a provider failed.

    Attributes:
        certainty: Whether the remote can have acted.
        certainty_is_told: Whether whoever raised it said so; otherwise it is what the class stands for.
        retry_after: Seconds after which the remote wants to be asked again, if it told.
        should_retry: Whether the remote wants to be asked again, where it says so (`x-should-retry`).
        status: The status of the remote's answer: a number such as 429, or a run's own word; None where
            none arrived.
        code: The remote's own word for the fault, such as `context_length_exceeded`.
        remote_request_id: The remote's id of the request: what its support asks for.
        headers: The headers of the remote's answer, secrets masked.
        provider: The provider's name.
        connection: The connection's name.
        operation: What was under way: `send`, `stream`, `attach`, `open`, `health`, `models`.
        attempts: How often the request was tried.
        elapsed: Seconds from the call to the failure.
        request_id: Our id of the request.
        handle: The remote's name for the answer, if it had begun: `Connection.attach` takes it up again.
        url: Where a person can look at it.
        partial: The text that had arrived.
    """

    transient: ClassVar[bool] = False
    """Whether the same request may succeed a little later."""

    default_certainty: ClassVar[Certainty] = Certainty.UNKNOWN

    most_retries: float = float("inf")
    """How often trying again can help, whatever the connection allows."""

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        certainty: Certainty | None = None,
        retry_after: float | None = None,
        should_retry: bool | None = None,
        status: int | str | None = None,
        code: str | None = None,
        remote_request_id: str | None = None,
        headers: Mapping[str, str] | None = None,
        provider: str = "",
        handle: str | None = None,
        url: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.certainty: Certainty = certainty or self.default_certainty
        self.certainty_is_told: bool = certainty is not None
        self.retry_after = retry_after
        self.should_retry = should_retry
        self.status = status
        self.code = code
        self.remote_request_id = remote_request_id
        self.headers: dict[str, str] = {name: redact(str(value)) for name, value in (headers or {}).items()}
        self.provider = provider
        self.connection = ""
        self.operation = ""
        self.attempts = 0
        self.elapsed: float = 0.0
        self.request_id = ""
        self.handle = handle
        self.url = url
        self.partial = ""

    @property
    def retryable(self) -> bool:
        """Whether asking again is both useful and safe: transient, and the remote certainly did not act."""
        return self.transient and self.certainty in {Certainty.NOT_SENT, Certainty.REJECTED}


class AuthenticationRequired(ProviderError):
    """There are no credentials, or the remote refuses them."""

    default_certainty = Certainty.REJECTED


class ChallengeRequired(AuthenticationRequired):
    """The remote wants proof that only the account's owner can give: a second factor, a captcha.

    Attributes:
        address: Where a person can give it, if the provider tells.
        screenshot: A picture of what the remote wants, if the provider took one.
        passed: Waits until the person has given it, where somebody can. The core tells `human_needed`, awaits
            it within the request's time, and tries again: the refused request was not acted on. It stays
            with the page that it waits for: copies and pickles have None.
    """

    def __init__(
        self,
        message: str,
        *,
        address: str | None = None,
        screenshot: Path | None = None,
        passed: Callable[[], Awaitable[None]] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.address = address
        self.screenshot = screenshot
        self.passed = passed

    def __reduce__(self) -> tuple[Any, ...]:
        remade, arguments, fields = super().__reduce__()
        return remade, arguments, {**fields, "passed": None}


class PermissionDenied(ProviderError):
    """The account may not do this."""

    default_certainty = Certainty.REJECTED


class QuotaExhausted(ProviderError):
    """The plan's money or runs are used up; waiting a moment does not help."""

    default_certainty = Certainty.REJECTED


class RateLimited(ProviderError):
    """Requests came too fast; *retry_after* tells when to come back, if the remote told."""

    transient = True
    default_certainty = Certainty.REJECTED


class InvalidRequest(ProviderError):
    """The request cannot be served as it is."""

    default_certainty = Certainty.NOT_SENT


class ModelNotFound(InvalidRequest):
    """The provider does not know the model."""


class ContextTooLong(InvalidRequest):
    """The request is larger than the model or the connection takes."""


class ContentRefused(InvalidRequest):
    """The remote will not answer this."""

    default_certainty = Certainty.REJECTED


class Unsupported(InvalidRequest):
    """The request asks for a capability that the provider does not have."""


class TransportError(ProviderError):
    """Something between us and the remote failed."""

    transient = True


class ConnectFailed(TransportError):
    """No connection could be made; nothing was sent."""

    default_certainty = Certainty.NOT_SENT


class TLSFailed(TransportError):
    """The remote's certificate cannot be trusted; nothing was sent, and nothing unencrypted is tried."""

    transient = False
    default_certainty = Certainty.NOT_SENT


class ConnectionLost(TransportError):
    """The connection broke after something was sent."""


class MalformedResponse(ProviderError):
    """What arrived does not make sense."""


class ResponseTooLarge(ProviderError):
    """The answer is larger than the connection's limit in bytes."""


class EmptyResponse(ProviderError):
    """The remote finished and said nothing."""

    default_certainty = Certainty.STARTED


class StreamInterrupted(ProviderError):
    """A stream ended without its end; *partial* holds what had arrived."""

    transient = True
    default_certainty = Certainty.STARTED


class DeadlineExceeded(ProviderError):
    """Our own time limit ended the request.

    Attributes:
        phase: What was waited for: our `queue`, the `gate` in front of the remote, its `answer`, the next
            `event`, the `login`, the `health` check or the `models`. Before the answer nothing was sent.
    """

    def __init__(self, message: str, *, phase: str = "", **details: Any) -> None:
        super().__init__(message, **details)
        self.phase = phase


class RunTimeout(DeadlineExceeded):
    """Our time limit ended the wait; the remote had begun and goes on. *handle* takes it up again."""

    default_certainty = Certainty.STARTED


class ProviderUnavailable(ProviderError):
    """The remote is down or overloaded."""

    transient = True


class CircuitOpen(ProviderUnavailable):
    """The remote failed so often that requests wait; this one was not sent."""

    transient = False
    default_certainty = Certainty.NOT_SENT


class QueueFull(ProviderError):
    """Too many requests wait on this connection already; this one was not sent."""

    default_certainty = Certainty.NOT_SENT


class AccountBusy(ProviderError):
    """Another program has the account, which one can have at a time; nothing was sent."""

    default_certainty = Certainty.NOT_SENT


class SubmissionUncertain(ProviderError):
    """The remote may have acted, and looking did not tell. Nothing was sent again."""


class RunFailed(ProviderError):
    """The remote worked on the request and failed; *status* is its own word for how that ended."""

    default_certainty = Certainty.STARTED
    status: str | None


class ProviderClosed(ProviderError):
    """The connection is closed, or not open yet; nothing was sent."""

    default_certainty = Certainty.NOT_SENT


class StreamConsumed(JackfieldError, RuntimeError):
    """A stream was entered or read a second time, or read outside its `async with` block."""


class UnknownConnection(JackfieldError, LookupError):
    """The manager holds no connection of that name."""


class JsonRefused(JackfieldError, ValueError):
    """A value does not go to JSON, or a text is no JSON that `to_json` writes. Says where, and why not."""
