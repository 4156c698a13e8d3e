"""What can be told of a saved login without telling what is in it."""

from __future__ import annotations

from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class SavedSession:
    """What can be told of a saved session without telling what is in it.

    Attributes:
        name: Its name.
        file: Its file.
        saved_at: When it was saved, in seconds since 1970.
        is_understood: Whether what is saved makes sense.
        expiries: When each cookie expires, in seconds since 1970; None for the end of the browser's session.
        profile: The browser profile that is kept too; None without one.
        in_use_by: The process that uses it, 0 when that is unknown, None when nobody does.
    """

    name: str
    file: Path
    saved_at: float
    is_understood: bool
    expiries: tuple[float | None, ...]
    profile: Path | None
    in_use_by: int | None
