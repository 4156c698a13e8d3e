"""Loopback stand-ins of the remotes that Jackfield talks to, for demos, tests and plugin authors.

Law: a stand-in listens on 127.0.0.1 only, says what it is, keeps no token, and leaves nothing behind.
"""

from __future__ import annotations

from ._engines import Engine, ScriptedEngine, Turn
from ._loopback import wait_for_signal
from ._smollm import SmolLM2Engine, best_engine
from ._starting import playground
from .anthropic import AnthropicPlayground, AnthropicSettings, AnthropicState
from .claude import ClaudePlayground, ClaudeSettings, ClaudeState
from .codegen import (
    CodegenPlayground,
    CodegenSettings,
    CodegenState,
    Fault,
    LogEntry,
    Message,
    Outcome,
    Received,
    Route,
    RunRecord,
)
from .gemini import GeminiPlayground, GeminiSettings, GeminiState
from .openai import OpenAIPlayground, OpenAISettings, OpenAIState
from .webchat import Asked, WebChatPlayground, WebChatSettings, WebChatState, site_of
from .zai import ZaiPlayground, ZaiSettings, ZaiState

__all__ = [
    "AnthropicPlayground",
    "AnthropicSettings",
    "AnthropicState",
    "Asked",
    "ClaudePlayground",
    "ClaudeSettings",
    "ClaudeState",
    "CodegenPlayground",
    "CodegenSettings",
    "CodegenState",
    "Engine",
    "Fault",
    "GeminiPlayground",
    "GeminiSettings",
    "GeminiState",
    "LogEntry",
    "Message",
    "OpenAIPlayground",
    "OpenAISettings",
    "OpenAIState",
    "Outcome",
    "Received",
    "Route",
    "RunRecord",
    "ScriptedEngine",
    "SmolLM2Engine",
    "Turn",
    "WebChatPlayground",
    "WebChatSettings",
    "WebChatState",
    "ZaiPlayground",
    "ZaiSettings",
    "ZaiState",
    "best_engine",
    "playground",
    "site_of",
    "wait_for_signal",
]
