"""The public interface as a program's type checker sees it. Not meant to be executed: mypy checks it.

Every public name is used the way its documentation says; `assert_type` holds what the caller gets.
"""

# Statistics may be awaited and need not be; here their types are looked at.
# mypy: disable-error-code="unused-awaitable"

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, assert_type

import attrs

import jackfield
import jackfield.sync
import jackfield.testing


@attrs.frozen(kw_only=True)
class Options(jackfield.ProviderOptions):
    """A provider's options."""

    base_url: str = "https://remote"
    retries_of_polls: int = attrs.field(default=3, validator=jackfield.at_least(0))


class Wire:
    """A wire of one piece."""

    def __aiter__(self) -> Wire:
        return self

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration


class Lines:
    """A decoder."""

    def feed(self, data: bytes, /) -> Iterable[jackfield.StreamEvent]:
        return [jackfield.TextDelta(data.decode()), jackfield.ReasoningDelta("hm")]

    def finish(self) -> Iterable[jackfield.StreamEvent]:
        return [
            jackfield.TextReplaced(keep=0),
            jackfield.ActivityReported(kind="tool", title="look"),
            jackfield.ResponseFinished(usage=jackfield.Usage(input_tokens=1)),
        ]


decoder: jackfield.Decoder[bytes] = Lines()


class Mine(jackfield.Provider):
    """A provider as its author writes it."""

    def __init__(self, options: Options) -> None:
        self.limiter = jackfield.RateLimiter(10, 60.0)
        self.options = options

    @asynccontextmanager
    async def stream(
        self, request: jackfield.ChatRequest
    ) -> AsyncIterator[AsyncIterator[jackfield.StreamEvent]]:
        await self.limiter.acquire()
        await jackfield.wait_until_allowed()
        jackfield.report_wait(0.5)
        with jackfield.if_cut_off("Look for it.", jackfield.Certainty.UNKNOWN):
            pass
        jackfield.check_read_timeout(60.0)
        jackfield.report_connecting()
        jackfield.report_sent()
        assert_type(await jackfield.renew_login(jackfield.AuthenticationRequired("401")), bool)
        model = jackfield.resolve_model(
            request.model,
            mapping=self.options.model_mapping,
            default=self.options.default_model,
            provider="mine",
        )
        assert_type(model, str | None)
        assert_type(jackfield.SSEDecoder().feed(b""), list[jackfield.ServerSentEvent])
        if request.timeout == 1:
            yield jackfield.WholeStream(jackfield.TextDelta("all"), jackfield.ResponseFinished())
        else:
            yield jackfield.DecodedStream(Wire(), Lines())

    def attach(self, handle: str) -> jackfield.EventStream:
        raise jackfield.Unsupported(jackfield.redact(handle))

    async def authenticate(self, context: jackfield.ProviderContext) -> jackfield.ProviderContext | None:
        assert_type(context.secret("token"), jackfield.Secret)
        assert_type(context.secret("token").reveal(), str)
        assert_type(await context.ask("Which code?") if context.ask else None, jackfield.Secret | None)
        raise jackfield.ChallengeRequired("a second factor", handle="run-1")

    async def list_models(self) -> Sequence[jackfield.Model]:
        models = jackfield.models_of(["small"], mapping=self.options.model_mapping, default=None)
        assert_type(models, list[jackfield.Model])
        return [*models, jackfield.Model(id="large", aliases=["maxi"], default=True)]

    async def examine(self) -> Sequence[jackfield.Finding]:
        return [jackfield.Finding("page", jackfield.Verdict.FINE, "as it was")]


@asynccontextmanager
async def open_mine(options: Options) -> AsyncIterator[jackfield.Provider]:
    """Open it."""
    yield Mine(options)


async def examine_mine(options: Options, name: str) -> list[jackfield.Finding]:
    """Look at what it needs."""
    return [jackfield.Finding(name, jackfield.Verdict.NOTE, options.base_url)]


SPEC = jackfield.ProviderSpec(
    name="mine",
    title="Mine",
    type=jackfield.ProviderType.API_BASED,
    options=Options,
    open=open_mine,
    auth_types={"token"},
    capabilities={jackfield.Capability.TEXT_DELTAS},
    effect=jackfield.Effect.COSTLY,
    env_prefix="MINE",
    examine=examine_mine,
)


@jackfield.hookimpl
def jackfield_register_providers() -> list[jackfield.ProviderSpec]:
    """Register it."""
    return [SPEC]


@jackfield.hookimpl(tryfirst=True)
def jackfield_wrap_request(spec: jackfield.ProviderSpec) -> jackfield.Middleware | None:
    """Wrap its requests."""

    def middleware(handler: jackfield.StreamHandler) -> jackfield.StreamHandler:
        def handle(request: jackfield.Request) -> jackfield.EventStream:
            match request:
                case jackfield.ChatRequest(model=model):
                    assert_type(model, str | None)
                case jackfield.AttachRequest(handle=handle) | jackfield.ReadBatchRequest(handle=handle):
                    assert_type(handle, str)
                case jackfield.EmbedRequest(texts=texts):
                    assert_type(texts, tuple[str, ...])
                case jackfield.BatchRequest(requests=requests):
                    assert_type(requests, tuple[jackfield.ChatRequest, ...])
                case jackfield.ModelsRequest():
                    pass
            return handler(request)

        return handle

    return middleware


class Vectors:
    """What turns texts into vectors, and takes batches."""

    async def embed(self, request: jackfield.EmbedRequest) -> jackfield.Embeddings:
        """Embed."""
        return jackfield.Embeddings(vectors=[[0.0] for _ in request.texts])

    async def submit(self, requests: Sequence[jackfield.ChatRequest]) -> str:
        """Hand over."""
        return f"batch of {len(requests)}"

    async def read(self, handle: str) -> jackfield.BatchReading:
        """Read."""
        state: jackfield.BatchState = "running" if handle else "finished"
        return jackfield.BatchReading(state=state)


EMBEDS: jackfield.Embeds = Vectors()
BATCHES: jackfield.Batches = Vectors()


async def side_doors(connection: jackfield.Connection) -> None:
    """What some providers can do besides chat."""
    assert_type(await connection.embed("text", dimensions=8), jackfield.Embeddings)
    batch = await connection.batch(["one", jackfield.ChatRequest(messages="two")])
    assert_type(batch, jackfield.Batch)
    assert_type((await batch.wait()).responses, tuple[jackfield.ChatResponse, ...])
    plan = connection.plan("Hello", temperature=0.5)
    assert_type(plan, jackfield.Plan)
    assert_type(plan.adaptations, tuple[jackfield.Adaptation, ...])


def parts() -> jackfield.Message:
    """What messages and answers are made of."""
    state = jackfield.ProviderState("mine", "signature", {"text": "x"}, family="big")
    source: jackfield.Source = jackfield.Url("https://example.com/cat.png")
    call = jackfield.ToolCallPart("call-1", "clock", "{}", state=state)
    assert_type(call.arguments, Mapping[str, Any])
    effort: jackfield.Effort = "high"
    jackfield.ChatRequest(
        messages="What time is it?",
        tools=[jackfield.Tool("clock", "Tells the time.", {"type": "object"})],
        tool_choice="auto",
        output=jackfield.JsonSchema({"type": "object"}),
        reasoning=jackfield.Reasoning(effort),
    )
    return jackfield.Message(
        "assistant",
        [
            jackfield.ReasoningPart("hm", state),
            jackfield.TextPart("text", [jackfield.Citation(url="https://example.com")]),
            jackfield.ImagePart(source, "image/png"),
            jackfield.AudioPart(jackfield.FileId("mine", "f-1"), "audio/wav"),
            jackfield.RefusalPart("no"),
            jackfield.OpaquePart(state),
            call,
            jackfield.ToolResultPart("call-1", "clock", "noon"),
        ],
    )


def part_events() -> list[jackfield.StreamEvent]:
    """What happens while parts arrive."""
    return [
        jackfield.PartStarted(index=0, kind="tool_call", id="call-1", name="clock"),
        jackfield.ToolArgumentsDelta("{}", 0),
        jackfield.PartFinished(0, jackfield.ToolCallPart("call-1", "clock", "{}")),
        jackfield.UsageReported(jackfield.Usage(input_tokens=1)),
    ]


def values() -> None:
    """What is said."""
    role: jackfield.Role = "user"
    reason: jackfield.FinishReason = "stop"
    part: jackfield.Part = jackfield.ImagePart.from_file(Path("cat.png"))
    file = jackfield.FilePart.from_file("notes.txt")
    message = jackfield.Message(role, ["text", part, file, jackfield.TextPart("more")])
    assert_type(message.files, tuple[jackfield.FilePart, ...])
    request = jackfield.ChatRequest(messages=message, stop_sequences=["END"], options={"a": 1})
    assert_type(request.messages, tuple[jackfield.Message, ...])
    assert_type(request.options, Mapping[str, Any])
    jackfield.ChatRequest(messages="text")
    jackfield.ChatRequest(messages=[message])

    growing = jackfield.GrowingText()
    growing.add("text")
    assert_type(growing.read(), str)
    folded = jackfield.Accumulator()
    folded.add(jackfield.ResponseStarted(handle="run-1"))
    response = folded.response(finish_reason=reason)
    assert_type(response, jackfield.ChatResponse)
    assert_type(response.error, jackfield.JackfieldError | None)
    assert_type(response.raise_for_error(), jackfield.ChatResponse)
    assert_type(response.usage, jackfield.Usage | None)
    assert_type(jackfield.near_names("a", ["b"]), str)
    assert_type(jackfield.is_plugins_fault(SystemExit()), bool)


def travelling(response: jackfield.ChatResponse) -> None:
    """Values as JSON."""
    text = jackfield.to_json(response)
    assert_type(text, str)
    try:
        back = jackfield.from_json(text)
    except jackfield.JsonRefused as refused:
        assert_type(refused.hint, str | None)
    else:
        match back:
            case jackfield.ChatResponse(content=content):
                assert_type(content, str)
            case jackfield.JackfieldError():
                raise back


def errors(error: Exception) -> jackfield.Certainty | None:
    """What can go wrong, caught from the leaves to the root."""
    match error:
        case jackfield.RateLimited(retry_after=seconds):
            assert_type(seconds, float | None)
        case jackfield.DeadlineExceeded(phase=phase) | jackfield.RunTimeout(phase=phase):
            assert_type(phase, str)
        case jackfield.RunFailed(status=status):
            assert_type(status, str | None)
        case (
            jackfield.AuthenticationRequired()
            | jackfield.PermissionDenied()
            | jackfield.QuotaExhausted()
            | jackfield.ModelNotFound()
            | jackfield.ContextTooLong()
            | jackfield.ContentRefused()
            | jackfield.InvalidRequest()
            | jackfield.ConnectFailed()
            | jackfield.TLSFailed()
            | jackfield.ConnectionLost()
            | jackfield.TransportError()
            | jackfield.MalformedResponse()
            | jackfield.ResponseTooLarge()
            | jackfield.EmptyResponse()
            | jackfield.StreamInterrupted()
            | jackfield.CircuitOpen()
            | jackfield.ProviderUnavailable()
            | jackfield.QueueFull()
            | jackfield.AccountBusy()
            | jackfield.SubmissionUncertain()
            | jackfield.ProviderClosed()
        ):
            assert_type(error.partial, str)
            assert_type(error.handle, str | None)
            return error.certainty
        case (
            jackfield.UnknownProvider()
            | jackfield.ImportFailed()
            | jackfield.Incompatible()
            | jackfield.NameTaken()
            | jackfield.ContractBroken()
        ):
            assert_type(error.distribution, str)
        case jackfield.ConfigError() | jackfield.StreamConsumed() | jackfield.UnknownConnection():
            assert_type(error.hint, str | None)
        case jackfield.ProviderError() | jackfield.PluginError():
            assert_type(error.provider if isinstance(error, jackfield.ProviderError) else error.plugin, str)
    return None


def installed() -> None:
    """What is installed and configured."""
    assert_type(jackfield.version(), str)
    found: jackfield.InstalledProvider = jackfield.providers()[0]
    assert_type(found.state is jackfield.PluginState.AVAILABLE, bool)
    assert_type(jackfield.config_path(), Path)
    config: jackfield.Config = jackfield.load_config()
    assert_type(config.connections, tuple[jackfield.ConnectionConfig, ...])
    jackfield.configure_logging("DEBUG", json=True)
    jackfield.log_event("page.opened", level=20, layer="mine", url="http://a")


async def connections(connection: jackfield.Connection) -> None:
    """One connection."""
    assert_type(await connection.send("Hi", model="small"), jackfield.ChatResponse)
    assert_type(connection.stream("Hi"), jackfield.ResponseStream)
    async with connection.stream("Hi") as stream:
        async for event in stream:
            assert_type(event, jackfield.StreamEvent)
        async for text in stream.text:
            assert_type(text, str)
        assert_type(stream.response, jackfield.ChatResponse)
    async with connection.attach("run-1", timeout=5) as again:
        assert_type(await again.collect(), jackfield.ChatResponse)
    talk: jackfield.Conversation = connection.conversation()
    said = [jackfield.Message("user", "Hi"), jackfield.Message("assistant", "Hello")]
    assert_type(connection.conversation(system="Be brief.", messages=said), jackfield.Conversation)
    assert_type(await talk.send("Hi"), jackfield.ChatResponse)
    assert_type(await connection.list_models(), Sequence[jackfield.Model])
    assert_type(await connection.examine(), Sequence[jackfield.Finding])
    assert_type(connection.status, jackfield.ProviderStatus)
    assert_type(connection.stats, jackfield.ProviderStats)


async def choosing(manager: jackfield.ProviderManager, config: jackfield.Config) -> None:
    """Names for several connections."""
    alias: jackfield.Choice = manager.add_alias("smart", "work:codegen-premium")
    assert_type(alias.targets, tuple[jackfield.Target, ...])
    assert_type(manager.add_choice("any", fallback=["smart", "claude"]), jackfield.Choice)
    choice = manager.first_of("work", "claude:opus")
    assert_type(choice, jackfield.Choice)
    response = await choice.send("Hi", timeout=60)
    assert_type(response, jackfield.ChatResponse)
    assert_type(response.misses, tuple[jackfield.Miss, ...])
    assert_type(response.misses[0].error, jackfield.JackfieldError)
    assert_type(await choice.answer("Hi"), jackfield.ChatResponse)
    async with choice.stream("Hi") as stream:
        assert_type(stream, jackfield.ResponseStream)
    assert_type(manager.list_choices(), Sequence[str])
    assert_type(manager.get_choice("any"), jackfield.Choice)
    manager.remove_choice("any")
    assert_type(config.choices, tuple[jackfield.ChoiceConfig, ...])


async def managing() -> None:
    """The exchange."""
    context = jackfield.ProviderContext("mine", auth_type="token", credentials={"token": "abc"})
    jar = [{"name": "session", "value": "abc"}]
    named = jackfield.ProviderContext(provider_name="mine", auth_type="cookies", credentials={"cookies": jar})
    assert_type(named.provider_name, str)
    async with jackfield.ProviderManager(plugins=[object()], middleware=["audit"]) as manager:
        assert_type(await manager.add_provider("mine", {"org_id": 1}, name="work"), jackfield.Connection)
        await manager.set_provider_context("work", context)
        assert_type(await manager.add_from_config(), Mapping[str, jackfield.JackfieldError])
        assert_type(await manager.send_message("work", "Hi"), jackfield.ChatResponse)
        async with manager.stream_message("work", "Hi") as stream:
            assert_type(stream, jackfield.ResponseStream)
        async with manager.send_message_parallel("Hi") as responses:
            async for response in responses:
                assert_type(response, jackfield.ChatResponse)
        async with manager.stream_parallel("Hi", ["work"]) as events:
            async for name, event in events:
                assert_type(name, str)
                assert_type(event, jackfield.StreamEvent | jackfield.ChatResponse)
        assert_type(await manager.health_check("work"), jackfield.HealthReport)
        assert_type(await manager.health_check_all(), Mapping[str, jackfield.HealthReport])
        assert_type(await manager.test_provider("work"), jackfield.HealthReport)
        assert_type(await manager.test_all_providers(), Mapping[str, jackfield.HealthReport])
        assert_type(await manager.get_provider_stats("work"), jackfield.ProviderStats)
        keeper = jackfield.Keeper(enter=manager.cleanup_all, leave=manager.cleanup_all)
        assert_type(await keeper.open(), None)
        assert_type(await manager.get_provider_stats(), Mapping[str, jackfield.ProviderStats])
        assert_type(manager.get_provider_stats(), jackfield.StatsByName)
        assert_type(manager.list_providers(), Sequence[str])
        await manager.remove_provider("work")
        await manager.cleanup_all()
    assert_type(jackfield.prepare("mine", {"org_id": 1}, name="work"), jackfield.Connection)
    assert_type(jackfield.provider_spec("mine"), jackfield.ProviderSpec)
    async with jackfield.connect("mine", context=context) as connection:
        assert_type(connection, jackfield.Connection)
    report = await jackfield.testing.check_provider(SPEC, {}, context)
    assert_type(report, jackfield.testing.Report)
    assert_type(report.broken, tuple[jackfield.testing.Outcome, ...])


def without_a_loop() -> None:
    """The sync door: the same, in plain functions."""
    with jackfield.sync.connect("mine", {"org_id": 1}, backend="trio") as connection:
        assert_type(connection, jackfield.sync.Connection)
        assert_type(connection.send("Hi", model="m"), jackfield.ChatResponse)
        with connection.stream("Hi") as stream:
            assert_type(stream, jackfield.sync.ResponseStream)
            for event in stream:
                assert_type(event, jackfield.StreamEvent)
            for text in stream.text:
                assert_type(text, str)
            assert_type(stream.collect(), jackfield.ChatResponse)
        talk: jackfield.sync.Conversation = connection.conversation()
        with talk.stream("Hi") as turn:
            assert_type(turn, jackfield.sync.ResponseStream)
        assert_type(connection.list_models(), Sequence[jackfield.Model])
    with jackfield.sync.ProviderManager(plugins=[object()]) as manager:
        assert_type(manager.add_provider("mine", name="work"), jackfield.sync.Connection)
        assert_type(manager.send_message("work", "Hi"), jackfield.ChatResponse)
        with manager.send_message_parallel("Hi") as responses:
            assert_type(next(responses), jackfield.ChatResponse)
        with manager.stream_parallel("Hi", ["work"]) as events:
            for name, item in events:
                assert_type(name, str)
                assert_type(item, jackfield.StreamEvent | jackfield.ChatResponse)
        assert_type(manager.health_check_all(), Mapping[str, jackfield.HealthReport])
    manager.close()
