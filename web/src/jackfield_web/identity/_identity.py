"""Who a browser is, said once for all its pages. Law: it is true, it is told to the process, and it stays.

What the process is told agrees in pages, frames, workers and headers; what is told page by page does not. So
nothing here is ever put over a page's own objects, and what the process cannot be told (processor cores,
memory, the operating system) is what it is on this machine.
"""

from __future__ import annotations

import os
import re
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from random import Random
from typing import Any, Final, Literal, Self

import attrs

from jackfield import ConfigError

from ._machine import Machine, system_languages, system_timezone

Canvas = Literal["unaltered", "noise"]

_LARGEST_SIDE: Final = 10_000
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SCREENS: Final = ((1366, 768), (1440, 900), (1536, 864), (1600, 900), (1920, 1080), (2560, 1440))
"""Common sizes of desktop screens; every window that is drawn fits all of them."""
_WINDOW_WIDTHS: Final = range(1040, 1341)
_WINDOW_HEIGHTS: Final = range(640, 725)
_TASK_BAR: Final = 40


def _is_size(_: object, attribute: attrs.Attribute[tuple[int, int]], value: tuple[int, int]) -> None:
    if not all(0 < side <= _LARGEST_SIDE for side in value):
        raise ValueError(
            f"{attribute.name} is (width, height) in pixels, 1 to {_LARGEST_SIDE}, not {value!r}"
        )


def _in_order(given: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class Identity:
    """What a browser tells every page about itself and its person.

    Attributes:
        window: Width and height of the window in pixels.
        position: Where the window's upper left corner is on the screen, in pixels.
        screen: The screen's size in pixels where there is none; one with a window tells its display's.
        languages: Languages in the person's order, such as `("de-DE", "en")`; empty for the system's.
            Without a profile the browser completes a list of several by itself.
        locale: The language of dates and numbers, such as `de`; None for the system's. The browser needs the
            pack of that language.
        timezone: A name from the time zone database, such as `Europe/Berlin`; None for the system's.
        operating_system: `Linux`, `Darwin` or `Windows`; None for whichever this is.
        browser_version: The browser's version when this was made or last used, as its binary tells.
        cores: The processor's cores; None for whatever the machine has.
        memory: The machine's memory in gigabytes; None for whatever it has.
        canvas: `unaltered`, or `noise` to change what canvases read. Noise can be noticed; docs/stealth.md
            has what it costs.
        seed: What person-like input and canvas noise draw from.

    Raises:
        ConfigError: It contradicts itself.
    """

    window: tuple[int, int] = attrs.field(default=(1280, 800), converter=_in_order, validator=_is_size)
    position: tuple[int, int] = attrs.field(default=(0, 0), converter=_in_order)
    screen: tuple[int, int] = attrs.field(default=(1920, 1080), converter=_in_order, validator=_is_size)
    languages: tuple[str, ...] = attrs.field(default=(), converter=_in_order)
    locale: str | None = None
    timezone: str | None = None
    operating_system: str | None = None
    browser_version: str | None = None
    cores: int | None = None
    memory: int | None = None
    canvas: Canvas = attrs.field(default="unaltered", validator=attrs.validators.in_(("unaltered", "noise")))
    seed: int = 0

    def __attrs_post_init__(self) -> None:
        _refuse(self._contradictions())

    @classmethod
    def create(cls, machine: Machine, *, seed: int, **known: Any) -> Self:
        """Make the identity of a new profile: true where the machine decides, drawn where a person would.

        Args:
            machine: The machine that the browser runs on.
            seed: What the window's size and place are drawn from.
            known: Fields that are given.

        Raises:
            ConfigError: What is given contradicts itself or the machine.
        """
        draw = Random(seed)  # noqa: S311  a window's place is no secret
        screen, window = draw.choice(_SCREENS), (draw.choice(_WINDOW_WIDTHS), draw.choice(_WINDOW_HEIGHTS))
        room = (screen[0] - window[0], screen[1] - window[1] - _TASK_BAR)
        drawn = {
            "screen": screen,
            "window": window,
            "position": tuple(draw.randrange(min(side, 80) + 1) for side in map(abs, room)),
            "languages": system_languages(os.environ),
            "timezone": system_timezone(os.environ),
            "operating_system": machine.operating_system,
            "cores": machine.cores,
            "memory": machine.memory,
            "seed": seed,
        }
        identity = cls(**drawn | known)
        identity.require(machine)
        return identity

    def require(self, machine: Machine) -> None:
        """See that this can be the identity of a browser on *machine*.

        Raises:
            ConfigError: It cannot; the message names the contradiction.
        """
        _refuse([*self._lies(machine), *self.differences(machine)])

    def require_home(self, machine: Machine) -> None:
        """See that a browser that has been this before can still be it, on *machine*.

        Its cores and memory may be others than they were: machines are resized, and profiles move. No page is
        told either of them by us, so that it is no lie; `differences` has them.

        Raises:
            ConfigError: It cannot; the message names the contradiction.
        """
        _refuse(self._lies(machine))

    def differences(self, machine: Machine) -> list[str]:
        """Return what this says of the hardware and *machine* has not, each in words."""
        return list(self._compared(machine, "cores", "memory"))

    def _contradictions(self) -> Iterator[str]:
        if any(side > room for side, room in zip(self.window, self.screen, strict=True)):
            yield f"its window {_size(self.window)} is larger than its screen {_size(self.screen)}"
        for language in self.languages:
            if not _LANGUAGE.fullmatch(language):
                yield f"{language!r} in languages is no language tag such as 'de-DE'"
        spoken = {language.partition("-")[0] for language in self.languages}
        if self.locale and spoken and self.locale.partition("-")[0] not in spoken:
            yield f"its locale is {self.locale!r} and its languages are {', '.join(self.languages)}"

    def _lies(self, machine: Machine) -> Iterator[str]:
        known = zoneinfo.available_timezones() if self.timezone else set()
        if known and self.timezone not in known:
            yield f"its time zone {self.timezone!r} is not in the time zone database"
        yield from self._compared(machine, "operating_system")

    def _compared(self, machine: Machine, *names: str) -> Iterator[str]:
        for name in names:
            said, true = getattr(self, name), getattr(machine, name)
            if said is not None and true is not None and said != true:
                yield f"its {name} is {said!r} and this machine's is {true!r}, which workers would tell"

    def arguments(self, *, headless: bool, profile: bool) -> list[str]:
        """Return the browser's command-line arguments that say this.

        Args:
            headless: Whether there is no window.
            profile: Whether `preferences` are told in a profile.
        """
        size, place, screen = self.window, self.position, self.screen
        said = [f"--window-size={size[0]},{size[1]}", f"--window-position={place[0]},{place[1]}"]
        if headless:
            said.append(f"--screen-info={{{screen[0]}x{screen[1]} workAreaBottom={_TASK_BAR}}}")
        if self.languages and not profile:
            said.append(f"--accept-lang={','.join(self.languages)}")
        return [*said, f"--lang={self.locale}"] if self.locale else said

    def environment(self) -> dict[str, str]:
        """Return the environment variables that say this."""
        said = {"TZ": self.timezone, "LANGUAGE": self.locale}
        return {name: value for name, value in said.items() if value}

    def preferences(self) -> Mapping[str, Any]:
        """Return what a profile's preferences say of this."""
        languages = ",".join(self.languages)
        return {"intl": {"accept_languages": languages, "selected_languages": languages}} if languages else {}


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _refuse(reasons: Iterable[str]) -> None:
    if found := list(reasons):
        raise ConfigError(
            f"this identity cannot be: {'; '.join(found)}",
            hint="Leave out what the machine knows better; a page can see that the rest does not agree.",
        )
