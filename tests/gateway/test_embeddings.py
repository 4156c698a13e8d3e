"""Texts into vectors, with the vendors' own clients as referees."""

from __future__ import annotations

import array
import base64
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from google.genai import errors, types
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Embeddings, ProviderContext
from jackfield_gateway._wire import AskedVectors
from jackfield_gateway._wires import wire_of
from jackfield_playground import GeminiPlayground

from .conftest import TOKEN, Opener, adding
from .test_gemini_client import ask

MODEL = "google/gemini-embedding-playground"


@pytest.fixture
def gemini() -> Iterator[GeminiPlayground]:
    """Return a stand-in of the vendor that is running."""
    with GeminiPlayground().running() as running:
        yield running


@pytest.mark.anyio
async def test_every_client_gets_the_same_vectors(front: Opener, gemini: GeminiPlayground) -> None:
    """OpenAI's client in both its formats and Google's read one vector for each text, of one length."""

    def packed(client: openai.OpenAI) -> Any:
        return client.embeddings.with_raw_response.create(model=MODEL, input=["a", "b"], user="somebody")

    def plain(client: openai.OpenAI) -> Any:
        return client.embeddings.create(model=MODEL, input="a", encoding_format="float", dimensions=4)

    texts = [types.Content(role="user", parts=[types.Part(text=text)]) for text in "ab"]
    size = types.EmbedContentConfig(output_dimensionality=4)
    async with front(adding("gemini_api", gemini, "google")) as door:
        raw = await door.ask(packed)
        short = await door.ask(plain)
        own = await ask(door, lambda c: c.models.embed_content(model=MODEL, contents=texts, config=size))
    first, second = (one.embedding for one in raw.parse().data)
    assert first != second
    assert short.data[0].embedding == pytest.approx(first[:4], abs=1e-6)
    assert own.embeddings[0].values == pytest.approx(first[:4], abs=1e-6)
    assert own.embeddings[1].values == pytest.approx(second[:4], abs=1e-6)
    assert raw.headers["x-jackfield-connection"] == "google"
    assert raw.headers["x-jackfield-ignored"] == "user"


@pytest.mark.anyio
async def test_who_has_no_vectors_says_so_and_tokens_are_refused(
    front: Opener, gemini: GeminiPlayground
) -> None:
    """A connection without vectors is a 404 in the wire's shape; numbers of another's tokens are a 400."""
    async with front(adding("gemini_api", gemini, "google")) as door:
        claude = ProviderContext("anthropic_api", credentials={"token": TOKEN})
        await door.manager.add_provider("anthropic_api", {"base_url": door.address}, name="claude")
        await door.manager.set_provider_context("claude", claude)
        with pytest.raises(openai.NotFoundError, match="turns no texts into vectors"):
            await door.ask(lambda c: c.embeddings.create(model="claude", input="a"))
        with pytest.raises(errors.ClientError, match="turns no texts into vectors"):
            await ask(door, lambda c: c.models.embed_content(model="claude", contents="a"))
        with pytest.raises(openai.BadRequestError, match="another model's own"):
            await door.ask(lambda c: c.embeddings.create(model=MODEL, input=[1, 2]))
        with pytest.raises(openai.BadRequestError, match="no model is named"):
            await door.ask(lambda c: c.embeddings.create(model="google", input="a"))
        assert door.remote.posts() == 0


@pytest.mark.anyio
async def test_openais_own_vectors_come_through_with_their_counts(front: Opener) -> None:
    """Where the remote tells how much it read, the client is told."""
    async with front(aliases={"ada": "work:embedding-playground"}) as door:
        told = await door.ask(lambda c: c.embeddings.create(model="ada", input=["a", "b"]))
    assert (len(told.data), told.model) == (2, "ada")
    assert told.usage.prompt_tokens > 0


def decoded(path: str, **body: Any) -> AskedVectors:
    """Return a request as it was understood."""
    wire = wire_of(path)
    assert wire
    asked = wire.decode(body, path, {})
    assert isinstance(asked, AskedVectors)
    return asked


@given(vector=st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=8))
def test_numbers_come_through_both_formats(vector: list[float]) -> None:
    """A packed vector is unpacked by the vendor's rule to the numbers that were put in."""
    told = {
        form: decoded("/v1/embeddings", model="m", input="a", encoding_format=form).tell(
            Embeddings(vectors=[vector])
        )
        for form in ("float", "base64")
    }
    packed = told["base64"]["data"][0]["embedding"]
    assert list(array.array("f", base64.b64decode(packed))) == told["float"]["data"][0]["embedding"] == vector
    assert "usage" not in told["float"]


def test_one_content_of_gemini_is_one_vector() -> None:
    """`embedContent` answers with one vector and not with a list of them."""
    asked = decoded("/v1beta/models/m:embedContent", content={"parts": [{"text": "a"}]}, taskType="X")
    assert (asked.request.texts, asked.ignored) == (("a",), ("taskType",))
    assert asked.tell(Embeddings(vectors=[[1.0]])) == {"embedding": {"values": [1.0]}}
