"""What is known of the provider before anything is opened."""

from __future__ import annotations

from typing import Final

from jackfield import Capability, Effect, ProviderSpec, ProviderType
from jackfield_api import examine_base_url, opener_in

from ._options import CodegenOptions, CodegenRequestOptions

_AUTH_TYPES: Final = frozenset({"token"})
_CAPABILITIES: Final = frozenset(
    {
        Capability.REASONING,
        Capability.ACTIVITY,
        Capability.CONVERSATIONS,
        Capability.ATTACH,
        Capability.IMAGES,
        Capability.SYSTEM_MESSAGES,
        Capability.MODELS,
    }
)
"""Not TEXT_DELTAS, for the answer arrives whole; not STOP, for a run goes on when nobody waits for it."""

SPEC: Final = ProviderSpec(
    name="codegen_api",
    title="Codegen",
    type=ProviderType.API_BASED,
    options=CodegenOptions,
    open=opener_in("jackfield_codegen_api._provider"),
    auth_types=_AUTH_TYPES,
    capabilities=_CAPABILITIES,
    effect=Effect.EFFECT,
    request_options=CodegenRequestOptions,
    env_prefix="CODEGEN",
    examine=examine_base_url,
)
"""A repeated request would be a second agent run: `Effect.EFFECT`."""
