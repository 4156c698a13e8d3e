"""Looking at a chat page that nobody described: which known Site fits it, or what a new one would say.

General layout: `survey.js` and `_eyes` see the page, `_traffic` hears it, `_known` finds the Sites that are
installed, `_draft` and `_rules` write a new one, `_trial` tries it, `_check` does all of it in order. Law:
nothing is said to the page unless somebody asked for it, and then once, and twice more to try a draft.
"""

from __future__ import annotations

from ._check import Checked, check_site
from ._known import Matched

__all__ = ["Checked", "Matched", "check_site"]
