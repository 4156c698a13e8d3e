"""`jackfield use`: who is asked when nobody is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackfield import ConfigError, near_names

from ._editing import change, document_config, put

if TYPE_CHECKING:
    from ._session import Session


def use(session: Session, chosen: str | None, *, nobody: bool) -> None:
    """Write the default into the file, or tell what it is.

    Raises:
        ConfigError: There is no such connection or choice; nothing was written.
    """
    config = document_config(session)
    if nobody:
        change(session, lambda data: data.pop("default", None))
        session.say("Nobody is asked by default now.")
    elif chosen is None:
        print(config.default.name if config.default else "")  # noqa: T201
        if config.default is None:
            session.say("There is no default. Choose one: jackfield use NAME[:MODEL]")
    else:
        name = chosen.partition(":")[0]
        known = [entry.name for entry in config.connections] + [entry.name for entry in config.choices]
        if name not in known:
            raise ConfigError(
                f"there is no connection {name!r} in {str(session.path)!r}",
                hint=f"{near_names(name, known)} Add one: jackfield add NAME --provider P.",
            )
        change(session, lambda data: put(data, ["default"], chosen))
        session.say(f"{chosen} is asked where no other is named.")
