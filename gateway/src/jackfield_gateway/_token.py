"""The token that every request must bring, and the file that keeps it.

Law: a file that somebody else could have read or written is refused, not repaired; a link is never followed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import attrs

from jackfield import ConfigError, Secret

from ._budget import Budget

_MODE: Final = 0o600
_OTHERS: Final = 0o077
_FORM: Final = re.compile(r"[\x21-\x7e]{16,512}", re.ASCII)


@attrs.frozen(init=False)
class Token:
    """What a client shows to be let in. It is compared in constant time and never printed.

    Attributes:
        name: What the log calls it.
        connections: The connections that it reaches, and nothing else; None for all that are served. It is
            said when the door opens: no request can change it, or make another token.
        per_minute: How many questions it may ask within a minute; None sets no limit.
        budget: How many tokens of models it may spend; None sets no limit. What is spent is kept in
            `GatewaySettings.threads_file`; without a file the next door begins anew.

    Raises:
        ConfigError: It is shorter than 16 characters, or holds what a header cannot; *per_minute* is below 1.
    """

    _secret: Secret = attrs.field(repr=False, eq=False)
    name: str
    connections: frozenset[str] | None = None
    per_minute: int | None = None
    budget: Budget | None = None

    def __init__(
        self,
        text: str,
        *,
        name: str = "own",
        connections: Iterable[str] | None = None,
        per_minute: int | None = None,
        budget: Budget | None = None,
    ) -> None:
        if not _FORM.fullmatch(text):
            raise ConfigError("a token is 16 to 512 visible ASCII characters", hint="Make a longer one.")
        if per_minute is not None and per_minute < 1:
            raise ConfigError(f"a token that may ask {per_minute} questions a minute is of no use")
        reached = None if connections is None else frozenset(connections)
        self.__attrs_init__(Secret(text), name, reached, per_minute, budget)

    def matches(self, shown: bytes) -> bool:
        """Whether *shown* is the token. Digests are compared: not even its length is told by the time."""
        own = hashlib.sha256(self._secret.reveal().encode()).digest()
        return hmac.compare_digest(own, hashlib.sha256(shown).digest())

    def seal(self, data: bytes) -> bytes:
        """Return a digest of *data* that nobody can make who has not the token."""
        return hmac.digest(self._secret.reveal().encode(), data, "sha256")


def default_token_file() -> Path:
    """Return where the token is kept unless another place is named: in the user's own state.

    Raises:
        ConfigError: This user has no home, as in a container that runs as nobody.
    """
    try:
        home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    except RuntimeError:
        raise ConfigError(
            "there is no place for the front door's token: this user has no home directory",
            hint="Name a file with --token-file, or set HOME, or XDG_STATE_HOME to a folder.",
        ) from None
    return Path(home) / "jackfield" / "gateway-token"


def read_token(
    file: Path,
    *,
    name: str = "own",
    connections: Iterable[str] | None = None,
    per_minute: int | None = None,
    budget: Budget | None = None,
) -> Token:
    """Return the token that *file* keeps; where there is none yet, make one of 256 random bits.

    Args:
        file: Where it is kept.
        name: What the log calls it.
        connections: What it reaches; see `Token`.
        per_minute: How many questions it may ask; see `Token`.
        budget: How many tokens of models it may spend; see `Token`.

    Raises:
        ConfigError: The file is a link, belongs to somebody else, may be read by others, or holds no token.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(file)
    except OSError as error:
        raise _unusable(file, error) from None
    return _read(file, name=name, connections=connections, per_minute=per_minute, budget=budget)


def find_token(file: Path) -> Token | None:
    """Return the token that *file* keeps, as `read_token` does; None where there is none. Makes nothing.

    Raises:
        ConfigError: As for `read_token`.
    """
    try:
        file.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(file, error) from None
    return _read(file)


def _read(file: Path, **what: Any) -> Token:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _unusable(file, error) from None
    with open(descriptor, "rb") as opened:  # noqa: PTH123  a descriptor
        check_own(file, os.fstat(descriptor), "the token's file")
        text = opened.read(1024).decode("ascii", errors="replace").strip()
    try:
        Token(text)
    except ConfigError:
        raise ConfigError(
            f"the token's file {str(file)!r} holds no token", hint="Remove it, and a new one is made."
        ) from None
    return Token(text, **what)


def _unusable(file: Path, error: OSError) -> ConfigError:
    return ConfigError(f"the token's file {str(file)!r} cannot be used: {error.strerror}")


def _make(file: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(file, flags, _MODE)
    except FileExistsError:
        return
    with open(descriptor, "w", encoding="ascii") as opened:  # noqa: PTH123  a descriptor
        opened.write(f"jf-{secrets.token_urlsafe(32)}\n")
        opened.flush()
        os.fsync(opened.fileno())


def check_own(file: Path, found: os.stat_result, what: str) -> None:
    """Refuse a file that somebody else could have read or written.

    Raises:
        ConfigError: It is no file, not the user's own, or others may read it.
    """
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        raise ConfigError(f"{what} {str(file)!r} is refused: it is no file of yours")
    if found.st_mode & _OTHERS:
        raise ConfigError(
            f"{what} {str(file)!r} is refused: others may read it (mode {stat.S_IMODE(found.st_mode):04o})",
            hint=f"Make it yours alone: chmod 600 {str(file)!r}, or remove it for a new one.",
        )
