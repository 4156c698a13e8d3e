"""Z.ai's chat site as a provider, on the user's own account or as a guest.

General layout: `plugin` is what is found, `_spec` what is known before anything is opened, `sites/` describes
the page. `_decoder` reads the page's stream, with `_thinking` and `_tools`, and `_refusal` what it says when
it does not answer; none of them does any I/O.
"""

from __future__ import annotations

from ._decoder import ZaiDecoder
from ._refusal import FirewallBlocked, TooManyAtOnce, refused
from ._spec import SITE, SPEC

__all__ = [
    "SITE",
    "SPEC",
    "FirewallBlocked",
    "TooManyAtOnce",
    "ZaiDecoder",
    "refused",
]
