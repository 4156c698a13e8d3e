"""The tools of MCP servers, over the official `mcp` package: a command that is started, or an address."""

from __future__ import annotations

import base64
import logging
import os
import re
import shlex
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from jackfield import ConfigError, FilePart, ImagePart, InvalidRequest, TextPart, Tool

from ._installed import index_command
from ._tools import Given, Usable

if TYPE_CHECKING:
    from mcp import Client

_OPEN_SECONDS: Final = 60.0
_CALL_SECONDS: Final = 600.0
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_-]")
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@asynccontextmanager
async def servers(named: Iterable[str]) -> AsyncIterator[list[Usable]]:
    """Give the tools of the servers that are *named*, for the length of a block; then stop them.

    Raises:
        ConfigError: One cannot be reached, or is not what it should be.
    """
    async with AsyncExitStack() as stack:
        found: list[Usable] = []
        for server in named:
            found += await _tools_of(server, stack)
        yield found


async def _tools_of(server: str, stack: AsyncExitStack) -> list[Usable]:
    try:
        from mcp import Client, MCPError, StdioServerParameters
        from mcp.client.stdio import stdio_client
    except ImportError:
        raise ConfigError("tools of MCP servers need mcp", hint=index_command("mcp>=2,<3")) from None
    if "://" in server:
        client = Client(_checked(server), read_timeout_seconds=_OPEN_SECONDS)
    else:
        command, *arguments = _words(server)
        parameters = StdioServerParameters(command=command, args=arguments)
        started = stdio_client(parameters, errlog=stack.enter_context(_errors()))
        client = Client(started, read_timeout_seconds=_OPEN_SECONDS)
    try:
        await stack.enter_async_context(client)
        return await _listed(client)
    except (OSError, MCPError, ExceptionGroup, RuntimeError, ValueError, InvalidRequest) as error:
        raise ConfigError(
            f"the MCP server {server!r} cannot be used: {_reason(error)}",
            hint="With --debug it shows what it writes to standard error.",
        ) from error


def _errors() -> Any:
    """Return where a server writes what is no answer: it could be anything, and is seldom of use."""
    where = sys.stderr.fileno() if logging.getLogger().isEnabledFor(logging.DEBUG) else os.devnull
    return open(where, "w", closefd=where == os.devnull, encoding="utf-8")


def _checked(address: str) -> str:
    found = urlsplit(address)
    if found.scheme != "https" and not (found.scheme == "http" and found.hostname in _THIS_MACHINE):
        raise ConfigError(
            f"the MCP server's address is not encrypted: {found.scheme}://{found.hostname}",
            hint="Use https://; http:// is for this machine.",
        )
    return address


def _words(server: str) -> list[str]:
    try:
        words = shlex.split(server)
    except ValueError as error:
        raise ConfigError(f"the MCP server {server!r} is no command: {error}") from None
    if not words:
        raise ConfigError("--mcp takes a command, or an address")
    return words


def _reason(error: BaseException) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return f"{error}" or type(error).__name__


async def _listed(client: Client) -> list[Usable]:
    found: list[Usable] = []
    page = await client.list_tools()
    while True:
        for one in page.tools:
            # Its name may have dots and slashes, which no remote takes.
            tool = Tool(_NO_NAME.sub("_", one.name), one.description or "", one.input_schema)
            found.append(Usable(tool, partial(_call, client, one.name)))
        if page.next_cursor is None:
            return found
        page = await client.list_tools(cursor=page.next_cursor)


async def _call(client: Client, name: str, arguments: dict[str, Any]) -> Given:
    result = await client.call_tool(name, arguments, _CALL_SECONDS)
    return tuple(map(_part, result.content)), bool(result.is_error)


def _part(block: Any) -> TextPart | ImagePart | FilePart:
    if block.type == "text":
        return TextPart(block.text)
    if block.type == "image":
        return ImagePart(base64.b64decode(block.data), block.mime_type)
    return TextPart(str(block.model_dump_json(exclude_none=True)))
