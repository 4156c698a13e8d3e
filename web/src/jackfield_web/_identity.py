"""Who a browser is, said once for all its pages. Law: it is told to the process, never to single pages.

What the process is told agrees in pages, frames, workers and headers; what is told page by page does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

_LARGEST_SIDE: Final = 10_000


def _is_size(_: object, attribute: attrs.Attribute[tuple[int, int]], value: tuple[int, int]) -> None:
    if not all(0 < side <= _LARGEST_SIDE for side in value):
        raise ValueError(
            f"{attribute.name} is (width, height) in pixels, 1 to {_LARGEST_SIDE}, not {value!r}"
        )


def _in_order(languages: Iterable[str]) -> tuple[str, ...]:
    return tuple(languages)


@attrs.frozen(kw_only=True)
class Identity:
    """What a browser tells every page about itself and its person.

    Attributes:
        window: Width and height of the window in pixels.
        languages: Languages in the person's order, such as `("de-DE", "en")`; empty for the system's.
        timezone: A name from the time zone database, such as `Europe/Berlin`; None for the system's.
    """

    window: tuple[int, int] = attrs.field(default=(1280, 800), validator=_is_size)
    languages: tuple[str, ...] = attrs.field(default=(), converter=_in_order)
    timezone: str | None = None

    def arguments(self) -> list[str]:
        """Return the browser's command-line arguments that say this."""
        width, height = self.window
        languages = [f"--accept-lang={','.join(self.languages)}"] if self.languages else []
        return [f"--window-size={width},{height}", *languages]

    def environment(self) -> dict[str, str]:
        """Return the environment variables that say this."""
        return {"TZ": self.timezone} if self.timezone else {}
