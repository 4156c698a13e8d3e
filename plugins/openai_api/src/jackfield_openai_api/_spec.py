"""What is known of the provider before anything is opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jackfield import Capability, Effect, Finding, ProviderSpec, ProviderType
from jackfield_api import opener_in

from ._options import NAME, OpenAIOptions, OpenAIRequestOptions, variables_of


async def _examine(options: OpenAIOptions, _: str) -> Sequence[Finding]:
    from jackfield_api import examine_network

    return await examine_network(options, options.address)


def _family(model: str | None) -> str | None:
    """Return the family of a model: itself, for nothing says that one reads what another has signed."""
    return model


SPEC: Final = ProviderSpec(
    name=NAME,
    title="OpenAI and compatible",
    type=ProviderType.API_BASED,
    options=OpenAIOptions,
    open=opener_in("jackfield_openai_api._provider"),
    auth_types={"token", "none"},
    capabilities=frozenset(Capability) - {Capability.CONVERSATIONS},
    effect=Effect.COSTLY,
    request_options=OpenAIRequestOptions,
    model_family=_family,
    env_prefix="OPENAI",
    env_names=variables_of,
    examine=_examine,
)
