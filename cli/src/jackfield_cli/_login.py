"""`jackfield login`: opens a connection with its window shown, and waits until somebody has logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from jackfield import ConfigError, ProviderContext, ProviderSpec, connect, prepare

from ._asking import Watcher

if TYPE_CHECKING:
    from ._running import Interrupts
    from ._session import Session

_INTERACTIVE: Final = "interactive"


def login(session: Session, name: str) -> int:
    """Let a person log in to connection *name*; return the exit code.

    Raises:
        ConfigError: The provider has no window to log in in.
        AuthenticationRequired: Nobody logged in.
    """
    entry = session.connection(name)
    spec = prepare(entry.provider, entry.options, name=entry.name).spec
    if _INTERACTIVE not in spec.auth_types:
        raise ConfigError(
            f"{spec.name} has no window to log in in", hint=f"Store credentials: jackfield auth set {name}"
        )
    options = {**entry.options, **_shown(spec)}
    context = ProviderContext(spec.name, _INTERACTIVE)

    async def job(_: Interrupts) -> int:
        async with connect(entry.provider, options, context, name=entry.name, plugins=[Watcher(session)]):
            session.say(f"{entry.name} is logged in, and the login is kept.")
        return 0

    return session.run(job)


def _shown(spec: ProviderSpec) -> dict[str, bool]:
    return {"show": True} if "show" in attrs.fields_dict(spec.options) else {}
