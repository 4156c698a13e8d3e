"""What is known of the provider before anything is opened."""

from __future__ import annotations

from typing import Final

from jackfield import Capability, ProviderSpec, ProviderType
from jackfield_api import examine_base_url, opener_in

from ._options import NAME, GeminiOptions, GeminiRequestOptions, family_of

_ABSENT: Final = {Capability.CONVERSATIONS, Capability.ATTACH, Capability.STOP}
"""The wire keeps no thread and gives an answer no name, and the vendor does not promise that it ends where
nobody listens."""

SPEC: Final = ProviderSpec(
    name=NAME,
    title="Gemini",
    type=ProviderType.API_BASED,
    options=GeminiOptions,
    open=opener_in("jackfield_gemini_api._provider"),
    auth_types={"token"},
    capabilities=frozenset(Capability) - _ABSENT,
    request_options=GeminiRequestOptions,
    model_family=family_of,
    env_prefix="GEMINI",
    env_names={"token": ["GEMINI_API_KEY", "GOOGLE_API_KEY"]},
    examine=examine_base_url,
)
"""A repeated request is a second answer that costs: `Effect.COSTLY`, which is the default."""
