"""Looking at a chat page that nobody described: which known Site fits it, or what a new one would say.

General layout: `_check` does it all in order, on the caller's side of the bridge. On the page's side
`_stranger` looks and speaks, by `survey.js` and what `_traffic` hears, and `fault_of` tries a draft. `_known`
finds the Sites that are installed; `_draft` and `_rules` write a new one. Law: nothing is said to the page
unless somebody asked for it, and then once, and twice more to try a draft.
"""

from __future__ import annotations

from ._check import Checked, check_site

__all__ = [
    "Checked",
    "check_site",
]
