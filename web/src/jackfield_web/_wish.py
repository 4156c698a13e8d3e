"""What a request wants of a chat page, and what no page can give."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from jackfield import (
    Capability,
    ChatRequest,
    InvalidRequest,
    ModelNotFound,
    TextPart,
    Unsupported,
)

from ._attaching import Attachment
from ._site import Site
from ._web_options import WebOptions


@attrs.frozen(kw_only=True)
class Wish:
    """What is to be done on the page.

    Attributes:
        text: What is to be sent.
        files: What goes with it, images and others, in their order.
        model: The model that is to answer, in the page's own word; None for the one that it uses anyway.
    """

    text: str
    files: tuple[Attachment, ...] = ()
    model: str | None = None


def wish_of(request: ChatRequest, site: Site, options: WebOptions) -> Wish:
    """Return what *request* wants.

    Raises:
        InvalidRequest: It asks for more than one message of the user's, or for options.
        ModelNotFound: It asks for a model, and the page offers no choice.
        Unsupported: It has images or files, and the page takes no files.
    """
    if len(request.messages) != 1 or request.messages[0].role != "user":
        roles = ", ".join(message.role for message in request.messages)
        raise InvalidRequest(
            f"a chat page takes one user message at a time; found: {roles}",
            hint="The page keeps the thread itself: go on with the answer's conversation_id.",
        )
    if request.options:
        raise InvalidRequest(f"a chat page takes no options; found: {', '.join(request.options)}")
    (message,) = request.messages
    files = tuple(part for part in message.parts if not isinstance(part, TextPart))
    if files:
        _require_place(site, message.text)
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
            hint="Leave it out, or describe the page's own list: models.button and models.item of the Site.",
        )
    return all_aliases(site, options).get(name, name)


def all_aliases(site: Site, options: WebOptions) -> Mapping[str, str]:
    """Return the names that lead to the page's models: the Site's, and the connection's over them."""
    return {**site.models.aliases, **options.model_mapping}


def _require_place(site: Site, text: str) -> None:
    if not site.selectors.file_input:
        raise Unsupported(
            f"the Site {site.name!r} has no field that takes files",
            hint="Leave images and files out, or describe the field: selectors.file_input of the Site.",
        )
    if not text.strip():
        raise InvalidRequest(
            "a chat page takes no image and no file without words", hint="Say what to do with it."
        )


def capabilities_of(site: Site) -> frozenset[Capability]:
    """Return what the provider of *site* can do; for a `ProviderSpec`."""
    here = {
        Capability.TEXT_DELTAS: True,
        Capability.REASONING: bool(site.wires),
        Capability.CONVERSATIONS: True,
        Capability.ATTACH: bool(site.addresses.conversation),
        Capability.STOP: bool(site.selectors.stop_button),
        Capability.IMAGES: bool(site.selectors.file_input),
        Capability.FILES: bool(site.selectors.file_input),
        Capability.MODELS: site.models.is_there,
    }
    return frozenset(capability for capability, is_so in here.items() if is_so)
