"""Calls with one answer: the same way as a question, with its limits, hooks and statistics."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import attrs
import pytest

from jackfield import (
    Adaptation,
    Batch,
    BatchReading,
    Capability,
    Certainty,
    ChatRequest,
    ChatResponse,
    ContractBroken,
    DeadlineExceeded,
    Effect,
    Embeddings,
    EmbedRequest,
    InvalidRequest,
    MalformedResponse,
    Provider,
    ProviderClosed,
    ProviderContext,
    ProviderOptions,
    ProviderUnavailable,
    RateLimited,
    ResponseFinished,
    ResponseStarted,
    RunFailed,
    TextDelta,
    Unsupported,
    Usage,
    hookimpl,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

BOTH = frozenset({Capability.EMBEDDINGS, Capability.BATCHES, Capability.MAX_TOKENS})
UNCERTAIN = ProviderUnavailable("503", certainty=Certainty.UNKNOWN)


@attrs.define(eq=False)
class Vectors(Provider):
    """A provider that embeds and takes batches as it is told to, step by step."""

    steps: list[Any] = attrs.field(factory=list)
    asked: list[Any] = attrs.field(factory=list)
    on_wire: int = 0
    most_on_wire: int = 0

    def stream(self, request: ChatRequest) -> Any:
        raise AssertionError("nothing is asked of a model")

    async def _next(self, asked: Any, usual: Any) -> Any:
        self.asked.append(asked)
        self.on_wire += 1
        self.most_on_wire = max(self.most_on_wire, self.on_wire)
        try:
            await anyio.sleep(1)
            step = self.steps.pop(0) if self.steps else usual
        finally:
            self.on_wire -= 1
        if isinstance(step, Exception):
            raise step
        return step

    async def embed(self, request: EmbedRequest) -> Embeddings:
        usage = Usage(input_tokens=len(request.texts))
        usual = Embeddings(vectors=[[0.5, 1]] * len(request.texts), usage=usage)
        return await self._next(request, usual)  # type: ignore[no-any-return]

    async def submit(self, requests: Sequence[ChatRequest]) -> str:
        return await self._next(requests, "batch-1")  # type: ignore[no-any-return]

    async def read(self, handle: str) -> BatchReading:
        return await self._next(handle, BatchReading(state="finished"))  # type: ignore[no-any-return]


@pytest.fixture
def provider() -> Vectors:
    """The provider that is opened."""
    return Vectors()


@pytest.fixture
def linked(opened: Any, provider: Vectors) -> Any:
    """Open a connection to it; options and plugins first, keywords change its specification."""

    @asynccontextmanager
    async def open_provider(_: ProviderOptions) -> Any:
        yield provider

    def open_one(options: Any = None, *plugins: object, **changes: Any) -> Any:
        return opened(options, *plugins, **{"capabilities": BOTH, "open": open_provider, **changes})

    return open_one


async def call(connection: Any, way: str, **settings: Any) -> Any:
    """Make one call of a kind."""
    if way == "embed":
        return await connection.embed(["one", "two"], **settings)
    if way == "batch":
        return await connection.batch(["one", "two"], **settings)
    return await connection.attach_batch("batch-1").read()


WAYS = ["embed", "batch", "read"]
DOING = ["embed", "batch"]


async def test_vectors(linked: Any, provider: Vectors) -> None:
    """Texts become vectors, in their order, by the model that was named; a plain string is one text."""
    async with linked() as connection:
        embeddings = await connection.embed("one", model="small", dimensions=2)

    assert (embeddings.vectors, embeddings.usage) == (((0.5, 1),), Usage(input_tokens=1))
    assert [(asked.texts, asked.model, asked.dimensions) for asked in provider.asked] == [
        (("one",), "small", 2)
    ]


async def test_a_batch(linked: Any, provider: Vectors) -> None:
    """A batch is handed over at once and read until it is over; each answer is found by its request's id."""
    answers = [ChatResponse(request_id="a"), ChatResponse(request_id="b", error=RunFailed("no"))]
    provider.steps = [
        "batch-7",
        BatchReading(state="running"),
        BatchReading(state="finished", responses=answers),
    ]
    async with linked() as connection:
        batch = await connection.batch([ChatRequest(messages=text, id=text) for text in ("a", "b")])
        reading = await batch.wait(pause=30)

    assert batch.handle == "batch-7"
    assert [request.id for request in provider.asked[0]] == ["a", "b"]
    assert provider.asked[1:] == ["batch-7", "batch-7"]
    assert reading.responses == tuple(answers)


async def test_a_batch_that_is_waited_for_at_the_end(make_manager: Any, provider: Vectors) -> None:
    """Who waits for a batch waits on through a new login, and hears at once of the connection's end."""

    @asynccontextmanager
    async def open_provider(_: ProviderOptions) -> Any:
        yield provider

    async def wait(batch: Batch) -> None:
        with pytest.raises(ProviderClosed):
            await batch.wait(pause=1000)
        ended.append(anyio.current_time())

    ended: list[float] = []
    provider.steps = [BatchReading(state="running")] * 3
    known = {"capabilities": BOTH, "open": open_provider, "auth_types": {"token", "none"}}
    async with make_manager(**known) as manager, anyio.create_task_group() as tasks:
        connection = await manager.add_provider("scripted")
        tasks.start_soon(wait, connection.attach_batch("batch-7"))
        await anyio.sleep(500)
        await manager.set_provider_context("scripted", ProviderContext("scripted", "token", {"token": "abc"}))
        await anyio.sleep(1000)
        assert provider.asked == ["batch-7"] * 2
        began = anyio.current_time()
        await manager.remove_provider("scripted")

    assert ended == [pytest.approx(began, abs=1)]


async def test_a_batch_is_found_again(linked: Any, provider: Vectors) -> None:
    """The handle alone finds a batch again, in another program; nothing is asked before it is read."""
    async with linked() as connection:
        batch = connection.attach_batch("batch-7")
        assert provider.asked == []
        assert (await batch.read()).state == "finished"

    assert provider.asked == ["batch-7"]


async def test_what_is_left_out_of_a_batch(linked: Any, provider: Vectors) -> None:
    """A wish that is left out is told with the batch, and again with the answer."""
    provider.steps = ["b", BatchReading(state="finished", responses=[ChatResponse(request_id="a")])]
    async with linked() as connection:
        batch = await connection.batch([ChatRequest(messages="Hi", id="a", seed=1), "Hello"])
        reading = await batch.read()

    left_out = (Adaptation("seed", "left out: scripted cannot take a seed"),)
    assert provider.asked[0][0].seed is None
    assert batch.adaptations["a"] == reading.responses[0].adaptations == left_out


@pytest.mark.parametrize("options", [{"max_concurrency": 1}, {}])
async def test_one_that_would_be_refused(linked: Any, provider: Vectors, options: Any) -> None:
    """A batch of which one request would be refused is refused whole, and takes no turn in the queue."""
    async with linked(options) as connection:
        with pytest.raises(Unsupported, match="stop at stop_sequences") as caught:
            await connection.batch(["Hi", ChatRequest(messages="Hi", stop_sequences="x")])

    assert provider.asked == []
    assert (caught.value.certainty, caught.value.operation) == (Certainty.NOT_SENT, "batch")


async def test_batches_of_nothing(linked: Any, provider: Vectors) -> None:
    """A batch has requests, and no two of one id: their answers could not be told apart."""
    same = ChatRequest(messages="Hi", id="a")
    async with linked() as connection:
        with pytest.raises(InvalidRequest, match="no request in the batch"):
            await connection.batch([])
        with pytest.raises(InvalidRequest, match="the id 'a'"):
            await connection.batch([same, same])
        for texts in ([], "", ["one", ""]):
            with pytest.raises(InvalidRequest, match="nothing to embed"):
                await connection.embed(texts)

    assert provider.asked == []


@pytest.mark.parametrize("wrong", [{"timeout": 0}, {"timeout": -1.0}, {"dimensions": 0}])
async def test_numbers_out_of_range(linked: Any, wrong: Any) -> None:
    """A number out of its range is refused, not taken for none."""
    async with linked() as connection:
        with pytest.raises(InvalidRequest, match="must be more than 0"):
            await connection.embed("one", **wrong)
        with pytest.raises(TypeError, match="must be a"):
            await connection.embed("one", **dict.fromkeys(wrong, "5"))


@pytest.mark.parametrize("way", WAYS)
async def test_without_the_capability(opened: Any, way: str) -> None:
    """What the provider cannot do is refused before anything is sent."""
    async with opened() as connection:
        with pytest.raises(Unsupported, match=r"turn texts into vectors|take batches") as caught:
            await call(connection, way)

    assert caught.value.certainty is Certainty.NOT_SENT


@pytest.mark.parametrize(
    ("capability", "words"), [("EMBEDDINGS", "is no Embeds"), ("BATCHES", "is no Batches")]
)
async def test_a_claim_without_methods(opened: Any, script: Any, capability: str, words: str) -> None:
    """A claim without methods is told where it is relied on, before anything is sent; all else works."""
    script.attempts = [[ResponseStarted(), TextDelta("Hello"), ResponseFinished()]]
    for told in (None, frozenset({Capability[capability]})):
        script.capabilities = told
        async with opened(capabilities={Capability[capability]}) as connection:
            with pytest.raises(ContractBroken, match=f"{words}.* Write the methods of") as caught:
                await call(connection, "embed" if capability == "EMBEDDINGS" else "batch")
            answer = await connection.send("Hi")

        assert caught.value.certainty is Certainty.NOT_SENT
        assert answer.content == "Hello"


@pytest.mark.parametrize("way", WAYS)
async def test_retries_by_effect(linked: Any, provider: Vectors, way: str) -> None:
    """What may have been done is asked again only where that does nothing: reading does, the others cost."""
    provider.steps = [UNCERTAIN]
    async with linked(effect=Effect.COSTLY) as connection:
        if way == "read":
            assert (await call(connection, way)).state == "finished"
        else:
            with pytest.raises(ProviderUnavailable) as caught:
                await call(connection, way)
            assert (caught.value.certainty, caught.value.attempts) == (Certainty.UNKNOWN, 1)

    assert len(provider.asked) == (2 if way == "read" else 1)


@pytest.mark.parametrize("way", WAYS)
async def test_retries_of_what_was_not_done(linked: Any, provider: Vectors, way: str) -> None:
    """What the remote certainly did not do is asked again, and counted as one call."""
    provider.steps = [RateLimited("slow down", retry_after=5)]
    async with linked() as connection:
        began = anyio.current_time()
        await call(connection, way)
        stats = connection.stats

    assert anyio.current_time() - began >= 5
    assert (stats.requests, stats.succeeded, stats.retries) == (1, 1, 1)


async def test_one_slot(linked: Any, provider: Vectors) -> None:
    """Calls share the slots of the connection with each other, and wait for their turn."""
    async with linked({"max_concurrency": 2}) as connection, anyio.create_task_group() as tasks:
        for way in WAYS * 2:
            tasks.start_soon(call, connection, way)

    assert (len(provider.asked), provider.most_on_wire, provider.on_wire) == (6, 2, 0)


@pytest.mark.parametrize("way", WAYS)
async def test_every_fact_is_on_the_error(linked: Any, provider: Vectors, way: str) -> None:
    """An error of a call tells whose it is, what was under way, how often, how long, and our id of it."""
    provider.steps = [RunFailed("no")]
    ended: list[Any] = []

    class Watching:
        @hookimpl
        def jackfield_operation_finished(self, operation: str, request: Any, error: Any) -> None:
            ended.append((operation, request, error))

    async with linked(None, Watching()) as connection:
        with pytest.raises(RunFailed) as caught:
            await call(connection, way)
        stats = connection.stats

    error = caught.value
    operation = "read_batch" if way == "read" else way
    assert (error.provider, error.operation, error.attempts, error.elapsed) == ("scripted", operation, 1, 1)
    assert ended == [(operation, ended[0][1], error)]
    assert error.request_id == ended[0][1].id
    assert (stats.requests, stats.failed, stats.last_error) == (1, 1, "no")


@pytest.mark.parametrize("way", DOING)
async def test_a_plugin_that_breaks(linked: Any, provider: Vectors, way: str) -> None:
    """A provider that breaks in a call may have sent by then: nobody is told that nothing happened."""
    provider.steps = [KeyError("usage")]
    async with linked() as connection:
        with pytest.raises(ContractBroken, match="KeyError") as caught:
            await call(connection, way)

    assert (caught.value.certainty, caught.value.attempts) == (Certainty.UNKNOWN, 1)
    assert caught.value.request_id


@pytest.mark.parametrize(
    ("way", "step", "words"),
    [
        ("embed", [[1.0]], "embed gave list, not Embeddings"),
        ("embed", Embeddings(vectors=[[1.0]]), "1 vectors came for 2 texts"),
        ("batch", 7, "submit gave a whole number"),
        ("batch", "", "submit gave text, not the batch's handle"),
        ("read", "finished", "read gave text, not a BatchReading"),
    ],
)
async def test_answers_that_are_none(linked: Any, provider: Vectors, way: str, step: Any, words: str) -> None:
    """An answer that cannot be used is told, not handed on; the remote has done its work by then."""
    provider.steps = [step]
    async with linked() as connection:
        with pytest.raises((ContractBroken, MalformedResponse), match=words) as caught:
            await call(connection, way)

    assert caught.value.certainty in {Certainty.UNKNOWN, Certainty.STARTED}
    assert len(provider.asked) == 1


def test_a_state_that_is_none() -> None:
    """A batch is in one of five states."""
    with pytest.raises(ValueError, match="state"):
        BatchReading(state="done")  # type: ignore[arg-type]


@pytest.mark.parametrize("way", WAYS)
async def test_the_time_is_over(linked: Any, provider: Vectors, way: str) -> None:
    """A call ends with its time: its own, where it has one, or that of the options."""
    async with linked({"timeout": 0.5}) as connection:
        with pytest.raises(DeadlineExceeded):
            await call(connection, way)
        if way != "read":
            await call(connection, way, timeout=5)
    assert provider.on_wire == 0


@pytest.mark.parametrize("way", WAYS)
async def test_closing(linked: Any, provider: Vectors, way: str) -> None:
    """Closing the connection ends a call on the wire, and one that waits; afterwards none begins."""
    ended: list[Certainty] = []

    async def one() -> None:
        with pytest.raises(ProviderClosed) as caught:
            await call(connection, way)
        ended.append(caught.value.certainty)

    async with anyio.create_task_group() as tasks, linked({"max_concurrency": 1}) as connection:
        tasks.start_soon(one)
        tasks.start_soon(one)
        await anyio.sleep(0.5)
    await one()

    assert sorted(ended, key=list(Certainty).index) == [
        Certainty.NOT_SENT,
        Certainty.NOT_SENT,
        Certainty.UNKNOWN,
    ]
    assert len(provider.asked) == 1


@pytest.mark.parametrize("way", WAYS)
async def test_cancelling(linked: Any, provider: Vectors, way: str) -> None:
    """A call that is cancelled gives its slot back, and is counted as left."""
    async with linked({"max_concurrency": 1}) as connection:
        with anyio.move_on_after(0.5):
            await call(connection, way)
        stats = connection.stats
        assert (connection.slots.in_flight, stats.left_early, stats.failed) == (0, 1, 0)
        await call(connection, way)


async def test_counts_that_do_not_add_up(linked: Any, provider: Vectors, caplog: Any) -> None:
    """Counts of a call that contradict themselves are told, and kept as they are."""
    usage = Usage(input_tokens=1, cache_read_input_tokens=5)
    provider.steps = [Embeddings(vectors=[[1.0]], usage=usage)]
    async with linked() as connection:
        embeddings = await connection.embed("one")

    assert embeddings.usage == usage
    assert usage.inconsistencies == ("5 tokens are cached, and 1 were read",)
    assert connection.stats.input_tokens == 1
    assert "5 tokens are cached, and 1 were read" in caplog.text


async def test_attaching_takes_the_same_way(opened: Any, script: Any) -> None:
    """Taking an answer up again is retried, for it asks nothing; without the capability it is refused."""
    script.attempts = [[UNCERTAIN], script.attempts[0]]
    async with opened(capabilities=()) as connection:
        with pytest.raises(Unsupported, match="take up an answer again"):
            async with connection.attach("run-1"):
                raise AssertionError("it was taken up")
    assert script.attached == []
    async with opened() as connection:
        with pytest.raises(InvalidRequest, match="timeout is 0"):
            connection.attach("run-1", timeout=0)
        with pytest.raises(ProviderUnavailable):
            async with connection.attach("run-1", timeout=5):
                pass
    assert len(script.attached) > 1
