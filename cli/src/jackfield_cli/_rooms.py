"""The playground's rooms: which stand-in serves which provider, and with what it is reached.

A room joins `jackfield demo` as soon as its provider is installed. A new one is a function and a line below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

import attrs
import tomlkit

from jackfield import ConfigError, ProviderContext

from ._installed import install_command


@attrs.frozen(kw_only=True)
class Machine:
    """A server that can die and come back.

    Attributes:
        kill: Drops every connection and answers nothing more; does not block.
        restart: Serves anew at the same address; blocks for milliseconds.
        asked: Returns how many questions it has got so far.
    """

    kill: Callable[[], None]
    restart: Callable[[], None]
    asked: Callable[[], int]


@attrs.frozen(kw_only=True)
class Room:
    """A stand-in that is running.

    Attributes:
        provider: The provider that talks to it.
        address: Where it listens.
        engine: Who answers there, in a sentence.
        options: The provider's options that lead to it.
        context: The login that it accepts, made up for this run and of no use elsewhere; None without one.
        connections: The demo's connections to it, by name, with further options of each.
        note: What somebody who opens it by hand must know.
        needs_browser: Whether its provider drives a page.
        machine: The server itself, where the demo lets it die.
    """

    provider: str
    address: str
    engine: str
    options: Mapping[str, Any]
    context: ProviderContext | None = None
    connections: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict)
    note: str = ""
    needs_browser: bool = False
    machine: Machine | None = None


_IMPATIENT: Final = {"poll_start": 0.5, "poll_longest": 2.0}
"""The demo's runs take seconds, not minutes: it looks at them more often than is usual."""

Builder: TypeAlias = Callable[[int, bool], AbstractContextManager[Room]]


@contextmanager
def _codegen(port: int, scripted: bool) -> Iterator[Room]:
    from jackfield_playground import CodegenPlayground, CodegenSettings, ScriptedEngine, best_engine

    engine = ScriptedEngine() if scripted else best_engine()
    with CodegenPlayground(CodegenSettings(step_seconds=0.3), engine=engine, port=port).running() as codegen:
        yield Room(
            provider="codegen_api",
            address=codegen.base_url,
            engine=engine.description,
            options={"base_url": codegen.base_url, "org_id": codegen.org_id},
            context=ProviderContext("codegen_api", "token", {"token": codegen.token}),
            connections={
                "work": {**_IMPATIENT, "default_model": "codegen-standard"},
            },
            machine=Machine(
                kill=codegen.kill, restart=codegen.restart, asked=lambda: codegen.state.runs_created
            ),
        )


@contextmanager
def _claude(port: int, scripted: bool) -> Iterator[Room]:
    from jackfield_playground import ClaudePlayground, ScriptedEngine, best_engine

    engine = ScriptedEngine() if scripted else best_engine()
    with ClaudePlayground(engine=engine, port=port).running() as claude:
        yield Room(
            provider="claude_web",
            address=claude.base_url,
            engine=engine.description,
            options={"base_url": claude.base_url},
            context=ProviderContext("claude_web", "cookies", {"cookies": claude.session_key}),
            connections={"claude": {}},
            needs_browser=True,
            note=f"by hand: log in with any address; its mail lies at {claude.state.identity_url}/mail",
        )


@contextmanager
def _zai(port: int, scripted: bool) -> Iterator[Room]:
    from jackfield_playground import ScriptedEngine, ZaiPlayground, best_engine

    engine = ScriptedEngine() if scripted else best_engine()
    with ZaiPlayground(engine=engine, port=port).running() as zai:
        settings = zai.state.settings
        yield Room(
            provider="zai_web",
            address=zai.base_url,
            engine=engine.description,
            options={"base_url": zai.base_url},
            connections={"zai": {}},
            needs_browser=True,
            note=f"by hand: you are a guest, or sign in as {settings.email} with {settings.password}",
        )


@contextmanager
def _anthropic(port: int, scripted: bool) -> Iterator[Room]:
    from jackfield_playground import AnthropicPlayground

    with _api("anthropic_api", AnthropicPlayground, port, scripted=scripted) as room:
        yield room


@contextmanager
def _gemini(port: int, scripted: bool) -> Iterator[Room]:
    from jackfield_playground import GeminiPlayground

    with _api("gemini_api", GeminiPlayground, port, scripted=scripted) as room:
        yield room


@contextmanager
def _api(provider: str, stand_in: Callable[..., Any], port: int, *, scripted: bool) -> Iterator[Room]:
    """Serve the *stand_in* of an API that wants a key and a model's name, and nothing else."""
    from jackfield_playground import ScriptedEngine, best_engine

    engine = ScriptedEngine() if scripted else best_engine()
    with stand_in(engine=engine, port=port).running() as api:
        yield Room(
            provider=provider,
            address=api.base_url,
            engine=engine.description,
            options={"base_url": api.base_url, "default_model": api.model},
            context=ProviderContext(provider, "token", {"token": api.key}),
        )


@contextmanager
def _openai(port: int, scripted: bool) -> Iterator[Room]:
    from jackfield_playground import OpenAIPlayground, ScriptedEngine, best_engine

    engine = ScriptedEngine() if scripted else best_engine()
    with OpenAIPlayground(engine=engine, port=port).running() as openai:
        yield Room(
            provider="openai_api",
            address=openai.base_url,
            engine=engine.description,
            options={"base_url": openai.base_url, "default_model": openai.state.settings.models[0]},
            context=ProviderContext("openai_api", "token", {"token": openai.key}),
            connections={"api": {}},
            note="any client of OpenAI's takes the same address, and the token as its key",
        )


@contextmanager
def _page(port: int, scripted: bool) -> Iterator[Room]:
    from jackfield_playground import ScriptedEngine, WebChatPlayground, best_engine

    engine = ScriptedEngine() if scripted else best_engine()
    with (
        WebChatPlayground(engine=engine, port=port).running() as chat,
        TemporaryDirectory(prefix="jackfield-playground-") as folder,
    ):
        # In a file, so that a variable of the environment can name it.
        site = Path(folder) / "site.toml"
        site.write_text(tomlkit.dumps(chat.site), encoding="utf-8")
        yield Room(
            provider="custom_web",
            address=chat.base_url,
            engine=engine.description,
            options={"site": str(site)},
            connections={"page": {}},
            needs_browser=True,
        )


_ROOMS: Final[Mapping[str, Builder]] = {
    "codegen_api": _codegen,
    "openai_api": _openai,
    "anthropic_api": _anthropic,
    "gemini_api": _gemini,
    "claude_web": _claude,
    "zai_web": _zai,
    "custom_web": _page,
}


_LAST_PORT: Final = 65535
_PORTS: Final = "The playground has {} ports in a row, from --port on."


def require_playground() -> None:
    """Refuse when the playground is not installed.

    Raises:
        ConfigError: It is not; the hint says which command brings it.
    """
    try:
        import jackfield_playground  # noqa: F401
    except ImportError:
        raise ConfigError(
            "the playground is not installed", hint=install_command("jackfield-playground")
        ) from None


@contextmanager
def open_rooms(*, port: int = 0, scripted: bool = False) -> Iterator[list[Room]]:
    """Serve every room until the block is left.

    Args:
        port: The port of the first room, the others having those that follow; 0 for free ones.
        scripted: Let the scripted responder answer, even if a model is installed.

    Raises:
        ConfigError: The playground is not installed, or a port is taken.
    """
    require_playground()
    if port + len(_ROOMS) - 1 > _LAST_PORT:
        raise ConfigError(f"after port {port} there are too few", hint=_PORTS.format(len(_ROOMS)))
    rooms = []
    with ExitStack() as stack:
        for number, build in enumerate(_ROOMS.values()):
            own = port and port + number
            try:
                rooms.append(stack.enter_context(build(own, scripted)))
            except OSError as error:
                raise ConfigError(
                    f"port {own} of 127.0.0.1 cannot be used: {error.strerror}",
                    hint=_PORTS.format(len(_ROOMS)),
                ) from None
        yield rooms
