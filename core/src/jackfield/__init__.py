"""Jackfield: one interface to every AI provider, plugged in by `pip install`.

General layout: `_types` and `_events` are what is said; `_provider` and `hookspecs` are the contract;
`_plugins` finds providers; `_connection` is one opened provider, `_manager` many; `_policy` is when to wait,
retry and give up. `testing` checks a provider against the contract.
"""

from __future__ import annotations

from ._config import Config, ConnectionConfig, config_path, load_config
from ._connect import connect
from ._connection import Connection
from ._conversation import Conversation
from ._decoding import DecodedStream, Decoder
from ._discovery import InstalledProvider, PluginState
from ._discovery import core_version as version
from ._discovery import installed_providers as providers
from ._error_context import provider_context
from ._events import (
    Accumulator,
    ActivityReported,
    ReasoningDelta,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    TextDelta,
    TextReplaced,
)
from ._exceptions import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    CircuitOpen,
    ConfigError,
    ConnectFailed,
    ConnectionLost,
    ContentRefused,
    ContextTooLong,
    ContractBroken,
    DeadlineExceeded,
    EmptyResponse,
    ImportFailed,
    Incompatible,
    InvalidRequest,
    JackfieldError,
    MalformedResponse,
    ModelNotFound,
    NameTaken,
    PermissionDenied,
    PluginError,
    ProviderClosed,
    ProviderError,
    ProviderUnavailable,
    QueueFull,
    QuotaExhausted,
    RateLimited,
    ResponseTooLarge,
    RunFailed,
    RunTimeout,
    StreamConsumed,
    StreamInterrupted,
    SubmissionUncertain,
    TLSFailed,
    TransportError,
    UnknownConnection,
    UnknownProvider,
    Unsupported,
)
from ._health import HealthReport
from ._log import configure_logging
from ._manager import ProviderManager
from ._messages import ImagePart, Message, Part, Role, TextPart
from ._names import near_names
from ._options import ProviderOptions, at_least
from ._policy import RateLimiter
from ._provider import (
    Capability,
    Effect,
    EventStream,
    Middleware,
    Provider,
    ProviderContext,
    ProviderSpec,
    ProviderType,
    StreamHandler,
)
from ._secrets import Secret, redact
from ._stats import ProviderStats
from ._status import ProviderStatus
from ._stream import ResponseStream
from ._types import (
    ChatRequest,
    ChatResponse,
    FinishReason,
    Model,
    Usage,
    resolve_model,
)
from .hookspecs import hookimpl

__all__ = [
    "Accumulator",
    "ActivityReported",
    "AuthenticationRequired",
    "Capability",
    "Certainty",
    "ChallengeRequired",
    "ChatRequest",
    "ChatResponse",
    "CircuitOpen",
    "Config",
    "ConfigError",
    "ConnectFailed",
    "Connection",
    "ConnectionConfig",
    "ConnectionLost",
    "ContentRefused",
    "ContextTooLong",
    "ContractBroken",
    "Conversation",
    "DeadlineExceeded",
    "DecodedStream",
    "Decoder",
    "Effect",
    "EmptyResponse",
    "EventStream",
    "FinishReason",
    "HealthReport",
    "ImagePart",
    "ImportFailed",
    "Incompatible",
    "InstalledProvider",
    "InvalidRequest",
    "JackfieldError",
    "MalformedResponse",
    "Message",
    "Middleware",
    "Model",
    "ModelNotFound",
    "NameTaken",
    "Part",
    "PermissionDenied",
    "PluginError",
    "PluginState",
    "Provider",
    "ProviderClosed",
    "ProviderContext",
    "ProviderError",
    "ProviderManager",
    "ProviderOptions",
    "ProviderSpec",
    "ProviderStats",
    "ProviderStatus",
    "ProviderType",
    "ProviderUnavailable",
    "QueueFull",
    "QuotaExhausted",
    "RateLimited",
    "RateLimiter",
    "ReasoningDelta",
    "ResponseFinished",
    "ResponseStarted",
    "ResponseStream",
    "ResponseTooLarge",
    "Role",
    "RunFailed",
    "RunTimeout",
    "Secret",
    "StreamConsumed",
    "StreamEvent",
    "StreamHandler",
    "StreamInterrupted",
    "SubmissionUncertain",
    "TLSFailed",
    "TextDelta",
    "TextPart",
    "TextReplaced",
    "TransportError",
    "UnknownConnection",
    "UnknownProvider",
    "Unsupported",
    "Usage",
    "at_least",
    "config_path",
    "configure_logging",
    "connect",
    "hookimpl",
    "load_config",
    "near_names",
    "provider_context",
    "providers",
    "redact",
    "resolve_model",
    "version",
]
