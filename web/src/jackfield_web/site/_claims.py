"""What a login's token says of itself, where it is a JSON Web Token (RFC 7519).

Law: nothing here is verified and nobody is let in by it. A token is only asked whether it is worth trying:
when it ends, whose it is, and whether it is a stranger's. That a remote has ended it earlier, it cannot know.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from ._wires import a_pattern

_LEEWAY_SECONDS: Final = 60.0
"""How far a machine's clock may be wrong."""
_LONGEST: Final = 2**16


def claims_in(token: str) -> Mapping[str, Any]:
    """Return the claims of a JSON Web Token; none of what is no such token."""
    parts = token.split(".")
    if len(parts) != len(("header", "claims", "signature")) or len(token) > _LONGEST:
        return {}
    try:
        said = json.loads(base64.b64decode(parts[1] + "=" * (-len(parts[1]) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return said if isinstance(said, Mapping) else {}


@attrs.frozen(kw_only=True)
class TokenClaims:
    """How the Site's `session_item` says whose it is, where it is a JSON Web Token.

    Attributes:
        account: The claim that names the account.
        guest_claim: The claim by which a guest's token is known.
        guest_pattern: A regular expression that all of that claim fits where the token is a guest's.
    """

    account: str = ""
    guest_claim: str = ""
    guest_pattern: str = attrs.field(default="", validator=a_pattern)

    def __attrs_post_init__(self) -> None:
        if bool(self.guest_claim) != bool(self.guest_pattern):
            raise ValueError("claims.guest_claim and claims.guest_pattern need each other")

    @property
    def is_known(self) -> bool:
        """Whether anything is known of the token."""
        return bool(self.account or self.guest_claim)

    def account_of(self, token: str) -> str:
        """Return the account that *token* names; empty where it names none."""
        named = claims_in(token).get(self.account) if self.account else None
        return str(named) if isinstance(named, str | int) else ""

    def is_guest_s(self, token: str) -> bool:
        """Whether *token* says that it is a guest's."""
        claim = claims_in(token).get(self.guest_claim) if self.guest_claim else None
        return isinstance(claim, str) and re.fullmatch(self.guest_pattern, claim) is not None


def ended_at(token: str, now: float) -> dt.datetime | None:
    """Return when *token* ended by its own claim `exp`; None where it has not, or does not say so.

    Args:
        token: The token.
        now: The seconds since the epoch.
    """
    exp = claims_in(token).get("exp")
    if isinstance(exp, bool) or not isinstance(exp, int | float) or not exp + _LEEWAY_SECONDS < now:
        return None
    try:
        return dt.datetime.fromtimestamp(exp, dt.UTC)
    except (OverflowError, OSError, ValueError):
        return dt.datetime.min.replace(tzinfo=dt.UTC)
