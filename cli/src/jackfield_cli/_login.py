"""`jackfield login`: opens a connection with its window shown, and waits until somebody has logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackfield import ConfigError, ProviderContext, ProviderError, connect, prepare

from ._asking import Watcher
from ._auth import STORED_TYPES
from ._report import report
from ._session import has_window, with_window

if TYPE_CHECKING:
    from ._running import Interrupts
    from ._session import Session

_INTERACTIVE: Final = "interactive"


def login(session: Session, name: str) -> int:
    """Let a person log in to connection *name*; return the exit code.

    Raises:
        ConfigError: The provider has no window to log in in.
    """
    entry = session.connection(name)
    spec = prepare(entry.provider, entry.options, name=entry.name).spec
    if _INTERACTIVE not in spec.auth_types:
        raise ConfigError(
            f"{spec.name} has no window to log in in", hint=f"Store credentials: jackfield auth set {name}"
        )
    options = with_window(entry).options if has_window(spec) else entry.options
    context = ProviderContext(spec.name, _INTERACTIVE)

    async def job(_: Interrupts) -> int:
        try:
            async with connect(entry.provider, options, context, name=entry.name, plugins=[Watcher(session)]):
                session.say(f"{entry.name} is logged in, and the login is kept.")
        except ProviderError as error:
            code = report(error, config=session.config_file)
            if kinds := [kind for kind in STORED_TYPES if kind in spec.auth_types]:
                session.say(f"Without a window ({', '.join(kinds)}): jackfield auth set {entry.name}")
            return code
        return 0

    return session.run(job)
