"""What a view is, and the words that several of them use."""

from __future__ import annotations

from typing import Protocol, Self, TypeAlias

from jackfield import ActivityReported, ChatResponse, ProviderError, StreamEvent
from jackfield_cli._cost import told_cost
from jackfield_cli._safe import one_line

Item: TypeAlias = StreamEvent | ChatResponse
"""What comes of an answer: its events, and at the end the response, also when it failed."""


class View(Protocol):
    """Shows answers while they come. Used in a `with` block; nothing is shown after it."""

    @property
    def shows_partial(self) -> bool:
        """Whether the text of an answer that fails is on the screen."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...

    def take(self, name: str, item: Item) -> None:
        """Take in what came from connection *name*."""

    def wait(self, name: str, error: ProviderError, seconds: float) -> None:
        """Take in that connection *name* tries again in so many seconds, because of *error*."""

    def refresh(self) -> None:
        """Draw anew; called some times a second."""

    def hide(self) -> None:
        """Leave the screen to something else, such as a question."""

    def show(self) -> None:
        """Come back to the screen."""


def waiting(error: ProviderError, seconds: float) -> str:
    """Return why is waited, in a few words."""
    when = f"in {seconds:.0f} s" if round(seconds) else "at once"
    return f"trying again {when}: {one_line(error.message)}"


def step(event: ActivityReported) -> str:
    """Return a step of an agent on one line."""
    told = [one_line(event.title, most=120)]
    if event.detail:
        told.append(one_line(event.detail))
    if event.url:
        told.append(one_line(event.url, most=2000))
    return "  ".join(dict.fromkeys(told))


def footer(response: ChatResponse) -> str:
    """Return what there is to say about a finished answer on one line."""
    told = [
        response.connection,
        response.model or response.requested_model or "",
        f"{response.elapsed:.1f} s",
    ]
    usage = response.usage
    if usage and (usage.input_tokens is not None or usage.output_tokens is not None):
        told.append(f"{usage.input_tokens or '?'} + {usage.output_tokens or '?'} tokens")
    told.append(told_cost(response))
    if response.attempts > 1:
        told.append(f"{response.attempts} attempts")
    if response.finish_reason not in {"stop", None}:
        told.append(f"ended by {response.finish_reason}")
    told.append(response.url or "")
    return one_line(" · ".join(filter(None, told)), most=2000)
