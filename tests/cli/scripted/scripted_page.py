"""A provider with a window, a login of its own and something to examine. For the command's tests only.

What it finds when it examines itself is what the file `findings` in its folder says, one `about|verdict|told`
a line; `folder` is also where it keeps logins, as files named for their connections.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import attrs
from scripted_provider import Steps

from jackfield import (
    AuthenticationRequired,
    ChatRequest,
    EventStream,
    Finding,
    JackfieldError,
    Provider,
    ProviderContext,
    ProviderOptions,
    ProviderSpec,
    ProviderType,
    Verdict,
    hookimpl,
)


@attrs.frozen(kw_only=True)
class PageOptions(ProviderOptions):
    """Its options."""

    folder: str = "."
    show: bool = False


class Page(Provider):
    """Answers with whether it is shown."""

    def __init__(self, options: PageOptions) -> None:
        self.options = options

    @asynccontextmanager
    async def _answer(self) -> AsyncIterator[Steps]:
        said = "in%20a%20window" if self.options.show else "unseen"
        yield Steps(["start", f"say:{said}", "end"], lambda _: None)

    def stream(self, request: ChatRequest) -> EventStream:
        return self._answer()

    async def authenticate(self, context: ProviderContext) -> None:
        if context.auth_type == "code":
            code = await context.ask("Which code was mailed to you?") if context.ask else None
            if code is None:
                raise AuthenticationRequired("nobody can be asked")
            await anyio.Path(self.options.folder, "code").write_text(code.reveal())
            return
        assert context.auth_type == "interactive"
        assert self.options.show
        if await anyio.Path(self.options.folder, "nobody").exists():
            raise AuthenticationRequired("nobody logged in")
        await anyio.Path(self.options.folder, context.connection).write_text("a login")

    async def examine(self) -> list[Finding]:
        return _findings(self.options, "findings")


def _findings(options: PageOptions, name: str) -> list[Finding]:
    file = Path(options.folder, name)
    lines = file.read_text().splitlines() if file.exists() else []
    return [
        Finding(about, Verdict(verdict), told) for about, verdict, told in (one.split("|") for one in lines)
    ]


async def _examine(options: PageOptions, connection: str) -> list[Finding]:
    found = _findings(options, "local")
    if any(one.told == "nonsense" for one in found):
        return ["nonsense", None]  # type: ignore[list-item]
    if any(one.told == "hang" for one in found):
        await anyio.sleep_forever()
    if any(one.told == "raise" for one in found):
        raise RuntimeError(f"{connection} is broken")
    return found


@asynccontextmanager
async def _open(options: PageOptions) -> AsyncIterator[Provider]:
    yield Page(options)


@hookimpl
def jackfield_register_providers() -> list[ProviderSpec]:
    """Register it."""
    return [
        ProviderSpec(
            name="paged",
            title="A page",
            type=ProviderType.WEB_AUTOMATION,
            options=PageOptions,
            auth_types={"none", "interactive", "code"},
            env_prefix="PAGED",
            open=_open,
            examine=_examine,
        )
    ]


@hookimpl
def jackfield_load_context(spec: ProviderSpec, connection_name: str) -> None:
    """Know nothing."""


@hookimpl
def jackfield_forget_context(connection_name: str, options: PageOptions) -> list[str]:
    """Delete a login, unless it is locked."""
    file = Path(options.folder, connection_name)
    if file.with_suffix(".locked").exists():
        raise JackfieldError(f"the session of {connection_name} is in use", hint="Close it first.")
    found = file.exists()
    file.unlink(missing_ok=True)
    return ["the saved page"] if found else []
