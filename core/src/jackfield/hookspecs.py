"""The hooks: what a plugin may implement. This is the page to open first when you write one.

A plugin is an installed distribution. It names a module in the entry-point group `jackfield.providers`
(the entry point's name is the provider's name) or `jackfield.middleware`; in that module, functions marked
with `jackfield.hookimpl` and named as below are called. A function may leave out the arguments that it does
not need. Hooks are plain functions that return things; what is asynchronous is a method of a provider.

    # my_provider/plugin.py, registered in pyproject.toml by
    # [project.entry-points."jackfield.providers"]
    # my_provider = "my_provider.plugin"
    from jackfield import hookimpl

    @hookimpl
    def jackfield_register_providers():
        from .spec import SPEC
        return [SPEC]

Collecting hooks gather every answer; *firstresult* hooks stop at the first that is not None; notifying
hooks are called one by one, and one that raises is logged and loses nobody else's call. Who was registered
first is called first, `tryfirst` and `trylast` aside; hook wrappers are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._connection import Connection
    from ._events import StreamEvent
    from ._exceptions import ChallengeRequired, JackfieldError, ProviderError
    from ._options import ProviderOptions
    from ._provider import Middleware, ProviderContext, ProviderSpec
    from ._requests import AttachRequest, Request
    from ._secrets import Secret
    from ._status import ProviderStatus
    from ._types import ChatRequest, ChatResponse

_hookspec: Final[pluggy.HookspecMarker] = pluggy.HookspecMarker("jackfield")
hookimpl: Final[pluggy.HookimplMarker] = pluggy.HookimplMarker("jackfield")
"""Marks a function as the implementation of the hook that bears its name."""


@_hookspec
def jackfield_register_providers() -> Iterable[ProviderSpec]:  # type: ignore[empty-body]
    """Say what providers the plugin brings. Called once, the first time the plugin's name is asked for.

    Be cheap: import the HTTP client or the browser inside `ProviderSpec.open`. Collecting.
    """


@_hookspec
def jackfield_provider_opened(connection: Connection) -> None:
    """Called after a connection was entered and authenticated. Notifying."""


@_hookspec
def jackfield_provider_closed(connection: Connection, error: BaseException | None) -> None:
    """Called on the way out of a connection that was opened, always; *error* is what failed. Notifying."""


@_hookspec
def jackfield_status_changed(
    connection: Connection, old: ProviderStatus, new: ProviderStatus, reason: str
) -> None:
    """Called when a connection's status is another than before; no lock is held. Notifying."""


@_hookspec(firstresult=True)
def jackfield_load_context(
    spec: ProviderSpec, connection_name: str, options: ProviderOptions
) -> ProviderContext | None:
    """Find credentials: in the environment, a keyring, a file, by a prompt.

    Called in a worker thread, before authenticating and once more after the remote refused. Raise a
    `JackfieldError` to say why there are none, for example that a keyring is locked. Firstresult.
    """


@_hookspec(firstresult=True)
def jackfield_store_context(
    spec: ProviderSpec, connection_name: str, context: ProviderContext
) -> bool | None:
    """Keep credentials that a login renewed; return True when kept. In a worker thread. Firstresult."""


@_hookspec
def jackfield_forget_context(  # type: ignore[empty-body]
    spec: ProviderSpec, connection_name: str, options: ProviderOptions
) -> Iterable[str]:
    """Delete everything that is kept of a connection's logins; return what was deleted, each in some words.

    Called in a worker thread when somebody logs out. Nothing may be opened for it: no remote is told. Raise a
    `JackfieldError` to say what could not be deleted. Collecting.
    """


@_hookspec(firstresult=True)
def jackfield_ask_person(spec: ProviderSpec, connection_name: str, question: str) -> str | Secret | None:
    """Ask the account's owner what only they know now, such as a code that was just mailed to them.

    Called in a worker thread while logging in, and may wait for them; the login gives up by itself, which
    `anyio.from_thread.check_cancelled` tells. Return None when there is nobody to ask. Firstresult.
    """


@_hookspec
def jackfield_human_needed(connection: Connection, challenge: ChallengeRequired) -> None:
    """Called when only the account's owner can go on: a login wall, a second factor, a captcha. Notifying."""


@_hookspec
def jackfield_wrap_request(spec: ProviderSpec, connection: Connection) -> Middleware | None:
    """Give a middleware that wraps each request as a whole. Called once per open.

    It is for a cache, a guard, a trace: it sees all attempts and their waits as one, stands before the queue
    and takes no slot. A request that it answers by itself never reaches the provider. It may change a
    request, but for its id, and may ask again: that is another round of attempts. What it gets is a
    `ChatRequest`, or another of the requests in `jackfield.Request`: it passes on what it does not know. The
    first registered is the outermost. Collecting.
    """


@_hookspec
def jackfield_wrap_attempt(spec: ProviderSpec, connection: Connection) -> Middleware | None:
    """Give a middleware that wraps every attempt of every request, inside the queue and the gate.

    Otherwise as `jackfield_wrap_request`. Collecting.
    """


@_hookspec
def jackfield_request_retried(
    connection: Connection, request: ChatRequest, error: ProviderError, wait: float
) -> None:
    """Called before a request is tried again, *wait* seconds from now, because of *error*. Notifying."""


@_hookspec
def jackfield_response_finished(
    connection: Connection,
    request: ChatRequest | AttachRequest,
    response: ChatResponse,
    error: JackfieldError | None,
) -> None:
    """Called once per chat request and each answer taken up: finished, failed or left early. Notifying."""


@_hookspec
def jackfield_operation_finished(
    connection: Connection, operation: str, request: Request, error: JackfieldError | None, elapsed: float
) -> None:
    """Called once for each operation that is no chat: `models`, `embed`, `batch`, `read_batch`. Notifying."""


@_hookspec
def jackfield_stream_event(connection: Connection, event: StreamEvent) -> None:
    """Called for every event of every stream, in the reader's task: be quick, do not block. Notifying."""
