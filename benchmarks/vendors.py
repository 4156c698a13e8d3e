"""The command: `python -m benchmarks.vendors [--quick] [--rounds N] [--json FILE] [--write-docs]`.

What a request and a streamed event cost through `openai_api` and `anthropic_api`, beside the vendors' own
clients, LiteLLM, Pydantic AI and the bare HTTP client, on the same server in the same run.
"""

from __future__ import annotations

from typing import Final

from .command import measure_section
from .figures import Figure, Goal
from .lab import VENDORS, Lab
from .report import VENDORS_SECTION
from .starts import imported
from .vendor_clients import PRICES_FROM_FILE
from .wire import check_pieces, per

_EVENTS: Final = 10
_OURS: Final = VENDORS[:2]
_IMPORTS: Final = {
    "openai_api": "from jackfield import ProviderManager; from jackfield_openai_api import _provider",
    "anthropic_api": "from jackfield import ProviderManager; from jackfield_anthropic_api import _provider",
    "httpx2": "from httpx2 import AsyncClient",
    "openai": "from openai import AsyncOpenAI",
    "anthropic": "from anthropic import AsyncAnthropic",
    "litellm": f"import os; os.environ[{PRICES_FROM_FILE!r}] = 'True'; from litellm import acompletion",
    "pydantic-ai": "from pydantic_ai import Agent; from pydantic_ai.models.openai import OpenAIChatModel",
}
"""What a program begins with; of Jackfield with the provider, which is imported when it is opened."""
_BARE: Final = (
    "Bare `httpx2` alone takes nearly half of what `openai` takes, and Jackfield reads a stream event by "
    "event where that takes one body apart."
)


def _beside(**most: float) -> tuple[Goal, ...]:
    return tuple(Goal(limit, over=theirs, who=who) for who in _OURS for theirs, limit in most.items())


FIGURES: Final = (
    Figure("talk", "Short answer, as it is asked for", "µs CPU", _beside(openai=0.5, litellm=0.25), _BARE),
    Figure("talk_streamed", "Short answer, streamed", "µs CPU", _beside(openai=0.5, litellm=0.25)),
    Figure("event", "Streamed event, many at once", "µs CPU", _beside(openai=0.25)),
    Figure("opener", "Import of what a program begins with", "ms CPU"),
    Figure("first_answer", "From the start of a process to its first reply", "ms CPU"),
)


def _measure(lab: Lab, contestant: str) -> None:
    """Take one value of every figure."""
    each, events, streams = lab.size(300, 5), lab.size(2000, 50), lab.size(5, 2)
    told = lab.run(contestant, "request", f"talk/{_EVENTS}", 1, each)
    per(lab, "talk", contestant, told, each)
    for figure, length, count, parts in (
        ("talk_streamed", _EVENTS, each, each),
        ("event", events, streams, events * streams),
    ):
        told = lab.run(contestant, "stream", f"burst/{length}", 1, count)
        check_pieces(contestant, figure, told, length * count)
        per(lab, figure, contestant, told, parts)
    lab.note("opener", contestant, imported(_IMPORTS[contestant])[0] * 1e3)
    told = lab.run(contestant, "cold", f"talk/{_EVENTS}", 1, 1)
    lab.note("first_answer", contestant, told["cpu"] * 1e3)


def measure(lab: Lab) -> None:
    """Measure everything of everybody, round by round."""
    for statement in _IMPORTS.values():
        imported(statement)  # to write the byte code
    with lab.remote():
        for _ in range(lab.rounds):
            for contestant in VENDORS:
                _measure(lab, contestant)


if __name__ == "__main__":
    about = (__doc__ or "").partition("\n\n")[2]
    measure_section("benchmarks.vendors", about, measure, FIGURES, VENDORS_SECTION)
