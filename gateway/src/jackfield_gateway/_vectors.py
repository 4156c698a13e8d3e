"""Texts into vectors: asked of one connection alone, for another's vectors cannot be compared with them."""

from __future__ import annotations

import anyio

from jackfield import Embeddings, JackfieldError

from ._fault import Refusal
from ._http import Gone, Receive, hang_up
from ._routing import Route
from ._wire import AskedVectors


async def vectors_of(asked: AskedVectors, route: Route, receive: Receive) -> Embeddings:
    """Ask for vectors; a client that leaves stops it.

    Raises:
        Gone: The client hung up.
        Refusal: Nobody behind the model's name has vectors.
        JackfieldError: What went wrong.
    """
    found: Embeddings | Exception = Gone()
    async with anyio.create_task_group() as beside:

        async def watch() -> None:
            await hang_up(receive)
            beside.cancel_scope.cancel()

        beside.start_soon(watch)
        # Kept and raised outside: what leaves a task group is wrapped.
        try:
            found = await _vectors(asked, route)
        except (Refusal, JackfieldError) as error:
            found = error
        beside.cancel_scope.cancel()
    if isinstance(found, Exception):
        raise found
    return found


async def _vectors(asked: AskedVectors, route: Route) -> Embeddings:
    connection = route.connections[0]
    if not route.embeds:
        raise Refusal("model", f"{connection.name} turns no texts into vectors", param="model")
    request = asked.request
    return await connection.embed(request.texts, model=route.first.model, dimensions=request.dimensions)
