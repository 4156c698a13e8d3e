"""Providers that break one promise each, and which promise finds them."""

from __future__ import annotations

import contextlib
import threading
import urllib.parse
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, ClassVar, Final

import anyio
import attrs

from jackfield import (
    AuthenticationRequired,
    Capability,
    Certainty,
    ChatRequest,
    ConnectFailed,
    ConnectionLost,
    DeadlineExceeded,
    MalformedResponse,
    Model,
    Provider,
    ProviderContext,
    ProviderError,
    ProviderSpec,
    ProviderUnavailable,
    RateLimited,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    StreamInterrupted,
    TextDelta,
    Usage,
)
from jackfield_api import ApiClient, Credential

from .honest import CAPABILITIES, Honest, KitDecoder, KitOptions, spec_of

left_open = AsyncExitStack()
"""What the leaking ones left open: whoever tries them closes it."""


@attrs.frozen
class Faulty:
    """A provider that breaks a promise.

    Attributes:
        sin: What it does.
        finds: The short name of the promise that finds it.
        spec: The provider.
        others: The promises that it breaks with it; None where chance decides.
        seconds: How long each promise may take.
    """

    sin: str
    finds: str
    spec: ProviderSpec
    others: frozenset[str] | None = attrs.field(default=frozenset(), kw_only=True)
    seconds: float = attrs.field(default=60.0, kw_only=True)


FAULTY: Final[list[Faulty]] = []


def sinner(sin: str, finds: str, **more: Any) -> Callable[[type], type]:
    """List a provider, or one with a decoder, under what it does and what finds it."""
    changes = more.pop("changes", {})

    def add(kind: type) -> type:
        provider = kind if issubclass(kind, Honest) else type(kind.__name__, (Honest,), {"decoder": kind})
        FAULTY.append(Faulty(sin, finds, spec_of(provider, **changes), **more))
        return kind

    return add


# What a decoder does.


@sinner("says twice that the answer begins", "answers")
class BeginsTwice(KitDecoder):
    """See `sinner`."""

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Begin twice."""
        if "begin" in told:
            yield self.started
        yield from super().take(told, event)


@sinner("tells the last words twice", "says what the remote says")
class Stutters(KitDecoder):
    """See `sinner`."""

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Stutter."""
        yield from super().take(told, event)
        if told.get("text") == "!":
            yield TextDelta("!")


@sinner("drops the counts", "counts what the remote counts")
class CountsNothing(KitDecoder):
    """See `sinner`."""

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Drop the counts."""
        yield from super().take({**told, "counts": None}, event)


@sinner("counts more cached tokens than were read", "counts what the remote counts")
class CountsWrongly(KitDecoder):
    """See `sinner`."""

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Contradict itself."""
        for one in super().take(told, event):
            usage = Usage(input_tokens=5, cache_read_input_tokens=999, output_tokens=7)
            yield attrs.evolve(one, usage=usage) if isinstance(one, ResponseFinished) else one


@sinner("takes the end of the wire for the end of the answer", "cut")
class SwallowsTheCut(KitDecoder):
    """See `sinner`."""

    def finish(self) -> Iterator[StreamEvent]:
        """End well, whatever came."""
        yield ResponseFinished()


@sinner("takes an error for the end", "error in stream", others=frozenset({"error with text"}))
class SwallowsErrors(KitDecoder):
    """See `sinner`."""

    def fault_in(self, told: Mapping[str, Any], event: str) -> ProviderError | None:
        """See none."""
        del told, event
        return None

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """End well at an error."""
        yield from [ResponseFinished()] if "error" in told else super().take(told, event)


@sinner("loses the text that came with an error", "error with text")
class ForgetsText(KitDecoder):
    """See `sinner`."""

    def feed(self, data: bytes) -> Any:
        """Gather, and lose what was gathered."""
        return list(super().feed(data))


@sinner("passes over what makes no sense", "garbled")
class PassesOver(KitDecoder):
    """See `sinner`."""

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """Pass over it."""
        with contextlib.suppress(MalformedResponse):
            yield from super().feed(data)


@sinner("makes up an answer where there is none", "empty")
class MakesUp(KitDecoder):
    """See `sinner`."""

    def finish(self) -> Iterator[StreamEvent]:
        """Say something."""
        if self._form is None:
            yield self.started
            yield TextDelta("(nothing)")
            yield ResponseFinished()


@sinner("keeps the text back until the end", "tells text as it comes", others=frozenset({"drop"}))
class KeepsBack(KitDecoder):
    """See `sinner`."""

    def __init__(self, started: ResponseStarted) -> None:
        super().__init__(started)
        self.kept: list[StreamEvent] = []

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """Keep it, unless something is wrong."""
        try:
            for event in super().feed(data):
                if isinstance(event, ResponseStarted):
                    yield event
                    continue
                self.kept.append(event)
                if isinstance(event, ResponseFinished):
                    yield from self.kept
        except ProviderError:
            yield from self.kept
            raise

    def finish(self) -> Iterator[StreamEvent]:
        """Give what was kept."""
        yield from self.kept


@sinner("reads each piece of the wire as text of its own", "takes any pieces")
class ReadsPieces(KitDecoder):
    """See `sinner`."""

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """Read half a letter as none."""
        yield from super().feed(data.decode(errors="replace").encode())


# What an iterator does.


@attrs.define(eq=False)
class Through:
    """Passes on what another iterator gives."""

    events: AsyncIterator[StreamEvent]
    over: bool = False

    def __aiter__(self) -> Through:
        return self

    async def __anext__(self) -> StreamEvent:
        return await self.events.__anext__()


class Reading(Honest):
    """Has an iterator of its own."""

    through: ClassVar[type[Through]]

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Ask, and read through it."""
        async with super().stream(request) as events:
            yield self.through(events)


@sinner("goes on after the end", "ends at its end")
class GoesOn(Reading):
    """See `sinner`."""

    class through(Through):  # noqa: N801, D106
        async def __anext__(self) -> StreamEvent:
            if not self.over:
                event = await self.events.__anext__()
                self.over = isinstance(event, ResponseFinished)
                return event
            self.over = False
            return TextDelta("and one more thing")


@sinner("takes a lost connection for the end", "drop")
class SwallowsTheLoss(Reading):
    """See `sinner`."""

    class through(Through):  # noqa: N801, D106
        async def __anext__(self) -> StreamEvent:
            try:
                return await self.events.__anext__()
            except (ConnectionLost, StreamInterrupted):
                return ResponseFinished()


@sinner("lingers 0.35 s when it is cancelled", "stops when cancelled")
class Lingers(Reading):
    """See `sinner`."""

    class through(Through):  # noqa: N801, D106
        async def __anext__(self) -> StreamEvent:
            try:
                return await self.events.__anext__()
            except anyio.get_cancelled_exc_class():
                with anyio.CancelScope(shield=True):
                    await anyio.sleep(0.35)
                raise


@sinner("keeps a cancellation for itself", "stops when cancelled", others=None)
class SwallowsCancellation(Reading):
    """See `sinner`."""

    class through(Through):  # noqa: N801, D106
        async def __anext__(self) -> StreamEvent:
            try:
                return await self.events.__anext__()
            except anyio.get_cancelled_exc_class():
                return ResponseFinished()


@sinner("takes silence for the end", "hang", others=None)
class TakesSilence(Reading):
    """See `sinner`."""

    class through(Through):  # noqa: N801, D106
        async def __anext__(self) -> StreamEvent:
            with anyio.move_on_after(0.1):
                return await self.events.__anext__()
            return ResponseFinished()


@sinner("gives up after 10 ms of silence", "is patient", others=None)
class IsImpatient(Reading):
    """See `sinner`."""

    class through(Through):  # noqa: N801, D106
        async def __anext__(self) -> StreamEvent:
            with anyio.move_on_after(0.01):
                return await self.events.__anext__()
            raise StreamInterrupted("it took too long")


# What a provider does.


@sinner("never gives a request back that was left", "survives leaving early", others=None)
class StaysBusy(Honest):
    """See `sinner`."""

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Refuse where a request was left."""
        if getattr(self, "left", False):
            raise ProviderUnavailable("busy", certainty=Certainty.NOT_SENT)
        async with super().stream(request) as events:
            through = Watched(events)
            yield through
            self.left = not through.over


class Watched(Through):
    """Knows whether it was read to the end."""

    async def __anext__(self) -> StreamEvent:
        event = await self.events.__anext__()
        self.over = isinstance(event, ResponseFinished)
        return event


@sinner(
    "never gives a request back that was cancelled",
    "survives cancellation",
    others=frozenset({"stops when cancelled"}),
)
class StaysCancelled(Honest):
    """See `sinner`."""

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Refuse where a request was cancelled."""
        if getattr(self, "left", False):
            raise ProviderUnavailable("busy", certainty=Certainty.NOT_SENT)
        try:
            async with super().stream(request) as events:
                yield events
        except anyio.get_cancelled_exc_class():
            self.left = True
            raise


@sinner("can do one thing at a time", "answers at once")
class IsAlone(Honest):
    """See `sinner`."""

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Refuse while another is under way."""
        if getattr(self, "on_wire", False):
            raise ProviderUnavailable("one at a time", certainty=Certainty.UNKNOWN)
        self.on_wire = True
        try:
            async with super().stream(request) as events:
                yield events
        finally:
            self.on_wire = False


@sinner("shows its key in its repr", "keeps secrets")
class ShowsItsKey(Honest):
    """See `sinner`."""

    async def authenticate(self, context: ProviderContext) -> None:
        """Keep the key where it shows."""
        await super().authenticate(context)
        self.key = context.secret("token").reveal()

    def __repr__(self) -> str:
        return f"<ShowsItsKey {getattr(self, 'key', '')}>"


@sinner("finds texts when it examines itself", "examines")
class FindsTexts(Honest):
    """See `sinner`."""

    async def examine(self) -> Any:
        """Find a text."""
        return ["all is well"]


@sinner("says that the remote is down when it refuses the login", "refuses wrong login")
class MistakesRefusals(Honest):
    """See `sinner`."""

    async def authenticate(self, context: ProviderContext) -> None:
        """Do not try it."""
        self.http.credential = Credential(context.secret("token"))

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Mistake the refusal."""
        try:
            async with super().stream(request) as events:
                yield events
        except AuthenticationRequired:
            raise RateLimited("come back later", certainty=Certainty.UNKNOWN) from None


@sinner("is never well", "is healthy")
class IsIll(Honest):
    """See `sinner`."""

    async def check_health(self) -> None:
        """Complain."""
        raise ConnectFailed("nobody listens")


@sinner("lists no models", "lists models")
class ListsNothing(Honest):
    """See `sinner`."""

    async def list_models(self) -> list[Model]:
        """List nothing."""
        return []


@sinner(
    "claims embeddings, and has no method for them",
    "keeps its claims",
    changes={"capabilities": CAPABILITIES | {Capability.EMBEDDINGS}},
)
class ClaimsMore(Honest):
    """See `sinner`."""


@sinner(
    "claims to take answers up again, and names none",
    "takes up again",
    changes={"capabilities": CAPABILITIES | {Capability.ATTACH}},
)
class NamesNoAnswer(Honest):
    """See `sinner`."""


@sinner(
    "claims conversations, and names none",
    "keeps conversations",
    changes={"capabilities": CAPABILITIES | {Capability.CONVERSATIONS}},
)
class NamesNoConversation(Honest):
    """See `sinner`."""


@sinner("asks a question to see whether the remote is well", "asks only when asked")
class PaysForHealth(Honest):
    """See `sinner`."""

    async def check_health(self) -> None:
        """Ask a question."""
        async with self.stream(ChatRequest(messages="ping")):
            pass


class Keeping(Honest):
    """Keeps a connection now and then."""

    async def keep(self) -> None:
        """Have one connection more than is needed, as one that was not given back."""
        address = urllib.parse.urlsplit(self.options.base_url)
        with anyio.CancelScope(shield=True):
            one = await anyio.connect_tcp(str(address.hostname), address.port or 80)
            # Once it is answered the remote has it, and counts it.
            await one.send(b"GET /models HTTP/1.1\r\nHost: kit\r\n\r\n")
            await one.receive()
        await left_open.enter_async_context(one)


@sinner(
    "keeps the connection of an answer that was left",
    "hangs up on leaving",
    others=frozenset({"leaves nothing"}),
)
class KeepsConnections(Keeping):
    """See `sinner`."""

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Keep it where the answer was not read to its end."""
        async with super().stream(request) as events:
            watched = Watched(events)
            yield watched
            if not watched.over:
                await self.keep()


@sinner(
    "hangs up on leaving, but not when it is ended",
    "closes in the middle",
    others=frozenset({"stops when cancelled"}),
)
class KeepsOnErrors(Keeping):
    """See `sinner`."""

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Keep it where the answer was ended from outside."""
        try:
            async with super().stream(request) as events:
                yield events
        except BaseException as error:
            if self.keeps_on(error):
                await self.keep()
            raise

    def keeps_on(self, error: BaseException) -> bool:
        """Whether it is kept because of an error."""
        del error
        return True


@sinner(
    "hangs up on leaving, but not when it is cancelled",
    "stops when cancelled",
    others=frozenset({"closes in the middle"}),
)
class KeepsWhenCancelled(KeepsOnErrors):
    """See `sinner`."""

    def keeps_on(self, error: BaseException) -> bool:
        """Keep it where the answer was cancelled."""
        return isinstance(error, anyio.get_cancelled_exc_class())


@sinner("takes the text and no other wish", "sends what is asked")
class IgnoresWishes(Honest):
    """See `sinner`."""

    def body_of(self, request: ChatRequest) -> dict[str, Any]:
        """Ignore them."""
        return {**super().body_of(request), "temperature": None, "max_tokens": None}


@sinner("asks another model", "sends what is asked")
class AsksAnotherModel(Honest):
    """See `sinner`."""

    def body_of(self, request: ChatRequest) -> dict[str, Any]:
        """Ask another one."""
        return {**super().body_of(request), "model": "small"}


@sinner("sends what the user said alone", "sends all messages")
class ForgetsAnswers(Honest):
    """See `sinner`."""

    def body_of(self, request: ChatRequest) -> dict[str, Any]:
        """Forget the rest."""
        said = [{"role": one.role, "text": one.text} for one in request.messages if one.role != "assistant"]
        return {**super().body_of(request), "messages": said}


@sinner("sends the last message alone", "sends all messages", others=frozenset({"sends what is asked"}))
class SendsTheLast(Honest):
    """See `sinner`."""

    def body_of(self, request: ChatRequest) -> dict[str, Any]:
        """Forget the rest."""
        last = request.messages[-1]
        return {**super().body_of(request), "messages": [{"role": last.role, "text": last.text}]}


class Asking(Honest):
    """Asks in a way of its own."""

    params: Mapping[str, str] | None = None

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Ask, with a query."""
        from jackfield import DecodedStream

        body = self.body_of(request)
        async with self.http.stream("POST", "/answers", json=body, params=self.params) as reply:
            yield DecodedStream(reply, self.decoder(reply.started(body["model"])))


@sinner("puts its key into the address", "keeps secrets from addresses")
class TellsItsKey(Asking):
    """See `sinner`."""

    async def authenticate(self, context: ProviderContext) -> None:
        """Keep the key for the address, too."""
        await super().authenticate(context)
        self.params = {"key": context.secret("token").reveal()}


class Failing(Honest):
    """Meets a refusal in a way of its own."""

    refusal: ClassVar[type[ProviderError]]

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Ask, and meet what comes instead of an answer."""
        async with AsyncExitStack() as stack:
            try:
                events = await stack.enter_async_context(super().stream(request))
            except self.refusal as error:
                events = await self.met(error, stack, request)
            yield events

    async def met(self, error: Any, stack: AsyncExitStack, request: ChatRequest) -> Any:
        """Meet it."""
        raise NotImplementedError


@sinner("asks again by itself after a 500", "500")
class AsksAgain(Failing):
    """See `sinner`."""

    refusal = ProviderUnavailable

    async def met(self, error: Any, stack: AsyncExitStack, request: ChatRequest) -> Any:
        """Ask again."""
        del error
        return await stack.enter_async_context(Honest.stream(self, request))


@sinner("says that a remote which broke has done nothing", "500")
class DeniesBreaking(Failing):
    """See `sinner`."""

    refusal = ProviderUnavailable

    async def met(self, error: Any, stack: AsyncExitStack, request: ChatRequest) -> Any:
        """Deny it."""
        del stack, request
        raise ProviderUnavailable(str(error), certainty=Certainty.NOT_SENT)


@sinner("cannot tell a 429 from a fault", "429", others=frozenset({"come back later"}))
class MistakesHaste(Failing):
    """See `sinner`."""

    refusal = RateLimited

    async def met(self, error: Any, stack: AsyncExitStack, request: ChatRequest) -> Any:
        """Mistake it."""
        del stack, request
        raise ProviderUnavailable(str(error))


@sinner("forgets when to come back", "come back later")
class ForgetsTheWait(Failing):
    """See `sinner`."""

    refusal = RateLimited

    async def met(self, error: Any, stack: AsyncExitStack, request: ChatRequest) -> Any:
        """Forget it."""
        del stack, request
        raise RateLimited(str(error))


@sinner("says after its own 0.2 s that nothing was sent", "silent", others=None)
class DeniesSending(Honest):
    """See `sinner`."""

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Wait for an answer for a moment."""
        async with AsyncExitStack() as stack:
            events: Any = None
            with anyio.move_on_after(0.2):
                events = await stack.enter_async_context(super().stream(request))
            if events is None:
                raise ConnectFailed("nobody answers")
            yield events


@attrs.define(eq=False)
class Pinged:
    """Reads a wire for as long as anything comes, and says that it keeps the request's time."""

    keeps_deadline: ClassVar[bool] = True

    wire: AsyncIterator[bytes]
    decoder: Any
    ready: list[StreamEvent] = attrs.field(factory=list)

    def __aiter__(self) -> Pinged:
        return self

    async def __anext__(self) -> StreamEvent:
        while not self.ready:
            try:
                with anyio.fail_after(0.25):
                    self.ready += self.decoder.feed(await self.wire.__anext__())
            except TimeoutError:
                raise DeadlineExceeded("nothing came for a while") from None
        return self.ready.pop(0)


@sinner("counts pings as progress", "pings", others=None, seconds=2.0)
class LivesOnPings(Honest):
    """See `sinner`."""

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Ask, and read for as long as anything comes."""
        body = self.body_of(request)
        async with self.http.stream("POST", "/answers", json=body) as reply:
            yield Pinged(reply, self.decoder(reply.started(body["model"])))


# What opening and closing do.


def opening(sin: str, finds: str, **more: Any) -> Callable[[Callable[[KitOptions], Any]], None]:
    """List a provider that is opened in a way of its own."""

    def add(opened: Callable[[KitOptions], AsyncIterator[Provider]]) -> None:
        FAULTY.append(Faulty(sin, finds, spec_of(open=asynccontextmanager(opened)), **more))

    return add


@opening("leaves its client open", "leaves nothing", others=frozenset({"closes in the middle"}))
async def leave_client(options: KitOptions) -> AsyncIterator[Provider]:
    """Close it when the test is over."""
    yield Honest(await left_open.enter_async_context(ApiClient(options.base_url, network=options)), options)


@opening("leaves a thread", "leaves nothing")
async def leave_thread(options: KitOptions) -> AsyncIterator[Provider]:
    """End it when the test is over."""
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    left_open.callback(thread.join)
    left_open.callback(over.set)
    async with ApiClient(options.base_url, network=options) as http:
        yield Honest(http, options)


_spent: Final[list[KitOptions]] = []


@opening("cannot be opened again", "closes")
async def open_once(options: KitOptions) -> AsyncIterator[Provider]:
    """Know what was open before."""
    if any(options is one for one in _spent):
        raise ConnectFailed("it was open before")
    _spent.append(options)
    async with ApiClient(options.base_url, network=options) as http:
        yield Honest(http, options)
