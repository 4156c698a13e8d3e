"""An account of an API that is known by a key: what its provider does besides asking for answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, ClassVar, Final, Generic, TypeVar

import attrs

from jackfield import (
    DecodedStream,
    MalformedResponse,
    Model,
    Provider,
    ProviderContext,
    ProviderError,
    Secret,
    StreamEvent,
)

from ._answers import AnswerDecoder
from ._client import ApiClient, StreamedReply
from ._credentials import Credential
from ._listed import sized_models
from ._options import ApiOptions
from ._status import NotFound, error_in
from ._usage import found_in, objects_in, words_in

Options = TypeVar("Options", bound=ApiOptions)

_MOST_PAGES: Final = 20


@attrs.frozen(kw_only=True)
class ModelList:
    """Where an API lists its models, and how it tells of each. Places are those of `found_in`.

    Attributes:
        path: Where the list is.
        models: Where a page of it has the models.
        name: Where a model has its name.
        prefix: What stands before each name and is no part of it.
        reads: Where it is told how many tokens a model reads.
        writes: Where it is told how many it writes at the most.
        limit: The query's word for how many come at once; empty where all do.
        most: That many.
        after: The query's word for where a page begins.
        following: Where a page tells what the next one begins with; the last one tells nothing there, or
            denies that there are more.
        more: Where a page says whether there are more, of an API that says so.
    """

    path: str
    models: str = "data"
    name: str = "id"
    prefix: str = ""
    reads: str = ""
    writes: str = ""
    limit: str = ""
    most: int = 1000
    after: str = ""
    following: str = ""
    more: str = ""

    async def look(self, http: ApiClient, credential: Credential | None = None) -> None:
        """Ask for as little of the list as can be: a question that costs nothing and that a key is tried by.

        Raises:
            ProviderError: The API refuses it.
        """
        query = {self.limit: 1} if self.limit else None
        await http.request("GET", self.path, params=query, credential=credential)

    async def read(self, http: ApiClient) -> dict[str, Mapping[str, Any]]:
        """Return what is told of each model, by its name.

        Raises:
            MalformedResponse: What answers is no list of models.
            ProviderError: The API refuses.
        """
        found: dict[str, Mapping[str, Any]] = {}
        after: str | None = None
        for _ in range(_MOST_PAGES):
            query = {self.limit: self.most, self.after: after} if self.limit else None
            page = await http.request_json("GET", self.path, params=query)
            found |= self._models_in(page, is_first=not found)
            after = words_in(page, self.following)
            if not after or (self.more and not found_in(page, self.more)):
                break
        return found

    def _models_in(self, page: Any, *, is_first: bool) -> dict[str, Mapping[str, Any]]:
        if (error := error_in(page)) is not None:
            raise error
        # Google leaves an empty list out: only the first page tells what answers.
        if is_first and not isinstance(found_in(page, self.models), list):
            raise MalformedResponse("what answered is no list of models", hint="Look at base_url.")
        named = {words_in(one, self.name): one for one in objects_in(page, self.models)}
        return {name.removeprefix(self.prefix): one for name, one in named.items() if name}


@attrs.define(eq=False, slots=False)
class KeyedProvider(Provider, Generic[Options]):
    """One account of an API whose key goes into a header, to subclass. Write `stream`, best with `answer`.

    Attributes:
        http: The client.
        options: The connection's options.
        models: The list of models, which a key is tried with, too.
        no_verdict: What of a list of models tells nothing against the key: an API may have none.
    """

    no_verdict: ClassVar[tuple[type[ProviderError], ...]] = (NotFound,)

    http: ApiClient
    options: Options
    models: ModelList

    def credential_of(self, key: Secret) -> Credential:
        """Return what signs requests with *key*: a bearer, unless the API wants another header."""
        return Credential(key)

    async def authenticate(self, context: ProviderContext) -> None:
        """Try the key, where there is a list of models to be asked for.

        Raises:
            AuthenticationRequired: The key is refused, or can be none.
        """
        credential = self.credential_of(context.secret("token"))
        await self._look(credential)
        self.http.credential = credential

    async def check_health(self) -> None:
        """Return when the API answers and the key is good."""
        await self._look(None)

    async def _look(self, credential: Credential | None) -> None:
        with suppress(*self.no_verdict):
            await self.models.look(self.http, credential)

    async def list_models(self) -> Sequence[Model]:
        """Return the models of the account, with how much they read and write where that is told."""
        told = await self.models.read(self.http)
        offered = {name: one for name, one in told.items() if self.offers(one)}
        return sized_models(offered, self.options, reads=self.models.reads, writes=self.models.writes)

    def offers(self, model: Mapping[str, Any]) -> bool:  # noqa: ARG002  for subclasses
        """Whether a model of the list can still be asked, going by what is told of it."""
        return True

    @asynccontextmanager
    async def answer(
        self, method: str, path: str, decoder: Callable[[StreamedReply], AnswerDecoder], **asked: Any
    ) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Ask, and read the answer as it is written: what `stream` returns.

        Args:
            method: The HTTP method.
            path: Where to ask.
            decoder: Makes the decoder of the answer, given its head.
            **asked: As for `ApiClient.stream`.
        """
        async with self.http.stream(method, path, **asked) as reply:
            decoding = decoder(reply)
            try:
                yield DecodedStream(reply, decoding)
            except ProviderError as error:
                # What goes wrong in the middle has no headers of its own, and support asks for the id then.
                error.remote_request_id = error.remote_request_id or decoding.request_id
                raise
