"""The conformance kit over every provider of this repository, each discovered as an installed one is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import attrs
import pytest

from jackfield import ProviderContext, providers
from jackfield.testing import check_provider
from jackfield_playground import (
    ClaudePlayground,
    CodegenPlayground,
    WebChatPlayground,
    WebChatSettings,
    ZaiPlayground,
    ZaiSettings,
)
from jackfield_web import WebOptions, lend_host

pytestmark = pytest.mark.anyio


@attrs.frozen(kw_only=True)
class Stand:
    """A provider's remote, and how to reach it; `kept_open` is what all its connections can share."""

    options: dict[str, Any]
    context: ProviderContext
    refused: ProviderContext
    kept_open: Callable[[], AbstractAsyncContextManager[object]] = nullcontext


@contextmanager
def codegen() -> Iterator[Stand]:
    """The stand-in of the Codegen API."""
    with CodegenPlayground().running() as server:
        server.state.change(rate_limits=False, step_on_read=True)
        yield Stand(
            options={"base_url": server.base_url, "org_id": server.org_id, "poll_start": 0.01},
            context=ProviderContext("codegen_api", credentials={"token": server.token}),
            refused=ProviderContext("codegen_api", credentials={"token": "a-token-nobody-knows"}),
        )


@contextmanager
def web_chat() -> Iterator[Stand]:
    """The playground's chat page, behind its login."""
    with WebChatPlayground(WebChatSettings(login=True, models=("Quick", "Deep"))).running() as page:
        settings = page.state.settings
        name = {"username": settings.username}
        yield Stand(
            options={"site": page.site},
            context=ProviderContext(
                "custom_web", "username_password", {**name, "password": settings.password}
            ),
            refused=ProviderContext("custom_web", "username_password", {**name, "password": "a wrong one"}),
            kept_open=lambda: lend_host(WebOptions().browser_settings()),
        )


@contextmanager
def claude() -> Iterator[Stand]:
    """The stand-in of Claude's site."""
    with ClaudePlayground().running() as page:
        yield Stand(
            options={"base_url": page.base_url},
            context=ProviderContext("claude_web", "cookies", {"cookies": page.session_key}),
            refused=ProviderContext("claude_web", "cookies", {"cookies": "sk-ant-sid01-nobody"}),
            kept_open=lambda: lend_host(WebOptions().browser_settings()),
        )


@contextmanager
def zai() -> Iterator[Stand]:
    """The stand-in of Z.ai's site, where guests are unwelcome."""
    with ZaiPlayground(ZaiSettings(login=True, slider=False)).running() as page:
        settings = page.state.settings
        name = {"username": settings.email}
        yield Stand(
            options={"base_url": page.base_url},
            context=ProviderContext("zai_web", "username_password", {**name, "password": settings.password}),
            refused=ProviderContext("zai_web", "username_password", {**name, "password": "a wrong one"}),
            kept_open=lambda: lend_host(WebOptions().browser_settings()),
        )


STANDS: dict[str, Callable[[], AbstractContextManager[Stand]]] = {
    "claude_web": claude,
    "codegen_api": codegen,
    "custom_web": web_chat,
    "zai_web": zai,
}


def each(name: str) -> object:
    """Return a provider's name; those that drive a page take their time."""
    return pytest.param(name, marks=pytest.mark.browser) if name.endswith("_web") else name


@pytest.fixture(params=[each(name) for name in sorted(STANDS)])
def provider(request: pytest.FixtureRequest) -> str:
    """Each provider's name."""
    name: str = request.param
    return name


@pytest.fixture
def stand(provider: str) -> Iterator[Stand]:
    """The provider's remote."""
    with STANDS[provider]() as stand:
        yield stand


@pytest.fixture(autouse=True)
def _saved_logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a login leaves behind in the test's own folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.mark.timeout(300)
async def test_keeps_every_promise(provider: str, stand: Stand) -> None:
    """The provider keeps every promise of the contract that its capabilities make."""
    async with stand.kept_open():
        findings = await check_provider(provider, stand.options, stand.context, refused_context=stand.refused)

    assert [finding for finding in findings if not finding.passed] == []
    assert len(findings) >= 10


def test_no_provider_is_left_out() -> None:
    """Every provider that is installed from this repository has a remote to be checked against."""
    ours = {found.name for found in providers() if found.distribution.startswith("jackfield-")}

    assert ours == set(STANDS)
