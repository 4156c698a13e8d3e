"""What a provider wants to see again, as the opaque text that Responses has for it.

Clients keep `encrypted_content` and send it back as it came. Ours holds a state of a provider whole, so that
it goes back to whoever made it, through any connection of that provider, and to nobody else. The vendor's own
is inside it, and as closed as it was; one that did not come through here says nothing to us and is left out.
"""

from __future__ import annotations

import base64
import json
from typing import Final

from jackfield import ProviderState

from ._writing import as_json

_OURS: Final = "jackfield-1."


def seal(state: ProviderState) -> str:
    """Return a state as a text."""
    told = {"provider": state.provider, "kind": state.kind, "data": state.data, "family": state.family}
    return _OURS + base64.urlsafe_b64encode(as_json(told)).decode()


def unseal(text: str) -> ProviderState | None:
    """Return the state in a text; None where it is none of ours.

    Raises:
        TypeError: It was changed on its way.
    """
    if not text.startswith(_OURS):
        return None
    try:
        told = json.loads(base64.urlsafe_b64decode(text.removeprefix(_OURS)))
        return ProviderState(told["provider"], told["kind"], told["data"], told["family"])
    except (ValueError, KeyError, RecursionError):
        raise TypeError("encrypted_content is not as it was told") from None
