"""What a request wants of a chat page, and what a page can give, as its Site tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from jackfield import (
    Capability,
    ChatRequest,
    FilePart,
    ImagePart,
    InvalidRequest,
    ModelNotFound,
)

from ..reading import Wish
from ..site import Site
from ._options import WebOptions


def wish_of(request: ChatRequest, site: Site, options: WebOptions) -> Wish:
    """Return what *request* wants: one message of the user's, as the core lets through.

    Raises:
        InvalidRequest: It has images or files, and no words.
        ModelNotFound: It asks for a model, and the page offers no choice.
    """
    *_, message = request.messages
    files = tuple(part for part in message.parts if isinstance(part, ImagePart | FilePart))
    if files and not message.text.strip():
        raise InvalidRequest(
            "a chat page takes no image and no file without words", hint="Say what to do with it."
        )
    return Wish(text=message.text, files=files, model=wanted_model(request.model, site, options))


def wanted_model(requested: str | None, site: Site, options: WebOptions) -> str | None:
    """Return the page's own word for a model; whether the page offers it is seen on the page.

    Raises:
        ModelNotFound: The page offers no choice.
    """
    name = requested or options.default_model
    if name is None:
        return None
    if not site.models.is_there:
        raise ModelNotFound(
            f"the page decides which model answers; found model {name!r}",
            hint="Leave it out, or describe the page's own list: models.button and models.item of the Site, "
            "or models.select.",
        )
    return all_aliases(site, options).get(name, name)


def all_aliases(site: Site, options: WebOptions) -> Mapping[str, str]:
    """Return the names that lead to the page's models: the Site's, and the connection's over them."""
    return {**site.models.aliases, **options.model_mapping}


def _takes_files(site: Site) -> bool:
    return bool(site.selectors.file_input or site.selectors.file_button)


_HAS: Final[Mapping[Capability, Callable[[Site], object]]] = {
    Capability.TEXT_DELTAS: lambda _: True,
    Capability.REASONING: lambda site: site.wires or site.selectors.reasoning,
    Capability.CONVERSATIONS: lambda _: True,
    Capability.ATTACH: lambda site: site.addresses.conversation,
    Capability.STOP: lambda site: site.selectors.stop_button,
    Capability.IMAGES: _takes_files,
    Capability.FILES: _takes_files,
    Capability.MODELS: lambda site: site.models.is_there,
}
CAPABILITIES: Final = frozenset(_HAS)
"""What a page may have. What the one that is described has not, is refused when it is asked for."""


def capabilities_of(site: Site) -> frozenset[Capability]:
    """Return what the provider of *site* can do; for `Provider.capabilities` or a `ProviderSpec`."""
    return frozenset(capability for capability, has in _HAS.items() if has(site))
