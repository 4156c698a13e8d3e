"""The hooks: a span begins where a request does, and ends when the core tells what came of it."""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import attrs
from opentelemetry import metrics, trace
from opentelemetry._logs import Logger, LoggerProvider, get_logger, get_logger_provider
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer, TracerProvider

from jackfield import (
    AttachRequest,
    Capability,
    ChatRequest,
    ChatResponse,
    Connection,
    EventStream,
    JackfieldError,
    Middleware,
    ProviderError,
    Request,
    StreamHandler,
    hookimpl,
)

from ._attributes import (
    OPERATION,
    PROVIDER,
    REQUEST_MODEL,
    RESPONSE_MODEL,
    Attributes,
    error_type,
    known,
    of_answer,
    of_error,
    of_request,
    of_server,
    of_usage,
    operation_of,
    tokens_of,
    usage_of,
)
from ._content import Capture, as_json, capture_of, content_of
from ._instruments import Instruments
from ._operation import Operation
from ._traced import Traced

_SCOPE: Final = ("jackfield_otel", importlib.metadata.version("jackfield-otel"))
_KNOWN_PROVIDERS: Final[Mapping[str, str]] = MappingProxyType(
    {"openai_api": "openai", "anthropic_api": "anthropic", "gemini_api": "gcp.gemini"}
)
_DETAILS: Final = "gen_ai.client.inference.operation.details"
_OF_MEASUREMENTS: Final = frozenset({REQUEST_MODEL, RESPONSE_MODEL})
_LEADING_NOWHERE: Final = ("opentelemetry.trace", "opentelemetry.metrics", "opentelemetry._logs")


@attrs.define(eq=False, kw_only=True)
class OpenTelemetry:
    """Tells OpenTelemetry of everything that is asked: hand one to `ProviderManager(plugins=[…])`.

    Attributes:
        tracer_provider: Whose spans they are; None for the program's own.
        meter_provider: Whose measurements they are; None for the program's own.
        logger_provider: Whose events they are; None for the program's own.
        content: Where what was said may be told: `no_content`, `span_only`, `event_only` or `span_and_event`.
            None leaves it to `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`, and that is nowhere when
            it is not set.
        provider_names: What OpenTelemetry calls our providers; any other is `jackfield.` and its name.
        clock: Tells the time in seconds, for what is measured.

    Raises:
        ConfigError: *content* is no choice.
    """

    tracer_provider: TracerProvider | None = None
    meter_provider: MeterProvider | None = None
    logger_provider: LoggerProvider | None = None
    content: Capture = attrs.field(default=None, converter=capture_of)
    provider_names: Mapping[str, str] = _KNOWN_PROVIDERS
    clock: Callable[[], float] = time.perf_counter
    _tracer: Tracer = attrs.field(init=False)
    _instruments: Instruments = attrs.field(init=False)
    _logger: Logger = attrs.field(init=False)
    _under_way: dict[tuple[int, str], Operation] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._tracer = trace.get_tracer(*_SCOPE, self.tracer_provider)
        self._instruments = Instruments.of(metrics.get_meter(*_SCOPE, self.meter_provider))
        self._logger = get_logger(*_SCOPE, self.logger_provider)

    @hookimpl(tryfirst=True)
    def jackfield_wrap_request(self, connection: Connection) -> Middleware:
        """Begin a span where a request begins: before caches and guards, so that those are seen too."""

        def middleware(handler: StreamHandler) -> StreamHandler:
            def traced(request: Request) -> EventStream:
                inner = handler(request)
                if not self._is_heard():
                    return inner
                return Traced(inner, partial(self._keep, connection, request))

            return traced

        return middleware

    @hookimpl
    def jackfield_request_retried(
        self, connection: Connection, request: Request, error: ProviderError, wait: float
    ) -> None:
        """Note a retry on the span, with its reason."""
        if operation := self._under_way.get(_key(connection, request)):
            operation.span.add_event(
                "jackfield.request.retried", {**of_error(error), "jackfield.retry.wait": wait}
            )

    @hookimpl
    def jackfield_response_finished(
        self,
        connection: Connection,
        request: ChatRequest | AttachRequest,
        response: ChatResponse,
        error: JackfieldError | None,
    ) -> None:
        """End the span of a request with what came of it."""
        self._conclude(connection, request, error, response.elapsed, response)

    @hookimpl
    def jackfield_operation_finished(
        self, connection: Connection, request: Request, error: JackfieldError | None, elapsed: float
    ) -> None:
        """End the span of anything else that was asked."""
        self._conclude(connection, request, error, elapsed)

    def _begin(self, connection: Connection, request: Request, age: float = 0.0) -> Operation:
        """Start the span of what was asked *age* seconds ago, below what the caller does now."""
        facts = known(
            {
                OPERATION: operation_of(request),
                PROVIDER: self.provider_names.get(connection.spec.name, f"jackfield.{connection.spec.name}"),
                REQUEST_MODEL: getattr(request, "model", None),
                **of_server(connection.options),
            }
        )
        is_streamed = isinstance(request, ChatRequest | AttachRequest) and (
            Capability.TEXT_DELTAS in connection.capabilities
        )
        more = known({"gen_ai.request.stream": is_streamed or None, "jackfield.connection": connection.name})
        begun = {**facts, **of_request(request), **more}
        span = self._tracer.start_span(
            _title(facts),
            kind=SpanKind.CLIENT,
            attributes=begun,
            start_time=time.time_ns() - int(age * 1e9),
        )
        return Operation(
            request=request,
            begun=begun,
            facts=facts,
            span=span,
            context=trace.set_span_in_context(span),
            is_streamed=is_streamed,
            clock=self.clock,
            instruments=self._instruments,
            age=age,
        )

    def _keep(self, connection: Connection, request: Request) -> Operation:
        key = _key(connection, request)
        if earlier := self._under_way.pop(key, None):
            # Somebody further out asks a second time: what came of the first round is theirs to know.
            earlier.span.end(earlier.ended_at)
        operation = self._under_way[key] = self._begin(connection, request)
        return operation

    def _taken(self, connection: Connection, request: Request, elapsed: float) -> Operation | None:
        """Return the operation that has come to its end.

        One that never came by here, because it was refused before or its connection was opened before this
        plugin was there, gets a span after the fact. So does one that has the id of another which is still
        under way: that is why it was refused.
        """
        key = _key(connection, request)
        if (operation := self._under_way.get(key)) and operation.is_over:
            return self._under_way.pop(key)
        return self._begin(connection, request, elapsed) if self._is_heard() else None

    def _conclude(
        self,
        connection: Connection,
        request: Request,
        error: JackfieldError | None,
        elapsed: float,
        response: ChatResponse | None = None,
    ) -> None:
        """Measure an operation, and end its span with what came of it."""
        if (operation := self._taken(connection, request, elapsed)) is None:
            return
        answer = operation.answer if response is None else response
        facts, usage = of_answer(answer), usage_of(request, answer)
        operation.facts |= {name: value for name, value in facts.items() if name in _OF_MEASUREMENTS}
        operation.measure(tokens_of(usage), error_type(error) if error else None)
        is_left = not (error or operation.is_answered)
        more = {
            "gen_ai.response.time_to_first_chunk": operation.first_chunk,
            "jackfield.left_early": is_left or None,
        }
        facts |= of_usage(usage) | known(more) | (of_error(error) if error else {})
        span = operation.span
        span.update_name(_title(operation.facts))
        span.set_attributes(facts)
        if error:
            says = str(error) if Capture.SPAN_ONLY in self.content else None
            span.set_status(Status(StatusCode.ERROR, says))
        self._tell_content(operation, response, facts)
        span.end(operation.ended_at)

    def _tell_content(self, operation: Operation, response: ChatResponse | None, facts: Attributes) -> None:
        """Tell what was said, where that is asked for."""
        if not self.content:
            return
        content = content_of(operation.request, response)
        if Capture.SPAN_ONLY in self.content:
            operation.span.set_attributes(as_json(content))
        if Capture.EVENT_ONLY in self.content and content:
            attributes: Any = {**operation.begun, **operation.facts, **facts, **content}
            self._logger.emit(event_name=_DETAILS, attributes=attributes, context=operation.context)

    def _is_heard(self) -> bool:
        return (
            _is_set_up(self.tracer_provider or trace.get_tracer_provider())
            or _is_set_up(self.meter_provider or metrics.get_meter_provider())
            or (Capture.EVENT_ONLY in self.content and self._is_logged())
        )

    def _is_logged(self) -> bool:
        return _is_set_up(self.logger_provider or get_logger_provider())


def _is_set_up(provider: object) -> bool:
    # While a program has set up nothing, the API gives what it has itself, and that leads nowhere.
    return not type(provider).__module__.startswith(_LEADING_NOWHERE)


def _key(connection: Connection, request: Request) -> tuple[int, str]:
    # Two connections may be asked under one id at once. A connection outlives what is asked of it, so no
    # other one can have its number meanwhile.
    return id(connection), request.id


def _title(facts: Attributes) -> str:
    return f"{facts[OPERATION]} {facts.get(REQUEST_MODEL, '')}".rstrip()
