"""Signing by a callback: for keys that are renewed, and for signatures over the request itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

import attrs

from jackfield import AuthenticationRequired, Certainty, JackfieldError, Secret

from ._headers import BadHeader, Headers, encoded

_SECRET: Final = re.compile(r"auth|token|key|secret|signature|cookie", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class Unsigned:
    """A request that waits for its signature.

    Attributes:
        method: The HTTP method.
        url: Where it goes, query included.
        headers: What it says, `host` and the headers of the body included; names are found in any case.
        body: Its body, in full; None for one that is read while it is sent.
    """

    method: str
    url: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes | None = attrs.field(repr=False)


Signer: TypeAlias = Callable[[Unsigned], Mapping[str, str] | Awaitable[Mapping[str, str]]]
"""Returns the headers to add, or is a coroutine function that does. It may not block the event loop."""


async def ask_for_signature(signer: Signer, request: Unsigned) -> tuple[Headers, list[Secret]]:
    """Return the headers that *signer* adds, and the secrets in them: while these live, messages mask them.

    Raises:
        AuthenticationRequired: It failed, or returned what no header can carry. Nothing was sent.
    """
    try:
        added = signer(request)
        headers = await added if inspect.isawaitable(added) else added
        found = encoded(headers)
    except BadHeader as error:
        del added, headers  # a reporter that prints locals would show them
        raise AuthenticationRequired(f"the signature cannot be sent: {error}", certainty=_NOT_SENT) from None
    except JackfieldError:
        raise
    except Exception as error:
        told = f"the credential's callback raised {type(error).__name__}"
        raise AuthenticationRequired(told, certainty=_NOT_SENT) from error
    return found, [Secret(text.rpartition(" ")[2]) for name, text in headers.items() if _SECRET.search(name)]


_NOT_SENT: Final = Certainty.NOT_SENT
