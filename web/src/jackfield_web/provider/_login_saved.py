"""The login that a person made in a window, found where a connection is given no other."""

from __future__ import annotations

from functools import partial

import anyio
from anyio import from_thread

from jackfield import ProviderContext, ProviderSpec

from ..accounts import SessionStore, timely
from ._options import WebOptions


def saved_login(spec: ProviderSpec, options: WebOptions, connection: str) -> ProviderContext | None:
    """Return the context of a login that a person made in a window, if one is saved.

    Blocking: call it in a worker thread, whose event loop the store is then asked in, or where none runs.

    Raises:
        ConfigError: There can be no session of that name.
        SessionStoreError: The store cannot be read.
    """
    sessions = SessionStore(store=timely(options.store))
    look = partial(sessions.has_login_of_a_person, options.session or connection)
    try:
        found = from_thread.run(look)
    except anyio.NoEventLoopError:
        found = anyio.run(look)
    return ProviderContext(spec.name, "interactive") if found else None
