"""What a page made of our message before it sent it: less than was given. No I/O.

Law: pages show long turns shortened, and send the beginning of a message for its title; neither tells
anything alone. A message went in part where the page shows a part of it, sent just that, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import parse_qsl

from jackfield import Certainty, InvalidRequest

from ..site import letters_of
from ..wire import json_or_text
from ._holding import holds

_LINES: Final = 20


def require_all(text: str, sent: Iterable[str], shown: Iterable[str]) -> None:
    """See to it that nothing is missing in what was *sent* of the message *text*.

    Args:
        text: The message.
        sent: The bodies or addresses of the page's requests since the press.
        shown: The letters of the user's turns that the page shows since then.

    Raises:
        InvalidRequest: A part of the message went, and the rest of it did not.
    """
    every, seen = tuple(sent), {turn for turn in shown if is_less(turn, text)}
    end = "\n".join(text.splitlines()[-_LINES:])
    if not seen or any(holds(one, text) and holds(one, end) for one in every):
        return
    values = {letters_of(value) for one in every for value in _values(json_or_text(one))}
    is_lost = any(all(line not in value for value in values) for line in _lines(text))
    if is_lost and (part := max(seen & values, key=len, default="")):
        raise InvalidRequest(
            f"the page sent {len(part)} of the message's {len(letters_of(text))} letters, and not the rest",
            hint="It takes no longer messages, or takes lines out of them. Send it in parts, or as a file.",
            certainty=Certainty.STARTED,
        )


def is_less(letters: str, text: str) -> bool:
    """Tell whether *letters* are the beginning of a message, or what is left of it without some lines."""
    lines = _lines(text)
    if not letters or letters == (whole := "".join(lines)):
        return False
    rest = letters
    for line in lines:
        rest = rest.removeprefix(line)
    return not rest or whole.startswith(letters)


def _lines(text: str) -> list[str]:
    """Return the letters of the lines that have some."""
    return list(filter(None, map(letters_of, text.splitlines())))


def _values(data: Any) -> Iterator[str]:
    """Yield the texts in what a request says: in JSON, in JSON in that, in a form, or all of it."""
    if isinstance(data, dict | list):
        for one in data.values() if isinstance(data, dict) else data:
            yield from _values(one)
    elif isinstance(data, str):
        yield data
        inner = json_or_text(data)
        if isinstance(inner, dict | list):
            yield from _values(inner)
        yield from (value for _, value in parse_qsl(data) if value != data)
