"""What is asked of a provider besides a chat, each as a value, so that a middleware can tell them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from types import NoneType
from typing import Any, Final, TypeAlias

import attrs

from ._exceptions import InvalidRequest
from ._types import ChatRequest, Usage, new_request_id
from ._values import describe, fits_float, must_be, number_as_text, to_texts

_TEXT: Final = must_be("text", str)
_TEXT_OR_NONE: Final = must_be("text", str, NoneType)


def _some(_: Any, field: attrs.Attribute[Any], value: float | None) -> None:
    if value is not None and not (value > 0 and fits_float(value)):
        raise InvalidRequest(f"{field.name} is {value}; it must be more than 0")


_SECONDS: Final = (must_be("a number", int, float, NoneType), _some)


def _to_requests(requests: Iterable[ChatRequest]) -> tuple[ChatRequest, ...]:
    return tuple(requests)


def _told_apart(_: Any, __: Any, requests: tuple[ChatRequest, ...]) -> None:
    if not requests:
        raise InvalidRequest("there is no request in the batch")
    ids = Counter(request.id for request in requests)
    if twice := next((one for one, count in ids.items() if count > 1), None):
        raise InvalidRequest(
            f"two requests of the batch have the id {twice!r}", hint="Leave id out: each gets its own."
        )


def _to_vectors(vectors: Iterable[Iterable[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(vector) for vector in vectors)


def _texts_only(_: Any, __: Any, texts: tuple[str, ...]) -> None:
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"what is embedded is text; found {describe(text)}")
    if not texts or not all(texts):
        raise InvalidRequest("there is nothing to embed: no texts, or an empty one among them")


@attrs.frozen(kw_only=True)
class AttachRequest:
    """An answer that was asked for earlier is to be taken up again.

    Attributes:
        handle: The answer's name at the provider.
        timeout: Seconds it may take; None leaves it to the options.
        id: Our own name for the request.
    """

    handle: str = attrs.field(converter=number_as_text, validator=_TEXT)
    timeout: float | None = attrs.field(default=None, validator=_SECONDS)
    id: str = attrs.field(factory=new_request_id)


@attrs.frozen(kw_only=True)
class ModelsRequest:
    """The models on offer are to be listed.

    Attributes:
        id: Our own name for the request.
    """

    id: str = attrs.field(factory=new_request_id)


@attrs.frozen(kw_only=True)
class EmbedRequest:
    """Texts are to be turned into vectors.

    Attributes:
        texts: The texts; a plain string is one of them.
        model: The model's name as the caller knows it.
        dimensions: How many numbers a vector is to have; None leaves it to the remote.
        timeout: Seconds it may take; None leaves it to the options.
        id: Our own name for the request.
    """

    texts: tuple[str, ...] = attrs.field(converter=to_texts, validator=_texts_only)
    model: str | None = attrs.field(default=None, validator=_TEXT_OR_NONE)
    dimensions: int | None = attrs.field(
        default=None, validator=(must_be("a whole number", int, NoneType), _some)
    )
    timeout: float | None = attrs.field(default=None, validator=_SECONDS)
    id: str = attrs.field(factory=new_request_id)


@attrs.frozen(kw_only=True)
class BatchRequest:
    """Many requests are to be handed over at once, to be answered when the remote finds time.

    Attributes:
        requests: The requests, each with an id of its own, by which its answer is found.
        timeout: Seconds that handing them over may take; None leaves it to the options.
        id: Our own name for the batch.
    """

    requests: tuple[ChatRequest, ...] = attrs.field(converter=_to_requests, validator=_told_apart)
    timeout: float | None = attrs.field(default=None, validator=_SECONDS)
    id: str = attrs.field(factory=new_request_id)


@attrs.frozen(kw_only=True)
class ReadBatchRequest:
    """A batch that was handed over earlier is to be read.

    Attributes:
        handle: The batch's name at the provider.
        timeout: Seconds it may take; None leaves it to the options.
        id: Our own name for the request.
    """

    handle: str = attrs.field(converter=number_as_text, validator=_TEXT)
    timeout: float | None = attrs.field(default=None, validator=_SECONDS)
    id: str = attrs.field(factory=new_request_id)


Request: TypeAlias = (
    ChatRequest | AttachRequest | ModelsRequest | EmbedRequest | BatchRequest | ReadBatchRequest
)
"""All that can be asked of a connection."""


@attrs.frozen(kw_only=True)
class Embeddings:
    """Texts as vectors.

    Attributes:
        vectors: One vector for each text, in their order.
        model: The model that the remote says it used; None when it does not say.
        usage: Token counts; None where the remote tells none.
    """

    vectors: tuple[tuple[float, ...], ...] = attrs.field(converter=_to_vectors)
    model: str | None = None
    usage: Usage | None = None
