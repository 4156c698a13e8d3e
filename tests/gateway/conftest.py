"""A front door over the stand-in of OpenAI in the loop of the test, and the vendor's client before it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import anyio
import anyio.lowlevel
import attrs
import httpx2
import openai
import pytest
from anyio.abc import SocketStream, TaskStatus

from jackfield import ProviderContext, ProviderManager
from jackfield_gateway import Gateway, GatewaySettings, Limits, Token, serve
from jackfield_playground import CodegenPlayground, CodegenSettings, OpenAIPlayground

TOKEN = "a-token-of-the-tests-0123456789"
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing is asked over TLS; a client of its own for each request would read all certificates each time."""


@attrs.define(eq=False)
class Door:
    """A front door that is open."""

    address: str
    manager: ProviderManager
    remote: OpenAIPlayground

    async def ask(self, deed: Callable[[openai.OpenAI], Any], **settings: Any) -> Any:
        """Let the vendor's client do something, in a thread of its own, with its own settings."""

        def work() -> Any:
            told = {"base_url": f"{self.address}/v1", "api_key": TOKEN, **settings}
            with openai.OpenAI(**told) as client:
                return deed(client)

        return await anyio.to_thread.run_sync(work)

    async def get(self, path: str, *, method: str = "GET", **details: Any) -> httpx2.Response:
        """Send a request of no client in particular."""
        async with httpx2.AsyncClient(verify=_NO_TLS) as client:
            return await client.request(method, f"{self.address}{path}", **details)

    @asynccontextmanager
    async def dialled(self) -> AsyncIterator[SocketStream]:
        """Have a connection of its own, for what no client does."""
        async with await anyio.connect_tcp("127.0.0.1", int(self.address.rpartition(":")[2])) as stream:
            yield stream

    def asking(self, body: bytes, *, length: int | None = None, path: str = "/v1/chat/completions") -> bytes:
        """Return the bytes of a question with this body, which says that it has *length* bytes."""
        lines = [
            f"POST {path} HTTP/1.1",
            f"host: {self.address.removeprefix('http://')}",
            f"authorization: Bearer {TOKEN}",
            "content-type: application/json",
            f"content-length: {len(body) if length is None else length}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body

    async def say(self, data: bytes) -> bytes:
        """Send bytes, and return what comes until the door closes or has nothing more to say."""
        async with self.dialled() as stream:
            await stream.send(data)
            found = b""
            with anyio.move_on_after(10):
                while b"\r\n\r\n" not in found:
                    found += await stream.receive()
            return found


Opener: TypeAlias = Callable[..., AbstractAsyncContextManager[Door]]


@pytest.fixture
def remote() -> Iterator[OpenAIPlayground]:
    """Return a stand-in that is running."""
    with OpenAIPlayground().running() as running:
        yield running


@pytest.fixture
def front(remote: OpenAIPlayground) -> Opener:
    """Open a front door; keywords are its settings."""

    @asynccontextmanager
    async def open_one(
        add: Callable[[ProviderManager], Any] | None = None,
        *,
        plugins: Any = (),
        grace: float = 2,
        guests: Sequence[Token] = (),
        limits: Limits | None = None,
        wrap: Callable[[Gateway], Any] = lambda app: app,
        **settings: Any,
    ) -> AsyncIterator[Door]:
        async with ProviderManager(plugins=plugins) as manager:
            await connect(manager, remote, "work")
            if add is not None:
                await add(manager)
            settings.setdefault("aliases", {"gpt-4": "work:gpt-playground"})
            app = wrap(Gateway(manager, Token(TOKEN), *guests, settings=GatewaySettings(**settings)))
            stop = anyio.Event()

            async def live(*, task_status: TaskStatus[str]) -> None:  # noqa: ASYNC128  the server calls it
                await serve(app, stop=stop.wait, ready=task_status.started, grace=grace, limits=limits)

            async with anyio.create_task_group() as tasks:
                yield Door(await tasks.start(live), manager, remote)
                stop.set()

    return open_one


async def connect(manager: ProviderManager, remote: OpenAIPlayground, name: str, **options: Any) -> None:
    """Add a connection to the stand-in that hardly waits."""
    usual = {
        "preset": "openai",
        "base_url": remote.base_url,
        "default_model": "gpt-playground",
        "max_retries": 0,
        "timeout": 20.0,
    }
    await manager.add_provider("openai_api", {**usual, **options}, name=name)
    context = ProviderContext("openai_api", credentials={"token": remote.key})
    await manager.set_provider_context(name, context)


def adding(provider: str, remote: Any, name: str) -> Callable[[ProviderManager], Any]:
    """Return what adds a connection to another vendor's stand-in."""

    async def add(manager: ProviderManager) -> None:
        options = {"base_url": remote.base_url, "default_model": remote.model, "timeout": 20.0}
        await manager.add_provider(provider, options, name=name)
        await manager.set_provider_context(name, ProviderContext(provider, credentials={"token": remote.key}))

    return add


def adding_agent(agent: CodegenPlayground, name: str = "agent") -> Callable[[ProviderManager], Any]:
    """Return what adds a connection to the stand-in of an agent, whose runs are things that stay."""

    async def add(manager: ProviderManager) -> None:
        quick = {"base_delay": 0.01, "poll_start": 0.001, "poll_longest": 0.01, "timeout": 20.0}
        options = {"base_url": agent.base_url, "org_id": agent.org_id, **quick}
        await manager.add_provider("codegen_api", options, name=name)
        context = ProviderContext("codegen_api", credentials={"token": agent.token})
        await manager.set_provider_context(name, context)

    return add


@pytest.fixture
def agent() -> Iterator[CodegenPlayground]:
    """Return a stand-in of an agent whose runs take a step whenever somebody looks."""
    with CodegenPlayground(CodegenSettings(step_on_read=True)).running() as running:
        yield running
