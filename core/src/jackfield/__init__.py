"""Jackfield: one interface to every AI provider, plugged in by `pip install`.

General layout: `_types` and `_events` are what is said; `_provider` and `hookspecs` are the contract;
`_discovery` and `_plugins` find providers; `_connection` is one opened provider, `_manager` many; `_policy`
is when to wait, retry and give up. `sync` is the same without an event loop. `testing` checks a provider
against the contract.

A name is imported from its module when it is first used (PEP 562), so that `import jackfield` costs next to
nothing and a plugin that only wants `hookimpl` loads only that. Type checkers read `__init__.pyi`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_MODULES = {
    "_accumulator": """
        Accumulator
    """,
    "_batches": """
        Batch BatchReading Batches BatchState Embeds
    """,
    "_blame": """
        is_plugins_fault
    """,
    "_capability": """
        Capability
    """,
    "_choices": """
        Choice
    """,
    "_config": """
        Config ConnectionConfig config_path load_config
    """,
    "_connect": """
        connect prepare provider_spec
    """,
    "_connection": """
        Connection
    """,
    "_conversation": """
        Conversation
    """,
    "_decoding": """
        DecodedStream Decoder WholeStream
    """,
    "_discovery": """
        InstalledProvider PluginState providers version
    """,
    "_events": """
        ActivityReported PartFinished PartStarted ReasoningDelta ResponseFinished ResponseStarted
        StreamEvent TextDelta TextReplaced ToolArgumentsDelta UsageReported
    """,
    "_exceptions": """
        AccountBusy AuthenticationRequired Certainty ChallengeRequired CircuitOpen ConfigError ConnectFailed
        ConnectionLost ContentRefused ContextTooLong ContractBroken DeadlineExceeded EmptyResponse
        ImportFailed Incompatible InvalidRequest JackfieldError JsonRefused MalformedResponse ModelNotFound
        NameTaken PermissionDenied PluginError ProviderClosed ProviderError ProviderUnavailable
        QueueFull QuotaExhausted RateLimited ResponseTooLarge RunFailed RunTimeout StreamConsumed
        StreamInterrupted SubmissionUncertain TLSFailed TransportError UnknownConnection UnknownProvider
        Unsupported
    """,
    "_findings": """
        Finding Verdict
    """,
    "_growing_text": """
        GrowingText
    """,
    "_health": """
        HealthReport
    """,
    "_json": """
        from_json to_json
    """,
    "_keeper": """
        Keeper
    """,
    "_log": """
        configure_logging log_event
    """,
    "_manager": """
        ProviderManager
    """,
    "_messages": """
        Message Role
    """,
    "_misses": """
        Miss
    """,
    "_models": """
        Model models_of resolve_model
    """,
    "_names": """
        near_names
    """,
    "_options": """
        ProviderOptions at_least
    """,
    "_parts": """
        AudioPart Citation FileId FilePart ImagePart OpaquePart Part ProviderState ReasoningPart
        RefusalPart Source TextPart ToolCallPart ToolResultPart Url
    """,
    "_plan": """
        Plan
    """,
    "_policy": """
        RateLimiter check_read_timeout if_cut_off renew_login report_connecting report_sent report_wait
        wait_until_allowed
    """,
    "_provider": """
        Effect EventStream Middleware Provider ProviderContext ProviderSpec ProviderType
        StreamHandler
    """,
    "_requests": """
        AttachRequest BatchRequest Embeddings EmbedRequest ModelsRequest ReadBatchRequest Request
    """,
    "_secrets": """
        Secret redact
    """,
    "_sse": """
        SSEDecoder ServerSentEvent
    """,
    "_stats": """
        ProviderStats StatsByName
    """,
    "_status": """
        ProviderStatus
    """,
    "_stream": """
        ResponseStream
    """,
    "_targets": """
        ChoiceConfig Target
    """,
    "_types": """
        Adaptation ChatRequest ChatResponse FinishReason Usage
    """,
    "_wishes": """
        Effort JsonSchema Reasoning Tool
    """,
    "hookspecs": """
        hookimpl
    """,
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = sorted(_HOMES)  # noqa: PLE0605  told by the table


def __getattr__(name: str) -> Any:
    if name == "sync":
        return import_module(".sync", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
