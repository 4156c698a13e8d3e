"""`jackfield logout`: deletes everything that is kept of a connection's logins, by whoever keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackfield import JackfieldError, prepare

from ._auth import environment_names
from ._report import report
from .credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._running import Interrupts
    from ._session import Session


def logout(session: Session, name: str) -> int:
    """Delete the logins of connection *name*, and tell what was deleted; return the exit code."""
    credentials = Credentials(session.say)
    try:
        entry = session.connection(name)
        name = entry.name
        connection = prepare(entry.provider, entry.options, name=name, plugins=[credentials])
    except JackfieldError as error:
        return _log_out_of_what_cannot_be_opened(session, name, credentials, error)

    async def job(_: Interrupts) -> int:
        deleted, failed = await connection.login.forget()
        if deleted or not failed:  # where looking failed, nobody knows that there was nothing
            _tell(session, name, deleted)
        return next(iter([report(error) for error in failed]), 0)

    code = session.run(job)
    if variables := environment_names(connection):
        session.say(f"The environment still sets {' and '.join(variables)}.")
    return code


def _log_out_of_what_cannot_be_opened(
    session: Session, name: str, credentials: Credentials, error: JackfieldError
) -> int:
    """Delete what we keep ourselves: the connection may be gone from the file, or be wrong."""
    deleted = credentials.jackfield_forget_context(name)
    if deleted:
        _tell(session, name, deleted)
    return 0 if deleted and name not in session.configured else report(error)


def _tell(session: Session, name: str, deleted: Sequence[str]) -> None:
    if deleted:
        session.say(f"Deleted {' and '.join(deleted)} of {name}.")
    else:
        session.say(f"Nothing was stored for {name}.")
