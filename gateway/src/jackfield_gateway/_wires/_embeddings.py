"""OpenAI's embeddings, beside its chat completions.

Source: openai-python 3.57, which asks for base64 unless it is told otherwise;
platform.openai.com/docs/api-reference/embeddings.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from jackfield import Embeddings, EmbedRequest
from jackfield_gateway._fault import Refusal
from jackfield_gateway._wire import AskedVectors

from ._fields import Fields, judged_by_the_contract, unknown_in

EMBEDDINGS: Final = ("/v1/embeddings", "/embeddings")
_KNOWN: Final = frozenset({"input", "model", "dimensions", "encoding_format"})
_FORMATS: Final = (None, "float", "base64")


def read_embeddings(fields: Fields) -> AskedVectors:
    """Read a request for vectors.

    Raises:
        Refusal: There is no text, or it comes as numbers of somebody's own tokens.
    """
    form = fields.text("encoding_format")
    if form not in _FORMATS:
        raise Refusal("invalid", "encoding_format is float or base64", param="encoding_format")
    model = fields.required("model")
    with judged_by_the_contract():
        request = EmbedRequest(
            texts=read_texts(fields.body.get("input")), dimensions=fields.number("dimensions")
        )
    tell = partial(_told, model=model, form=form)
    return AskedVectors(request=request, model=model, ignored=unknown_in(fields.body, _KNOWN), tell=tell)


def read_texts(said: Any) -> Sequence[str]:
    """Return the texts of a field `input`.

    Raises:
        Refusal: It holds something else, or nothing.
    """
    texts = [said] if isinstance(said, str) else said
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        told = "input must be a text or a list of texts; tokens are another model's own and mean nothing here"
        raise Refusal("unsupported", told, param="input")
    if not texts or not all(texts):
        raise Refusal("invalid", "input is missing or holds an empty text", param="input")
    return texts


def _told(found: Embeddings, *, model: str, form: str | None) -> Mapping[str, Any]:
    vectors = [
        {"object": "embedding", "index": place, "embedding": _packed(one) if form == "base64" else list(one)}
        for place, one in enumerate(found.vectors)
    ]
    told: dict[str, Any] = {"object": "list", "data": vectors, "model": model}
    if found.usage and (count := found.usage.input_tokens) is not None:
        told["usage"] = {"prompt_tokens": count, "total_tokens": count}
    return told


def _packed(vector: Sequence[float]) -> str:
    """Return a vector as the vendor packs it: numbers of 32 bits, the lowest byte first, in base64."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
