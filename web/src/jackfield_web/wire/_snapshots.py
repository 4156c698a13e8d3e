"""Whether what a rule takes for snapshots are increments: then each takes back the one before it.

Law: a snapshot may say everything anew, as a remote does that puts an answer in its status's place. So the
page decides where it shows the text; where it does not, snapshots that more often replaced what stood before
them than they grew from it are none.
"""

from __future__ import annotations

from typing import Final

import attrs

from jackfield import Certainty, MalformedResponse

from ..site import covers

_SEVERAL: Final = 2


@attrs.define(eq=False)
class Snapshots:
    """Keeps what the snapshots of one answer took back."""

    _runs: dict[str, list[str]] = attrs.field(factory=dict, init=False)
    """Of each part, the last of those snapshots that grew from each other."""
    _grown: int = attrs.field(default=0, init=False)
    _replaced: int = attrs.field(default=0, init=False)

    def see(self, before: str, now: str, part: str = "") -> None:
        """Take in that *now* stands in the place of *before*."""
        if not now or now == before:
            return
        runs = self._runs.setdefault(part, [])
        # Remotes rewrite the end of what they said: an open mark of markdown, a citation.
        is_kin = now[: (len(before) + 1) // 2] == before[: (len(before) + 1) // 2]
        if before and is_kin and runs:
            self._grown += 1
            runs[-1] = now
        else:
            self._replaced += bool(before) and not is_kin
            runs.append(now)

    @property
    def as_increments(self) -> str:
        """The text, if they are increments."""
        return "".join(text for runs in self._runs.values() for text in runs)

    @property
    def took_back(self) -> bool:
        """Whether one of them had nothing of the one before it."""
        return self._replaced > 0

    def are_none(self, said: str, shown: str) -> bool:
        """Tell whether they are increments.

        Args:
            said: The text, if they are snapshots.
            shown: What the page shows of it; empty where it shows nothing.
        """
        if shown and covers(said, shown):
            return False
        if shown and covers(self.as_increments, shown):
            return True
        return self._replaced >= _SEVERAL and self._replaced > self._grown


def increments() -> MalformedResponse:
    """Return the error for increments that a rule takes for snapshots."""
    return MalformedResponse(
        "the page's wire sends increments where its rule expects snapshots: each took back the one before it",
        hint='Leave `mode = "snapshot"` out of the rule in the Site that takes the text, or mend its `when`.',
        certainty=Certainty.STARTED,
    )
