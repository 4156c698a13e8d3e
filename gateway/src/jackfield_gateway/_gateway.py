"""The ASGI application: routes by the raw path, lets in who may ask, and tells every failure.

Law: a request's path is compared as it came, and `Routes.find` alone says whom a token reaches.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import anyio
import attrs

from jackfield import Capability, JackfieldError, ProviderManager, log_event

from ._answer import Answer, Answers
from ._continuing import Turn
from ._counting import estimated_of_texts, estimated_tokens
from ._fault import Fault, Refusal, fault_of, surely_not_acted_on
from ._guard import Head, Scope, check_address, check_json, identity, preflight
from ._http import Ahead, Gone, Receive, Reply, Send, hang_up, read_json
from ._ledger import Ledger
from ._metrics import MEDIA_TYPE, Metrics
from ._openapi import openapi_document
from ._pace import Pace
from ._places import Places
from ._purse import Purse
from ._routing import Route, Routes
from ._runs import Runs
from ._settings import GatewaySettings
from ._side_calls import is_side_call
from ._spending import Spending
from ._spent import Spent, spent_of, spent_on
from ._threads import Threads
from ._token import Token
from ._vectors import vectors_of
from ._view import page_file
from ._wire import Asked, AskedAbout, AskedVectors, Encoder, Wire
from ._wires import OLLAMA, WIRES, Shape, models_page, one_model, wire_of

_OPEN: Final = {b"/": "HEAD", b"/api/hello": "HEAD", b"/health": "GET"}
"""What tells nothing but that somebody is here, and needs no token."""
_MODELS: Final = (b"/v1/models", b"/v1beta/models")
_TAGS: Final = b"/api/tags"
_OLLAMAS: Final = {"version": "0.13.0"}
"""The version of the program whose wire is spoken; its clients look at it before they ask for more."""


@attrs.define(eq=False, init=False)
class Gateway:
    """Serves a manager's connections over the wires that clients speak. An ASGI 3 application.

    It runs in the event loop of the manager. It needs no lifespan, and keeps nothing but in memory.

    Args:
        manager: Its connections are served: those to APIs, and those to web accounts that *settings* names.
        tokens: What clients must show; one at least.
        settings: How it behaves.
    """

    settings: GatewaySettings
    _tokens: Sequence[Token]
    _routes: Routes
    _answers: Answers
    _threads: Threads
    _runs: Runs
    _places: Places
    _paces: Mapping[str, Pace]
    _purses: Mapping[str, Purse]
    _metrics: Metrics
    _ledger: Ledger

    def __init__(
        self, manager: ProviderManager, *tokens: Token, settings: GatewaySettings | None = None
    ) -> None:
        if not tokens:
            raise TypeError("a front door without a token is none: read_token makes one")
        if len({token.name for token in tokens}) < len(tokens):
            raise TypeError("two tokens of one name cannot be told apart: give each a name of its own")
        self.settings = settings or GatewaySettings()
        self._tokens = tokens
        self._routes = Routes(manager, self.settings)
        self._answers = Answers(self.settings.repeat_seconds)
        self._threads = Threads(self.settings.threads_file)
        self._runs = Runs(self.settings.threads_file)
        told = self.settings
        self._places = Places(told.max_requests, told.wait_seconds, told.most_waiting)
        self._paces = {token.name: Pace(token.per_minute) for token in tokens}
        book = Spending(told.threads_file if any(token.budget for token in tokens) else None)
        self._purses = {token.name: Purse(token.name, token.budget, book) for token in tokens}
        self._metrics = Metrics()
        self._ledger = Ledger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        head, request_id = Head.of(scope), os.urandom(16).hex()
        found = wire_of(head.path.decode("latin-1"), *([OLLAMA] if self.settings.ollama else []))
        wire = found or WIRES[0]  # a refusal needs a shape, whatever the path
        reply = Reply(send, {"x-request-id": request_id, "request-id": request_id})
        begun = anyio.current_time()
        self._ledger.begin(request_id, found.name if found else "none")
        try:
            check_address(head, scope, self.settings)
            await self._let_in(head, receive, reply, found, request_id)
        except Gone:
            return
        except (Refusal, JackfieldError) as error:
            await _tell(reply, wire, fault_of(error, request_id), request_id)
        except Exception as error:  # noqa: BLE001  the last door: told by its class alone, for it may quote
            log_event("gateway.failed", error=type(error).__name__, request=request_id)
            if not reply.started:
                await _tell(reply, wire, fault_of(error, request_id), request_id)
        finally:
            self._take_down(reply, found, request_id, anyio.current_time() - begun)

    def _take_down(self, reply: Reply, wire: Wire | None, request_id: str, seconds: float) -> None:
        """Enter into the ledger how a request ended: who answered it and in what time, and no word of it."""
        outcome = reply.outcome if reply.ended else "gone"
        connection = reply.headers.get("x-jackfield-connection", "")
        name = wire.name if wire else "none"
        self._metrics.count(name, connection, outcome, seconds)
        entry = self._ledger.end(request_id, connection, outcome, seconds)
        log_event(
            "gateway.over",
            request=request_id,
            wire=name,
            caller=entry.caller,
            connection=connection,
            outcome=outcome,
            seconds=entry.seconds,
            tokens=entry.tokens,
            estimated=entry.estimated,
        )

    async def _let_in(
        self, head: Head, receive: Receive, reply: Reply, wire: Wire | None, request_id: str
    ) -> None:
        origin = head.one(b"origin")
        if origin:
            reply.headers |= {"access-control-allow-origin": origin, "vary": "origin"}
            if head.method == "OPTIONS":
                await reply.whole(204, headers=preflight(head))
                return
        if _OPEN.get(head.path) == head.method:
            await reply.whole(200, {"status": "ok"} if head.method == "GET" else None)
            return
        if head.method == "GET" and (file := page_file(head.path)):
            await reply.piece(file.data, file.headers)
            return
        token = identity(head, self._tokens)
        self._ledger.asks(request_id, token.name)
        if head.method == "GET" and await self._look_up(head, reply, token):
            return
        if wire is None:
            raise Refusal("path", "nothing is served under this path")
        if head.method != "POST":
            raise Refusal("method", "this path takes POST alone")
        check_json(head)
        self._paces[token.name].take()
        ahead = Ahead(receive)
        async with self._places.one(token.name, ahead.hang_up):
            body = await read_json(head, ahead.receive, self.settings)
            await _Exchange(self, head, ahead.receive, reply, wire, request_id, token).answer(body)

    async def _look_up(self, head: Head, reply: Reply, token: Token) -> bool:
        """Reply to a question that needs no body; return whether it was one."""
        if head.path == b"/openapi.json":
            await reply.whole(200, openapi_document(ollama=self.settings.ollama))
            return True
        if token.connections is None and head.path == b"/metrics":
            await reply.piece(self._metrics.page(self._places.taken), {"content-type": MEDIA_TYPE})
            return True
        if token.connections is None and head.path == b"/status":
            purses = [await purse.told() for purse in self._purses.values()]
            told = {"connections": self._routes.status(), "requests": self._ledger.told()}
            await reply.whole(200, {**told, "budgets": [one for one in purses if one]})
            return True
        places = [*_MODELS, *([_TAGS] if self.settings.ollama else [])]
        if self.settings.ollama and head.path == b"/api/version":
            await reply.whole(200, _OLLAMAS)
            return True
        for place in places:
            if (head.path + b"/").startswith(place + b"/"):
                await self._models(head, reply, token, head.path[len(place) :])
                return True
        return False

    async def _models(self, head: Head, reply: Reply, token: Token, rest: bytes) -> None:
        names, shape = await self._routes.names(token), _shape(head)
        wanted = unquote_to_bytes(rest).decode(errors="replace").lstrip("/")
        if not wanted:
            listed = [one_model(name, self._routes.owner(name), shape) for name in names]
            await reply.whole(200, models_page(listed, shape))
        elif wanted in names:
            await reply.whole(200, one_model(wanted, self._routes.owner(wanted), shape))
        else:
            raise Refusal("model", f"there is no model {wanted[:200]!r} here; GET /v1/models lists them")


def _shape(head: Head) -> Shape:
    """Return whose client lists models: two vendors share a path, and tell themselves by their headers."""
    if head.path == _TAGS:
        return "ollama"
    if head.path.startswith(b"/v1beta/") or head.all(b"x-goog-api-key"):
        return "gemini"
    return "anthropic" if head.all(b"anthropic-version") else "openai"


async def _live(receive: Receive, send: Send) -> None:
    """Answer a server that asks whether we have started; there is nothing to start."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _tell(reply: Reply, wire: Wire, fault: Fault, request_id: str) -> None:
    reply.outcome = fault.kind
    status, body = wire.refusal(fault, request_id)
    await reply.whole(status, body, headers_of(fault))


def headers_of(fault: Fault) -> dict[str, str]:
    """Return the headers of a reply that tells *fault*."""
    headers = {"x-should-retry": "true" if fault.retry else "false"}
    if fault.retry_after is not None and fault.retry:
        headers["retry-after"] = str(max(0, -int(-fault.retry_after // 1)))
    if fault.kind in {"token", "too_large", "too_slow", "host", "media_type"}:
        # The body is still on its way and nobody will read it.
        headers["connection"] = "close"
    if fault.kind == "token":
        headers["www-authenticate"] = "Bearer"
    return headers


@attrs.define(eq=False)
class _Exchange:
    """One question, from its body to the last byte of its answer."""

    _gateway: Gateway
    _head: Head
    _receive: Receive
    _reply: Reply
    _wire: Wire
    _request_id: str
    _token: Token

    async def answer(self, body: Mapping[str, Any]) -> None:
        asked = self._wire.decode(body, self._head.path.decode("latin-1"), self._head.query)
        route = self._gateway._routes.find(asked.model, self._token)  # noqa: SLF001  one file, one idea
        if isinstance(asked, Asked):
            asked = _without_formal_limit(asked, route)
        if asked.ignored:
            self._reply.headers["x-jackfield-ignored"] = ", ".join(sorted(asked.ignored))
        match asked:
            case AskedAbout():
                await self._reply.whole(200, asked.tell(route.connections[0].capabilities))
            case AskedVectors():
                self._note(asked, route)
                await self._vectors(asked, route)
            case Asked(estimate=None):
                await self._chat(asked, self._aside(asked, route), body)
            case Asked(estimate=estimate):
                told = {"x-jackfield-estimated": ", ".join(estimate or ())}
                await self._reply.whole(200, estimate, told)

    async def _chat(self, asked: Asked, route: Route, body: Mapping[str, Any]) -> None:
        request = attrs.evolve(asked.request, id=self._request_id, model=route.model)
        asked = attrs.evolve(asked, request=request)
        self._note(asked, route)
        key, answers = self._key(body), self._gateway._answers  # noqa: SLF001
        answer = answers.find(key) if self._is_repeat(route) else None
        is_first = answer is None
        answer = answer or Answer()
        if is_first:
            answers.keep(key, answer)
        turn = self._turn(asked, route, key)
        try:
            if is_first and self._is_repeat(route):
                await turn.take_up()
            if turn.attached or not is_first:
                self._reply.headers["x-jackfield-repeat"] = "attached"
                await self._read(asked, turn, answer, is_first=is_first)
            else:
                async with self._paying(
                    partial(estimated_tokens, request), partial(spent_on, request, answer)
                ) as turn.pay:
                    await turn.find()
                    if turn.manner:
                        self._reply.headers["x-jackfield-conversation"] = turn.manner
                    await self._read(asked, turn, answer, is_first=True)
            if self._reply.ended and answer.response is not None:
                await turn.told()
        except Refusal as refusal:
            if is_first:
                answer.close(refusal)
            raise
        finally:
            if is_first:
                answer.close()
                if not answer.may_be_given_again:
                    answers.drop(key, answer)

    async def _vectors(self, asked: AskedVectors, route: Route) -> None:
        read = partial(estimated_of_texts, asked.request.texts)
        spent = spent_of(None, read)
        async with self._paying(read, lambda: spent):
            try:
                found = await vectors_of(asked, route, self._receive)
                spent = spent_of(found.usage, read)
            except (Refusal, JackfieldError) as error:
                if isinstance(error, Refusal) or surely_not_acted_on(error):
                    spent = Spent()
                raise
        self._reply.headers["x-jackfield-connection"] = route.first.connection
        await self._reply.whole(200, asked.tell(found))

    def _paying(
        self, estimate: Callable[[], int], spent: Callable[[], Spent]
    ) -> AbstractAsyncContextManager[Callable[[], Awaitable[None]]]:
        """Have a question paid for that is asked inside the block, and enter what it took."""
        gateway, name = self._gateway, self._token.name

        def took() -> Spent:
            found = spent()
            gateway._metrics.spent(name, found)  # noqa: SLF001
            gateway._ledger.took(self._request_id, found)  # noqa: SLF001
            return found

        return gateway._purses[name].paying(estimate, took)  # noqa: SLF001

    def _turn(self, asked: Asked, route: Route, key: bytes) -> Turn:
        threads, runs = self._gateway._threads, self._gateway._runs  # noqa: SLF001
        return Turn(
            route=route,
            request=asked.request,
            threads=threads,
            runs=runs,
            token=self._token,
            model=asked.model,
            key=key,
        )

    def _aside(self, asked: Asked, route: Route) -> Route:
        """Return whom to ask for what a client wants beside its user's question."""
        if not is_side_call(asked.request):
            return route
        if side := self._gateway.settings.side_model:
            self._reply.headers["x-jackfield-side-model"] = side
            return self._gateway._routes.find(side, self._token)  # noqa: SLF001
        if route.acts:
            raise Refusal(
                "unsupported",
                "a client asks for a title, tags or suggestions here, and each would be a conversation or a "
                "run of its own; name another model for them with --side-model, or switch them off there",
                param="model",
            )
        return route

    def _key(self, body: Mapping[str, Any]) -> bytes:
        said = json.dumps([self._token.name, self._wire.name, body], sort_keys=True).encode()
        return self._token.seal(self._head.path + b"\0" + said)

    def _is_repeat(self, route: Route) -> bool:
        """Whether an answer that was asked for already is to be given.

        Vendors' clients count their own repeats. Others do not, and for them the same words to something
        that acts are a repeat too: a history that is word for word the same asks for the same turn.
        """
        if self._head.one(b"x-jackfield-fresh"):
            return False
        count = self._head.one(b"x-stainless-retry-count")
        return (count.isdecimal() and int(count) > 0) or route.acts

    def _note(self, asked: Asked | AskedVectors, route: Route) -> None:
        log_event(
            "gateway.asked",
            request=self._request_id,
            caller=self._token.name,  # what is called a token is hidden in the log, its name too
            wire=self._wire.name,
            model=asked.model[:200],
            connections=[connection.name for connection in route.connections],
        )

    async def _read(self, asked: Asked, turn: Turn, answer: Answer, *, is_first: bool) -> None:
        encoder = self._wire.encoder(asked, self._request_id, int(time.time()))
        answer.readers += 1
        async with anyio.create_task_group() as tasks:
            if is_first:
                tasks.start_soon(self._ask, turn, answer)
            with anyio.CancelScope() as reading:
                await self._while_there(asked, answer, encoder, reading)
            answer.readers -= 1
            if not answer.readers and (turn.route.stops or answer.over):
                answer.stop()

    async def _ask(self, turn: Turn, answer: Answer) -> None:
        with self._gateway._routes.working(turn.route):  # noqa: SLF001
            await answer.write(turn.route, turn.request, turn)

    async def _while_there(
        self, asked: Asked, answer: Answer, encoder: Encoder, reading: anyio.CancelScope
    ) -> None:
        """Hand the answer on while the client is there."""

        async def watch() -> None:
            await hang_up(self._receive)
            # A whole reply ends the exchange, too. Cut off in its last send, the server would not get to note
            # that the connection is idle: it would neither time out nor make way when the door closes.
            if not self._reply.ended:
                reading.cancel()

        async with anyio.create_task_group() as beside:
            beside.start_soon(watch)
            if asked.stream:
                beside.start_soon(self._ping, encoder)
            # Told in here: what leaves a task group is wrapped, and would be a fault of ours.
            try:
                await (self._stream if asked.stream else self._whole)(answer, encoder)
            except (Refusal, JackfieldError) as error:
                await self._tell(fault_of(error, self._request_id), encoder)
            beside.cancel_scope.cancel()

    async def _ping(self, encoder: Encoder) -> None:
        """Give signs of life: clients take a long silence for a broken connection."""
        settings, reply = self._gateway.settings, self._reply
        while True:
            seconds = settings.ping_seconds if reply.started else settings.quiet_seconds
            due = reply.last + seconds
            if anyio.current_time() >= due:
                await reply.write(encoder.ping, media_type=encoder.media_type)
            else:
                await anyio.sleep_until(due)

    async def _tell(self, fault: Fault, encoder: Encoder) -> None:
        if not self._reply.started:
            await _tell(self._reply, self._wire, fault, self._request_id)
            return
        self._reply.outcome = fault.kind
        await self._reply.end(encoder.fault(fault))

    async def _stream(self, answer: Answer, encoder: Encoder) -> None:
        place = 0
        while events := await answer.since(place):
            place += len(events)
            self._name(answer)
            if data := b"".join(map(encoder.event, events)):
                await self._reply.write(data, media_type=encoder.media_type)
        self._name(answer)
        await self._reply.end(encoder.end(answer.good()), media_type=encoder.media_type)

    async def _whole(self, answer: Answer, encoder: Encoder) -> None:
        await answer.wait()
        self._name(answer)
        await self._reply.whole(200, encoder.whole(answer.good()))

    def _name(self, answer: Answer) -> None:
        if answer.connection and not self._reply.started:
            self._reply.headers["x-jackfield-connection"] = answer.connection


def _without_formal_limit(asked: Asked, route: Route) -> Asked:
    if not asked.has_formal_limit or all(
        Capability.MAX_TOKENS in one.capabilities for one in route.connections
    ):
        return asked
    request = attrs.evolve(asked.request, max_tokens=None)
    return attrs.evolve(asked, request=request, ignored=(*asked.ignored, "max_tokens"))
