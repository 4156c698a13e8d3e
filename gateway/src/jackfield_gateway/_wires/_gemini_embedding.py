"""Gemini's `embedContent` and `batchEmbedContents`: texts into vectors.

Source: google-genai 3.6.1, which sends all as a batch; ai.google.dev/api/embeddings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jackfield import Embeddings, EmbedRequest
from jackfield_gateway._fault import Refusal
from jackfield_gateway._wire import AskedVectors

from ._fields import Fields, judged_by_the_contract, unknown_in
from ._gemini_contents import spelled

EMBEDDING_VERBS: Final = frozenset({"embedContent", "batchEmbedContents"})
_KNOWN: Final = frozenset({"model", "content", "outputDimensionality"})


def read_embedding(said: Mapping[str, Any], model: str, verb: str) -> AskedVectors:
    """Read a request for vectors.

    Raises:
        Refusal: There is no text, or vectors of several sizes are asked for at once.
    """
    is_one = verb == "embedContent"
    asked = [Fields(spelled(one)) for one in ([said] if is_one else Fields(said).objects("requests"))]
    sizes = {one.number("outputDimensionality") for one in asked}
    if len(sizes) > 1:
        raise Refusal("unsupported", "outputDimensionality must be the same for all", param="requests")
    with judged_by_the_contract():
        texts = [_text(one, f"requests[{place}]") for place, one in enumerate(asked)]
        request = EmbedRequest(texts=texts, dimensions=sizes.pop() if sizes else None)
    ignored = sorted({name for one in asked for name in unknown_in(one.body, _KNOWN)})
    return AskedVectors(request=request, model=model, ignored=tuple(ignored), tell=_one if is_one else _all)


def _text(said: Fields, where: str) -> str:
    parts = [Fields(part) for part in Fields(said.object("content")).objects("parts")]
    text = "".join(part.text("text") or "" for part in parts)
    if not text or any(part.body.keys() != {"text"} for part in parts):
        raise Refusal("unsupported", f"{where} must hold text, and nothing else", param=where)
    return text


def _all(found: Embeddings) -> Mapping[str, Any]:
    return {"embeddings": [{"values": list(vector)} for vector in found.vectors]}


def _one(found: Embeddings) -> Mapping[str, Any]:
    return {"embedding": {"values": list(found.vectors[0])}}
