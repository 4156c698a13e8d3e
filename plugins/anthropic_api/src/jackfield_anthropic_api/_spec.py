"""What is known of the provider before anything is opened."""

from __future__ import annotations

from typing import Final

from jackfield import Capability, ProviderSpec, ProviderType
from jackfield_api import examine_base_url, opener_in

from ._options import NAME, AnthropicOptions, AnthropicRequestOptions, family_of

_ABSENT: Final = {
    *(Capability.CONVERSATIONS, Capability.ATTACH, Capability.STOP),
    *(Capability.AUDIO, Capability.SEED, Capability.EMBEDDINGS),
}
"""The wire keeps no thread and gives an answer no name, and the vendor does not promise that it ends where
nobody listens. Temperature and top_p are for the version 2023-06-01 alone; the opened provider says so."""

SPEC: Final = ProviderSpec(
    name=NAME,
    title="Anthropic",
    type=ProviderType.API_BASED,
    options=AnthropicOptions,
    open=opener_in("jackfield_anthropic_api._provider"),
    auth_types={"token"},
    capabilities=frozenset(Capability) - _ABSENT,
    request_options=AnthropicRequestOptions,
    model_family=family_of,
    env_prefix="ANTHROPIC",
    env_names={"token": ["ANTHROPIC_API_KEY"]},
    examine=examine_base_url,
)
"""A repeated request is a second answer that costs: `Effect.COSTLY`, which is the default."""
