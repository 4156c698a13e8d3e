"""Every provider of this repository, and a stand-in of its remote to talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest

from jackfield import ProviderContext
from jackfield_playground import (
    AnthropicPlayground,
    ClaudePlayground,
    ClaudeSettings,
    CodegenPlayground,
    GeminiPlayground,
    OpenAIPlayground,
    ScriptedEngine,
    Turn,
    WebChatPlayground,
    WebChatSettings,
    ZaiPlayground,
    ZaiSettings,
)

PIECE = 0.005  # seconds between the pieces of an answer
MESSAGE = "Say hello in one short sentence."
"""What the kit asks."""


@attrs.frozen(kw_only=True)
class Stand:
    """A provider's remote, and how to reach it; `kept_open` is what all its connections can share.

    Where `remote` is there, it is what plays the remote, to be led into faults; it answers with `text`.
    """

    options: dict[str, Any]
    context: ProviderContext
    refused: ProviderContext
    remote: Any = None
    text: str | None = None
    kept_open: Callable[[], AbstractAsyncContextManager[object]] = nullcontext


def answer() -> str:
    """Return what the stand-ins of APIs answer to the kit."""
    pieces: list[str] = []
    ScriptedEngine().answer([Turn("user", MESSAGE)], lambda piece: not pieces.append(piece))
    return "".join(pieces)


def one_browser() -> AbstractAsyncContextManager[object]:
    """Keep one browser open for all connections of a test; an API's environment has none."""
    from jackfield_web import WebOptions
    from jackfield_web.browser import lend_host

    return lend_host(WebOptions().browser_settings())


@contextmanager
def anthropic() -> Iterator[Stand]:
    """The stand-in of Anthropic's API."""
    with AnthropicPlayground().running() as server:
        yield Stand(
            options={"base_url": server.base_url, "default_model": server.model},
            context=ProviderContext("anthropic_api", credentials={"token": server.key}),
            refused=ProviderContext("anthropic_api", credentials={"token": "sk-ant-nobody"}),
            remote=server,
            text=answer(),
        )


@contextmanager
def codegen() -> Iterator[Stand]:
    """The stand-in of the Codegen API."""
    with CodegenPlayground().running() as server:
        server.state.change(rate_limits=False, step_on_read=True)
        yield Stand(
            options={
                "base_url": server.base_url,
                "org_id": server.org_id,
                "poll_start": 0.01,
                "poll_longest": 0.1,
                "base_delay": 0.01,
            },
            context=ProviderContext("codegen_api", credentials={"token": server.token}),
            refused=ProviderContext("codegen_api", credentials={"token": "a-token-nobody-knows"}),
            remote=server,
            text=answer(),
        )


@contextmanager
def gemini() -> Iterator[Stand]:
    """The stand-in of the Gemini API."""
    with GeminiPlayground().running() as server:
        yield Stand(
            options={
                "base_url": server.base_url,
                "default_model": server.model,
                "embedding_model": "gemini-embedding-playground",
            },
            context=ProviderContext("gemini_api", credentials={"token": server.key}),
            refused=ProviderContext("gemini_api", credentials={"token": "AIza-nobody"}),
            remote=server,
            text=answer(),
        )


@contextmanager
def openai(**options: Any) -> Iterator[Stand]:
    """The stand-in of OpenAI's API."""
    with OpenAIPlayground().running() as server:
        yield Stand(
            options={
                "preset": "openai",
                "base_url": server.base_url,
                "default_model": "gpt-playground",
                "embedding_model": "embedding-playground",
                **options,
            },
            context=ProviderContext("openai_api", credentials={"token": server.key}),
            refused=ProviderContext("openai_api", credentials={"token": "sk-nobody-knows"}),
            remote=server,
            text=answer(),
        )


@contextmanager
def web_chat() -> Iterator[Stand]:
    """The playground's chat page, behind its login."""
    quick = WebChatSettings(login=True, models=("Quick", "Deep"), piece_seconds=PIECE)
    with WebChatPlayground(quick).running() as page:
        settings = page.state.settings
        name = {"username": settings.username}
        yield Stand(
            options={"site": page.site},
            context=ProviderContext(
                "custom_web", "username_password", {**name, "password": settings.password}
            ),
            refused=ProviderContext("custom_web", "username_password", {**name, "password": "a wrong one"}),
            kept_open=one_browser,
        )


@contextmanager
def claude() -> Iterator[Stand]:
    """The stand-in of Claude's site."""
    with ClaudePlayground(ClaudeSettings(piece_seconds=PIECE, scenario_seconds=1)).running() as page:
        yield Stand(
            options={"base_url": page.base_url},
            context=ProviderContext("claude_web", "cookies", {"cookies": page.session_key}),
            refused=ProviderContext("claude_web", "cookies", {"cookies": "sk-ant-sid01-nobody"}),
            kept_open=one_browser,
        )


@contextmanager
def zai() -> Iterator[Stand]:
    """The stand-in of Z.ai's site, where guests are unwelcome."""
    with ZaiPlayground(ZaiSettings(login=True, slider=False, piece_seconds=PIECE)).running() as page:
        settings = page.state.settings
        name = {"username": settings.email}
        yield Stand(
            options={"base_url": page.base_url},
            context=ProviderContext("zai_web", "username_password", {**name, "password": settings.password}),
            refused=ProviderContext("zai_web", "username_password", {**name, "password": "a wrong one"}),
            kept_open=one_browser,
        )


STANDS: dict[str, Callable[[], AbstractContextManager[Stand]]] = {
    "anthropic_api": anthropic,
    "claude_web": claude,
    "codegen_api": codegen,
    "custom_web": web_chat,
    "gemini_api": gemini,
    "openai_api": openai,
    "openai_api/responses": partial(openai, api="responses", background=True),
    "zai_web": zai,
}


@pytest.fixture(scope="session")
def stands() -> dict[str, Callable[[], AbstractContextManager[Stand]]]:
    """Return what runs the remote of each provider, by the provider's name."""
    return STANDS


@pytest.fixture
def stand(provider: str) -> Iterator[Stand]:
    """The remote of the test's provider."""
    with STANDS[provider]() as stand:
        yield stand


@pytest.fixture(autouse=True)
def _saved_logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a login leaves behind in the test's own folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
