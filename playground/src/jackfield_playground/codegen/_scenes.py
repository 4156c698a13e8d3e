"""What befalls a run while a fault is played: the kit's words, for what is created and looked at.

Whoever looks at a run may look again, so no answer ends as if it were over: there is no `cut`.
"""

from __future__ import annotations

from typing import Final

import attrs

from jackfield_playground._spoiling import RETRY_AFTER

from ._faults import Fault
from ._settings import CodegenSettings, Outcome, Route

MAGIC: Final = "playground:"
ASKS: Final = frozenset({Route.CREATE, Route.RESUME})
"""The routes of requests for an answer."""
_LOOKS: Final = frozenset({Route.RUN, Route.RUNS, Route.LOGS})


@attrs.frozen(kw_only=True)
class Scene:
    """What befalls every run while a fault is played.

    Attributes:
        asking: What befalls a request for an answer.
        looking: What befalls a look at a run.
        outcome: How a run ends; None: as the settings say.
    """

    asking: Fault | None = None
    looking: Fault | None = None
    outcome: Outcome | None = None

    def fault_at(self, route: Route | None) -> Fault | None:
        """Return what befalls a request of a route."""
        if route in ASKS:
            return self.asking
        return self.looking if route in _LOOKS else None


SCENES: Final = {
    "none": Scene(),
    "500": Scene(asking=Fault(status=500, executed=False)),
    "429": Scene(asking=Fault(status=429, executed=False)),
    "come back later": Scene(asking=Fault(status=429, retry_after=f"{RETRY_AFTER:g}", executed=False)),
    "silent": Scene(asking=Fault(silent=True, executed=False)),
    "hang": Scene(looking=Fault(silent=True, executed=False)),
    "pings": Scene(outcome=Outcome.NEVER_ENDS),
    "drop": Scene(looking=Fault(dropped=True)),
    "error in stream": Scene(outcome=Outcome.FAILS),
    "error with text": Scene(outcome=Outcome.FAILS),
    "empty": Scene(outcome=Outcome.EMPTY),
    "garbled": Scene(looking=Fault(garbled=True)),
    "slow": Scene(asking=Fault(delay_seconds=0.02), looking=Fault(delay_seconds=0.02)),
    "in pieces": Scene(asking=Fault(in_pieces=True), looking=Fault(in_pieces=True)),
}


def scene_of(settings: CodegenSettings) -> Scene:
    """Return what is played."""
    return SCENES[settings.played]


def outcome_of(prompt: str, settings: CodegenSettings) -> Outcome:
    """Return the outcome that a magic word in the prompt asks for, else the played one, or the settings'."""
    asked = {word.removeprefix(MAGIC).rstrip(".,;!?") for word in prompt.split() if word.startswith(MAGIC)}
    played = scene_of(settings).outcome or settings.outcome
    return next((outcome for outcome in Outcome if outcome in asked), played)
