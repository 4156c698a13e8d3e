"""The settings of a connection, and of a request."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

import attrs

from jackfield import ConfigError
from jackfield_api import ApiOptions, filled

from ._presets import PRESETS, Preset, known_preset

NAME: Final = "openai_api"


def _read_only(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(given))


@attrs.frozen(kw_only=True)
class OpenAIOptions(ApiOptions):
    """Settings of a connection, besides those that every connection to an API has.

    Attributes:
        preset: The remote: `openai`, `ollama`, `deepseek` …; None for OpenAI or, where there is a *base_url*,
            for any compatible server.
        base_url: Where it is, version included: `http://localhost:8000/v1`; None for where the preset is.
        api: The wire: `chat` completions, or `responses`.
        background: Whether answers on the Responses wire go on when nobody reads them, so that `attach` takes
            them up again; the vendor stores them then.
        default_model: The model of requests that name none.
        embedding_model: The model of `embed` where none is named.
        organization: OpenAI's id of the organization that pays, `org-…`; None for the key's own.
        project: OpenAI's id of the project, `proj_…`; None for the key's own.
        headers: Further headers of every request.

    Raises:
        ConfigError: There is no such preset, it has no address, or does not speak that wire.
    """

    preset: str | None = attrs.field(default=None, validator=known_preset)
    base_url: str | None = None
    api: Literal["chat", "responses"] = "chat"
    background: bool = False
    embedding_model: str | None = None
    organization: str | None = None
    project: str | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict, converter=_read_only, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.remote.base_url is None and self.base_url is None:
            raise ConfigError(f"the preset {self.preset!r} has no address: base_url must say it")
        if self.background and self.api != "responses":
            raise ConfigError('background needs the Responses wire: set api to "responses"')
        if self.api == "responses" and not self.remote.responses:
            raise ConfigError(f'{self.remote.title} does not speak the Responses wire: set api to "chat"')

    @property
    def remote(self) -> Preset:
        """What is known of the remote."""
        return PRESETS[self.preset or ("openai" if self.base_url is None else "compatible")]

    @property
    def address(self) -> str:
        """Where the remote is."""
        return self.base_url or self.remote.base_url or ""

    @property
    def needs_login(self) -> bool:
        """Whether the remote answers nobody without a key; of another address than usual nobody knows."""
        return self.remote.needs_key and self.base_url is None


def variables_of(options: OpenAIOptions, connection: str) -> Mapping[str, tuple[str, ...]]:
    """Return the variables in which people have the key, for `ProviderSpec.env_names`.

    A key goes to nobody but its own remote: a preset has variables of its own. They count for the connection
    that bears the provider's name or the preset's, so that no account is used for another. With a *base_url*,
    which may come from a variable too, nobody knows whose address that is: then OpenAI's alone is read, as
    the vendor's own clients do with `OPENAI_BASE_URL`.
    """
    is_elsewhere = options.base_url is not None and options.preset not in (None, "openai", "compatible")
    if is_elsewhere or connection not in (NAME, options.preset):
        return {}
    return {"token": options.remote.variables}


_CHAT: Final = {"only": "chat"}
_RESPONSES: Final = {"only": "responses"}


@attrs.frozen(kw_only=True)
class OpenAIRequestOptions:
    """The settings of a request that only these remotes know, under the vendor's names.

    Attributes:
        parallel_tool_calls: Whether the model may call several tools at once.
        metadata: What the vendor stores with the answer.
        store: Whether the vendor stores the answer; of Responses not, unless this says so.
        service_tier: How urgently it is worked on, and at what price.
        prompt_cache_key: Requests with the same key share a cache.
        prompt_cache_retention: How long what is cached is kept.
        safety_identifier: Names your own user to the vendor, hashed.
        user: The older name of that.
        verbosity: How many words the answer has.
        top_logprobs: How many likely tokens are told at each place.
        frequency_penalty: From -2 to 2: against words that came often.
        presence_penalty: From -2 to 2: against words that came at all.
        logit_bias: Tokens to how much likelier they are made.
        logprobs: Whether the tokens' probabilities are told, in `metadata["logprobs"]`.
        remote_tools: Tools that the vendor runs itself, as it has them: `{"type": "web_search"}`.
        include: What else the answer is to hold.
        truncation: Whether the vendor may leave out the middle of what is too long.
        max_tool_calls: How often the vendor may call its own tools.
        extra_body: Further fields, as they go on the wire.
    """

    parallel_tool_calls: bool | None = None
    metadata: Mapping[str, str] | None = None
    store: bool | None = None
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_retention: Literal["in_memory", "24h"] | None = None
    safety_identifier: str | None = None
    user: str | None = None
    verbosity: Literal["low", "medium", "high"] | None = None
    top_logprobs: int | None = None
    frequency_penalty: float | None = attrs.field(default=None, metadata=_CHAT)
    presence_penalty: float | None = attrs.field(default=None, metadata=_CHAT)
    logit_bias: Mapping[str, int] | None = attrs.field(default=None, metadata=_CHAT)
    logprobs: bool | None = attrs.field(default=None, metadata=_CHAT)
    remote_tools: tuple[Mapping[str, Any], ...] | None = attrs.field(default=None, metadata=_RESPONSES)
    include: tuple[str, ...] | None = attrs.field(default=None, metadata=_RESPONSES)
    truncation: Literal["auto", "disabled"] | None = attrs.field(default=None, metadata=_RESPONSES)
    max_tool_calls: int | None = attrs.field(default=None, metadata=_RESPONSES)
    extra_body: Mapping[str, Any] = attrs.field(factory=dict)

    def strangers(self, api: str) -> list[str]:
        """Return the settings that are made and have no place on the wire *api*."""
        return [
            field.name
            for field in attrs.fields(type(self))
            if field.metadata.get("only", api) != api and getattr(self, field.name) is not None
        ]

    def fields(self) -> dict[str, Any]:
        """Return the settings that are made, under their names on the wire."""
        made = {field.name: getattr(self, field.name) for field in attrs.fields(type(self))}
        extra = made.pop("extra_body")
        return {**filled(made), **extra}
