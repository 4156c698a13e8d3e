"""Any chat page as a provider: described as data, driven in a real browser.

General layout: `plugin` is what is found, `_spec` and `_options` what is known before anything is opened,
`_sites` finds the description, `sites/` holds those that are shipped. There is no code for a single page.
"""

from __future__ import annotations

from ._options import CustomWebOptions
from ._shipped import known_sites
from ._sites import read_site
from ._spec import SPEC

__all__ = ["SPEC", "CustomWebOptions", "known_sites", "read_site"]
