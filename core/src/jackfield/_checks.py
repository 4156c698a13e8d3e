"""What is refused before anything is sent: a request never loses a wish silently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._exceptions import ContextTooLong, Unsupported
from ._provider import Capability

if TYPE_CHECKING:
    from ._options import ProviderOptions
    from ._provider import ProviderSpec
    from ._types import ChatRequest


def require(spec: ProviderSpec, capability: Capability, deed: str) -> None:
    """Raise `Unsupported` if the provider does not have *capability*, which it takes to do the *deed*."""
    if capability not in spec.capabilities:
        raise Unsupported(f"{spec.name} cannot {deed}", provider=spec.name)


def refuse_unsupported(request: ChatRequest, spec: ProviderSpec, options: ProviderOptions) -> None:
    """Refuse what the provider cannot honour.

    Raises:
        Unsupported: The request asks for a capability that the provider does not have.
        ContextTooLong: It is larger than `max_message_bytes`.
    """
    if request.size > options.max_message_bytes:
        raise ContextTooLong(
            f"the request has {request.size} bytes and the limit is {options.max_message_bytes}",
            hint="Shorten it, or raise max_message_bytes.",
            provider=spec.name,
        )
    if request.max_tokens is not None:
        require(spec, Capability.MAX_TOKENS, "keep to max_tokens")
    if request.temperature is not None:
        require(spec, Capability.TEMPERATURE, "set a temperature")
    if request.stop_sequences:
        require(spec, Capability.STOP_SEQUENCES, "stop at stop_sequences")
    if request.conversation_id is not None:
        require(spec, Capability.CONVERSATIONS, "go on with a conversation_id")
    for message in request.messages:
        if message.images:
            require(spec, Capability.IMAGES, "read images")
        if message.files:
            require(spec, Capability.FILES, "take files")
        if message.role == "system":
            require(spec, Capability.SYSTEM_MESSAGES, "take system messages")
