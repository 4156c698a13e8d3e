"""Input that was drawn, input that a page recorded, and what was measured of people, beside each other.

`nox -s human` runs it: a real page records 500 movements and 5,000 keystrokes of ten hands, and
docs/human-input.md gets its figures and its plot. The tests use the same measures on less.
"""

from __future__ import annotations
