"""The settings of an Anthropic connection and of a request, and what the versions of the API differ in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import attrs

from jackfield import ConfigError, at_least
from jackfield_api import ApiOptions

NAME: Final = "anthropic_api"
SECOND: Final = "2026-10-21"
"""The second version of the API. It refuses sampling settings, and its clients send a key as a bearer."""

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATED: Final = re.compile(r"(?:-[0-9]{8}|@[0-9]{8}|-latest)$")
_BETA: Final = re.compile(r"[A-Za-z0-9._-]+")


def _a_date(_: Any, __: Any, version: str) -> None:
    if not _DATE.fullmatch(version):
        raise ConfigError("version must be a date such as 2026-10-21: the header anthropic-version")


def _words(_: Any, __: Any, betas: tuple[str, ...]) -> None:
    if not all(_BETA.fullmatch(beta) for beta in betas):
        raise ConfigError("betas must be words such as files-api-2025-04-14: the header anthropic-beta")


def family_of(model: str | None) -> str | None:
    """Return the family of a model: its name without its date. What one signed, another one refuses."""
    return _DATED.sub("", model) if model else None


@attrs.frozen(kw_only=True)
class AnthropicOptions(ApiOptions):
    """Settings of an Anthropic connection, besides those that every connection to an API has.

    Attributes:
        base_url: Where the API is, or what speaks the same.
        version: The version of the API, for the header `anthropic-version`.
        betas: What is asked for that the API has in trial, for the header `anthropic-beta`.
        key_header: The header that the key goes in; None for what the version's own clients use:
            `authorization` since 2026-10-21, `x-api-key` before.
        default_model: The model of requests that name none; the API itself has no default.
        max_tokens: The longest answer of requests that say nothing of it, thinking included, in tokens. The
            API wants a number with each request.
        max_message_bytes: The largest request, in bytes. The API takes 32 MB, as it stands on the wire.
    """

    base_url: str = "https://api.anthropic.com"
    version: str = attrs.field(default=SECOND, validator=_a_date)
    betas: tuple[str, ...] = attrs.field(default=(), converter=tuple, validator=_words)
    key_header: Literal["authorization", "x-api-key"] | None = None
    max_tokens: int = attrs.field(default=16_384, validator=at_least(1))
    max_message_bytes: int = attrs.field(default=20 * 2**20, validator=at_least(1))

    @property
    def samples(self) -> bool:
        """Whether the version takes temperature, top_p and top_k."""
        return self.version < SECOND

    @property
    def bears_key(self) -> bool:
        """Whether the key goes as a bearer."""
        return (self.key_header or ("x-api-key" if self.samples else "authorization")) == "authorization"


@attrs.frozen(kw_only=True)
class AnthropicRequestOptions:
    """The settings of a request that only this API knows.

    Attributes:
        cache: How long the prompt is kept, for a later request that begins alike; None for not at all.
        citations: Whether the answer says what in the files it rests on.
        parallel_tools: False for one tool call at most; None leaves it to the API.
        server_tools: Tools that the API runs by itself, as it describes them: `{"type":
            "web_search_20260318", "name": "web_search"}`.
        service_tier: Whether a contract's own capacity is used.
        user_id: Who asks, in a word that tells nothing of them.
        top_k: How many of the likeliest tokens are drawn from; for the version 2023-06-01.
        betas: What this request asks for that the API has in trial, besides the connection's.
        extra: Further fields of the request's body, as the API has them.
    """

    cache: Literal["5m", "1h"] | None = None
    citations: bool = False
    parallel_tools: bool | None = None
    server_tools: tuple[Mapping[str, Any], ...] = ()
    service_tier: Literal["auto", "standard_only"] | None = None
    user_id: str | None = None
    top_k: int | None = None
    betas: tuple[str, ...] = attrs.field(default=(), converter=tuple, validator=_words)
    extra: Mapping[str, Any] = attrs.field(factory=dict)
