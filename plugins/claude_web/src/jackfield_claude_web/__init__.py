"""Claude's chat site as a provider, on the user's own account in a real browser.

General layout: `plugin` is what is found, `_spec` what is known before anything is opened,
`sites/` describes the page, as data. `_decoder` reads the site's stream, with `_blocks` and `_fields`,
`_tree` the conversation as it is kept, and `_refusal` and `_limit` what the site says when it does not
answer; none of them does any I/O.
"""

from __future__ import annotations

from ._decoder import ClaudeDecoder
from ._refusal import refused
from ._spec import SITE, SPEC
from ._tree import ClaudeTree

__all__ = ["SITE", "SPEC", "ClaudeDecoder", "ClaudeTree", "refused"]
