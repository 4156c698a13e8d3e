"""The settings of a Gemini connection and of a request, and the names of models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import attrs

from jackfield import ConfigError, InvalidRequest, at_least
from jackfield_api import ApiOptions

NAME: Final = "gemini_api"

_VERSION: Final = re.compile(r"v[0-9][a-z0-9]*")
_DATED: Final = re.compile(r"(?:-latest|-[0-9]{3}|(?:-preview)?-[0-9]{2}-(?:[0-9]{2}|[0-9]{4})|-preview)$")
_MODEL: Final = re.compile(r"(?!\.+(?:/|$))[\w.@:-]+(?:/(?!\.+(?:/|$))[\w.@:-]+)*", re.ASCII)


def _a_version(_: Any, __: Any, version: str) -> None:
    if not _VERSION.fullmatch(version):
        raise ConfigError("version must be one such as v1beta: the first step of the API's paths")


def bare(model: str) -> str:
    """Return the name of a model without the `models/` that the API puts before it."""
    return model.removeprefix("models/")


def family_of(model: str | None) -> str | None:
    """Return the family of a model: its name without version and date. What one signed, another refuses."""
    return _DATED.sub("", model.rpartition("/")[2]) if model else None


def resource_of(model: str) -> str:
    """Return the name of a model as it stands in paths and requests.

    Raises:
        InvalidRequest: It has something in it that would lead elsewhere.
    """
    if not _MODEL.fullmatch(model):
        raise InvalidRequest(
            f"a model of Gemini cannot be called {model[:80]!r}",
            hint="It is a name such as gemini-3-flash, or tunedModels/… and the like.",
        )
    return model if "/" in model else f"models/{model}"


@attrs.frozen(kw_only=True)
class GeminiOptions(ApiOptions):
    """Settings of a Gemini connection, besides those that every connection to an API has.

    Attributes:
        base_url: Where the API is, or what speaks the same; without the version.
        version: The version of the API: the first step of its paths. The vendor documents all that this
            provider uses for `v1beta`; not all of it is in `v1`.
        streams: Whether answers come as they are written; otherwise each comes in one piece.
        default_model: The model of requests that name none; the API itself has no default.
        embedding_model: The model of `embed` where none is named.
        max_message_bytes: The largest request, in bytes. The API takes 100 MB, as it stands on the wire.
    """

    base_url: str = "https://generativelanguage.googleapis.com"
    version: str = attrs.field(default="v1beta", validator=_a_version)
    streams: bool = True
    embedding_model: str | None = None
    max_message_bytes: int = attrs.field(default=20 * 2**20, validator=at_least(1))

    def model_for(self, name: str | None) -> str | None:
        """Return the API's name for a model; None where nobody names one."""
        name = super().model_for(name)
        return bare(name) if name else None


@attrs.frozen(kw_only=True)
class GeminiRequestOptions:
    """The settings of a request that only this API knows.

    Attributes:
        remote_tools: Tools that the API runs by itself, as it has them: `{"googleSearch": {}}`,
            `{"urlContext": {}}`, `{"codeExecution": {}}`.
        safety_settings: Kinds of harm to what is blocked, as the API calls them:
            `{"HARM_CATEGORY_HARASSMENT": "BLOCK_ONLY_HIGH"}`.
        cached_content: The name of a prompt's beginning that the API keeps: `cachedContents/…`.
        top_k: How many of the likeliest tokens are drawn from.
        media_resolution: How closely pictures and files are looked at.
        response_modalities: What the answer is made of: `("TEXT", "IMAGE")`, of a model that draws.
        generation: Further fields of `generationConfig`, as the API has them.
        extra: Further fields of the request's body, as the API has them.
    """

    remote_tools: tuple[Mapping[str, Any], ...] = ()
    safety_settings: Mapping[str, str] = attrs.field(factory=dict)
    cached_content: str | None = None
    top_k: int | None = None
    media_resolution: Literal["low", "medium", "high"] | None = None
    response_modalities: tuple[str, ...] = ()
    generation: Mapping[str, Any] = attrs.field(factory=dict)
    extra: Mapping[str, Any] = attrs.field(factory=dict)
