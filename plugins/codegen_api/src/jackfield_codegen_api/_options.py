"""The settings of a Codegen connection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

import attrs

from jackfield import ConfigError, at_least
from jackfield_api import ApiOptions

DEFAULT_MAPPING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "gpt-3.5-turbo": "codegen-standard",
        "gpt-4": "codegen-advanced",
        "gpt-4-turbo": "codegen-advanced",
        "gpt-4o": "codegen-advanced",
        "claude-3-sonnet-20240229": "codegen-advanced",
        "claude-3-5-sonnet-20241022": "codegen-advanced",
        "claude-3-haiku-20240307": "codegen-standard",
        "claude-3-opus-20240229": "codegen-premium",
        "gemini-1.5-pro": "codegen-advanced",
        "gemini-pro": "codegen-standard",
        "gemini-1.5-flash": "codegen-standard",
    }
)


def _over_the_defaults(given: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({**DEFAULT_MAPPING, **given})


def _to_org_id(given: int | str | None) -> int | None:
    """Take an organization's number as TOML or a program writes it: 323 or "323"."""
    if given is None:
        return None
    if type(given) in {int, str} and _NUMBER.fullmatch(str(given)):
        return int(given)
    raise ConfigError("org_id must be an organization's number, such as 323")


_NUMBER: Final = re.compile(r"[0-9]{1,18}")


@attrs.frozen(kw_only=True)
class CodegenOptions(ApiOptions):
    """Settings of a Codegen connection, besides those that every connection to an API has.

    Attributes:
        base_url: Where the API is. The older host is `https://codegen-sh--rest-api.modal.run`.
        org_id: The organization's number; None takes the only one that the token may use.
        timeout: Seconds a whole request may take, the run included.
        model_mapping: Model names to Codegen's. What is given goes over the defaults, which stay otherwise.
        default_model: The model of requests that name none; None leaves it to the organization.
        poll_start: Seconds before the first look at a run; after news from it, too.
        poll_longest: The longest wait between two looks, in seconds.
    """

    base_url: str = "https://api.codegen.com"
    org_id: int | str | None = attrs.field(default=None, converter=_to_org_id)
    timeout: float | None = attrs.field(default=300.0, validator=at_least(0.001))
    model_mapping: Mapping[str, str] = attrs.field(factory=dict, converter=_over_the_defaults)
    default_model: str | None = "codegen-standard"
    poll_start: float = attrs.field(default=2.0, validator=at_least(0))
    poll_longest: float = attrs.field(default=30.0, validator=at_least(0))


@attrs.frozen(kw_only=True)
class CodegenRequestOptions:
    """The settings of a request that only Codegen knows; of a resumed run it takes none of them.

    Attributes:
        agent_type: Who works on it; None for Codegen's own choice.
        repo_id: The number of the repository that it is about.
        metadata: What is stored with the run, besides our own id of the request.
    """

    agent_type: Literal["codegen", "claude_code"] | None = None
    repo_id: int | None = None
    metadata: Mapping[str, Any] = attrs.field(factory=dict)
