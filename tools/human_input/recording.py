"""What a page recorded of a hand, and how it is brought to record."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import attrs

from human_input.measures import PICTURE_SECONDS, Moved, Place, Press, Typed
from jackfield_web.hands import (
    PASTE_OVER,
    Box,
    Button,
    Hand,
    HumanInput,
    Key,
    Move,
    Point,
    Step,
    aim,
    keystrokes,
    movement_seconds,
    path,
    press,
)

if TYPE_CHECKING:
    from playwright.async_api import Page

PAGE: Final = (Path(__file__).parent / "recorder.html").read_text("utf-8")
PROSE: Final = (
    "The keeper of the lighthouse wrote every evening into a book that nobody read. ",
    "He noted the wind, the ships that passed, and whether the lamp had been lit in time. ",
    "On most days there was little to tell. Once, in the spring, a storm took the boat house; ",
    "he wrote that it was gone, and ordered boards. When his daughter asked why he kept the book, ",
    "he said that the book kept him. She laughed, and read the first page, and then the second. ",
    "By the time the lamp was lit she had reached the year of the great ice. ",
)


Event: TypeAlias = tuple[str, float, list[Any], bool]
"""An event: its name, its time, what is told of it, whether it is trusted."""


@attrs.frozen
class Aimed:
    """A movement to a target whose smaller side is *side*, and how long it took until the button was down."""

    moved: Moved
    side: float
    seconds: float

    @property
    def bits(self) -> float:
        """Its index of difficulty."""
        return math.log2(self.moved.distance / self.side + 1)


@attrs.frozen
class Recording:
    """The events that a page saw, in their order."""

    events: list[Event]

    @property
    def names(self) -> set[str]:
        """Return the kinds of events."""
        return {name for name, *_ in self.events}

    @property
    def are_trusted(self) -> bool:
        """Whether the browser vouches for every event."""
        return all(trusted for *_, trusted in self.events)

    @property
    def keys(self) -> list[Press]:
        """Return the keys that went down and up."""
        return [Press(at, told[0], name == "keydown") for name, at, told, _ in self.of("keydown", "keyup")]

    @property
    def typed(self) -> Typed:
        """Return the times of the keys."""
        return Typed.of(self.keys)

    @property
    def coalesced(self) -> list[int]:
        """Return of how many positions each move of the pointer is made."""
        return [told[2] for _, _, told, _ in self.of("pointermove")]

    @property
    def clicks(self) -> list[tuple[float, float, float]]:
        """Return for each click how long it held, and how far from the middle, as shares of the sides."""
        pressed = zip(self.of("pointerdown"), self.of("pointerup"), strict=True)
        return [(up - down, told[1], told[2]) for (_, down, told, _), (_, up, _, _) in pressed]

    @property
    def aimed(self) -> list[Aimed]:
        """Return the movements from one click to the next."""
        aimed, places = list[Aimed](), list[Place]()
        for name, at, told, _ in self.of("pointermove", "pointerdown"):
            if name == "pointermove":
                places.append(Place(at, *told[:2]))
                continue
            if len(places) > 1:
                # Nobody sees when it leaves its rest; that was a picture before it is elsewhere.
                places[0] = places[0]._replace(at=places[1].at - PICTURE_SECONDS)
                aimed.append(Aimed(Moved(places), told[3], at - places[0].at))
            places = places[-1:]
        return aimed[1:]

    def of(self, *names: str) -> list[Event]:
        """Return the events of these names."""
        return [event for event in self.events if event[0] in names]

    @classmethod
    async def taken(cls, page: Page) -> Self:
        """Return what *page* recorded since the last time."""
        return cls(await page.evaluate("happened.splice(0)"))


def drawn(seed: int, clicks: int, keys: int) -> Recording:
    """Return what a page would see of a hand, were there no page and no machine between them."""
    hand, rng = Hand.of(seed), random.Random(seed)
    events, now, start = list[Event](), 0.0, Point(0, 0)
    for box in targets(clicks + 1, random.Random(seed)):
        end = aim(box, rng)
        seconds = movement_seconds(math.dist(start, end), box, hand, rng)
        for step in (*path(start, end, seconds, hand, rng), *press(hand, rng)):
            now += step.wait
            events.append(_event(step, now, box, end))
        start = end
    for key in keystrokes(prose(keys), hand, rng):
        now += key.wait
        events.append(_event(key, now, box, end))
    return Recording(events)


def _event(step: Step, now: float, box: Box, at: Point) -> Event:
    match step:
        case Move(_, x, y):
            return "pointermove", now, [x, y, 1], True
        case Button(_, is_down):
            offs = [(at.x - box.x) / box.width - 0.5, (at.y - box.y) / box.height - 0.5]
            side = min(box.width, box.height)
            return "pointerdown" if is_down else "pointerup", now, ["BUTTON", *offs, side], True
        case Key(_, code, is_down):
            return "keydown" if is_down else "keyup", now, [code], True
    raise AssertionError(step)


def targets(count: int, rng: random.Random) -> Iterator[Box]:
    """Yield places and sizes of targets."""
    for _ in range(count):
        width, height = rng.randint(20, 200), rng.randint(20, 60)
        yield Box(rng.randint(0, 1000), rng.randint(120, 600), width, height)


def prose(length: int) -> str:
    """Return prose of *length* characters."""
    whole = "".join(PROSE)
    return (whole * (length // len(whole) + 1))[:length]


async def point(page: Page, hand: HumanInput, clicks: int, rng: random.Random) -> None:
    """Have *hand* click a target that is somewhere else each time."""
    for box in targets(clicks, rng):
        await page.evaluate("at => place(...at)", [box.x, box.y, box.width, box.height])
        await hand.click(page.locator("button"))


async def write(page: Page, hand: HumanInput, keys: int) -> None:
    """Have *hand* type prose, in pieces that nobody would paste."""
    text, most = prose(keys), PASTE_OVER["person"]
    for begin in range(0, keys, most):
        await hand.type_text(page.locator("textarea"), text[begin : begin + most])
